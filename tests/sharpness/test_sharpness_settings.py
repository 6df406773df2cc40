import json
import subprocess
import sys
from dataclasses import asdict, fields
from typing import get_args, get_type_hints

import pytest

from graduated.sharpness.settings import (
    MEASURES,
    AutoPGD,
    AverageCase,
    HessianTrace,
    RandomDirections,
    ReleasedSearch,
    TopEigenvalues,
    make_measure,
)

SHARED = {"samples", "batch_size", "normalise_logits", "statistics"}
SEARCH = {*SHARED, "norm", "radius", "adaptive", "steps"}
OPTIONS = {
    "released": SEARCH,
    "apgd": SEARCH | {"restarts", "start", "seed"},
    "average": SHARED | {"norm", "radius", "adaptive", "draws", "seed"},
    "random_directions": SHARED | {"radius", "directions", "draws", "seed"},
    "top_eigenvalues": SHARED | {"eigenvalues", "seed"},
    "hessian_trace": SHARED | {"draws", "seed"},
}
"""What each method can be told."""

ALL = set().union(*OPTIONS.values())


def test_defaults_are_the_papers():
    settings = make_measure()
    assert settings == ReleasedSearch()
    assert (settings.norm, settings.radius, settings.adaptive) == ("linf", 0.0002, False)
    assert (settings.samples, settings.batch_size, settings.steps) == (1024, 128, 20)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (ReleasedSearch, {"norm": "l1"}, "norm: expected 'linf' or 'l2', got 'l1'"),
        (AverageCase, {"norm": ["l2"]}, r"norm: expected 'linf' or 'l2', got \['l2'\]"),
        (HessianTrace, {"statistics": "imagenet"}, "statistics: expected 'own' or 'cifar10', got 'imagenet'"),
        (AutoPGD, {"adaptive": "no"}, "adaptive: expected True or False, got 'no'"),
        (TopEigenvalues, {"normalise_logits": 1}, "normalise_logits: expected True or False, got 1"),
        (ReleasedSearch, {"radius": 0}, "radius: expected a positive finite number, got 0"),
        (RandomDirections, {"radius": "2e-4"}, "radius: expected a positive finite number, got '2e-4'"),
        (AverageCase, {"radius": float("inf")}, "radius: expected a positive finite number, got inf"),
        (AutoPGD, {"radius": float("nan")}, "radius: expected a positive finite number, got nan"),
        (ReleasedSearch, {"steps": 0}, "steps: expected a positive whole number, got 0"),
        (HessianTrace, {"batch_size": 12.5}, "batch_size: expected a positive whole number, got 12.5"),
        (ReleasedSearch, {"samples": 100}, r"samples: expected a multiple of batch_size \(128\), got 100"),
        (AutoPGD, {"restarts": 0}, "restarts: expected a positive whole number, got 0"),
        (AutoPGD, {"start": "one"}, "start: expected 'zero' or 'random', got 'one'"),
        (AverageCase, {"draws": 1}, "draws: expected a whole number from 2 on, got 1"),
        (RandomDirections, {"directions": "up"}, "directions: expected 'two_sided' or 'one_sided', got 'up'"),
        (AverageCase, {"seed": -1}, "seed: expected a whole number from 0 on, got -1"),
        (TopEigenvalues, {"eigenvalues": True}, "eigenvalues: expected a positive whole number, got True"),
    ],
)
def test_bad_values_are_named(kind, options, message):
    with pytest.raises(ValueError, match=f"^sharpness {message}$"):
        kind(**options)


@pytest.mark.parametrize("method", OPTIONS)
def test_a_measure_has_the_options_of_its_method_and_no_others(method):
    assert {field.name for field in fields(MEASURES[method])} == OPTIONS[method]
    for option in ALL - OPTIONS[method]:
        with pytest.raises(ValueError, match=f"^option '{option}' is unknown; expected samples, .*"):
            make_measure(method, **{option: 1})


def test_other_methods_and_types_are_refused():
    listed = " or ".join(f"'{method}'" for method in OPTIONS)
    with pytest.raises(ValueError, match=f"^sharpness method: expected {listed}, got 'curvature'$"):
        make_measure("curvature")
    with pytest.raises(ValueError, match=r"^restarts: expected an integer, found 2\.0$"):
        make_measure("apgd", restarts=2.0)


@pytest.mark.parametrize("method", OPTIONS)
def test_a_specification_makes_the_same_measure_again(method):
    measure = make_measure(method, samples=64, batch_size=32)
    specification = json.loads(json.dumps({"method": measure.method, **asdict(measure)}))
    assert set(specification) == {"method", *OPTIONS[method]}
    assert make_measure(**specification) == measure == MEASURES[method](samples=64, batch_size=32)


@pytest.mark.parametrize(
    ("settings", "title", "radius"),
    [
        (ReleasedSearch(), "worst-case ℓ∞", 0.0002),
        (ReleasedSearch(adaptive=True, norm="l2", radius=0.1), "adaptive worst-case ℓ₂", 0.1),
        (AutoPGD(), "Auto-PGD worst-case ℓ∞", 0.0002),
        (AverageCase(norm="l2", radius=0.1), "average-case ℓ₂", 0.1),
        (RandomDirections(radius=3), "random-direction", 3),
        (TopEigenvalues(), "top-eigenvalue", None),
        (HessianTrace(), "Hessian-trace", None),
    ],
)
def test_title_and_radius_are_those_of_the_method(settings, title, radius):
    assert (settings.title, settings.perturbation_radius) == (title, radius)


def test_the_schema_has_every_option_with_its_choices_methods_and_default(schema):
    described = schema["properties"]["sharpness"]["additionalProperties"]["properties"]
    assert described["method"]["enum"] == list(OPTIONS)
    assert described.keys() == {"method"} | ALL
    for measure in MEASURES.values():
        for field in fields(measure):
            option = described[field.name]
            assert "default" not in option
            assert option.get("enum", []) == list(get_args(get_type_hints(measure)[field.name]))
            methods = [method for method, options in OPTIONS.items() if field.name in options]
            said = "all methods" if len(methods) == len(OPTIONS) else ", ".join(methods)
            default = str(field.default).lower()
            assert option["description"].endswith(f"; {said}; default {default}.")


def test_settings_alone_do_not_import_torch():
    check = "import sys; from graduated.sharpness.settings import MEASURES; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True, env={"PYTHONPATH": ":".join(sys.path)})
