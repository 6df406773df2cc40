import subprocess
import sys
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from graduated.sharpness.settings import Sharpness


def test_defaults_are_the_papers():
    settings = Sharpness()
    assert (settings.norm, settings.radius, settings.adaptive) == ("linf", 0.0002, False)
    assert (settings.samples, settings.batch_size, settings.steps) == (1024, 128, 20)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"norm": "l1"}, "sharpness norm: expected 'linf' or 'l2', got 'l1'"),
        ({"statistics": "imagenet"}, "sharpness statistics: expected 'own' or 'cifar10', got 'imagenet'"),
        ({"adaptive": "no"}, "sharpness adaptive: expected True or False, got 'no'"),
        ({"normalise_logits": 1}, "sharpness normalise_logits: expected True or False, got 1"),
        ({"radius": 0}, "sharpness radius: expected a positive finite number, got 0"),
        ({"radius": "2e-4"}, "sharpness radius: expected a positive finite number, got '2e-4'"),
        ({"radius": float("inf")}, "sharpness radius: expected a positive finite number, got inf"),
        ({"radius": float("nan")}, "sharpness radius: expected a positive finite number, got nan"),
        ({"steps": 0}, "sharpness steps: expected a positive whole number, got 0"),
        ({"batch_size": 12.5}, "sharpness batch_size: expected a positive whole number, got 12.5"),
        ({"samples": 100}, r"sharpness samples: expected a multiple of batch_size \(128\), got 100"),
        (
            {"method": "sam"},
            "sharpness method: expected 'released' or 'apgd' or .* or 'curvature', got 'sam'",
        ),
        ({"restarts": 0, "method": "apgd"}, "sharpness restarts: expected a positive whole number, got 0"),
        ({"start": "one", "method": "apgd"}, "sharpness start: expected 'zero' or 'random', got 'one'"),
        ({"draws": 1, "method": "average"}, "sharpness draws: expected a whole number from 2 on, got 1"),
        ({"seed": -1, "method": "average"}, "sharpness seed: expected a whole number from 0 on, got -1"),
        ({"eigenvalues": True, "method": "curvature"}, "sharpness eigenvalues: expected a .* got True"),
    ],
)
def test_bad_settings_are_named(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Sharpness(**fields)


@pytest.mark.parametrize(
    ("method", "option", "value"),
    [
        ("released", "restarts", 2),
        ("released", "start", "random"),
        ("released", "draws", 5),
        ("released", "seed", 1),
        ("released", "quantity", "trace"),
        ("apgd", "draws", 5),
        ("apgd", "directions", "one_sided"),
        ("average", "steps", 5),
        ("average", "restarts", 2),
        ("random_directions", "norm", "l2"),
        ("random_directions", "adaptive", True),
        ("random_directions", "steps", 5),
        ("curvature", "norm", "l2"),
        ("curvature", "radius", 0.1),
        ("curvature", "adaptive", True),
        ("curvature", "steps", 5),
        ("curvature", "directions", "one_sided"),
    ],
)
def test_options_of_other_methods_are_refused(method, option, value):
    message = f"^sharpness {option}: applies to method .*, not to '{method}'; got {value!r}$"
    with pytest.raises(ValueError, match=message):
        Sharpness(method=method, **{option: value})


@pytest.mark.parametrize(
    "values", [{"draws": 5}, {"quantity": "trace", "eigenvalues": 2}], ids=["draws", "eigenvalues"]
)
def test_options_of_the_other_quantity_are_refused(values):
    with pytest.raises(ValueError, match=r"since it does not apply to quantity '(eigenvalue|trace)', got"):
        Sharpness(method="curvature", **values)


@pytest.mark.parametrize(
    ("values", "title", "radius"),
    [
        ({}, "worst-case ℓ∞", 0.0002),
        ({"adaptive": True, "norm": "l2", "radius": 0.1}, "adaptive worst-case ℓ₂", 0.1),
        ({"method": "apgd"}, "Auto-PGD worst-case ℓ∞", 0.0002),
        ({"method": "average", "norm": "l2", "radius": 0.1}, "average-case ℓ₂", 0.1),
        ({"method": "random_directions", "radius": 3}, "random-direction", 3),
        ({"method": "curvature"}, "top-eigenvalue", None),
        ({"method": "curvature", "quantity": "trace"}, "Hessian-trace", None),
    ],
)
def test_title_and_radius_are_those_of_the_method(values, title, radius):
    settings = Sharpness(**values)
    assert (settings.title, settings.perturbation_radius) == (title, radius)


def test_the_schema_has_every_option_with_its_default_and_choices(schema):
    described = schema["properties"]["sharpness"]["additionalProperties"]["properties"]
    assert list(described) == [field.name for field in fields(Sharpness)]
    for field in fields(Sharpness):
        assert described[field.name]["default"] == field.default
        assert described[field.name]["description"]
        choices = get_args(get_type_hints(Sharpness)[field.name])
        assert described[field.name].get("enum", []) == list(choices)


def test_settings_alone_do_not_import_torch():
    check = (
        "import sys; from graduated.sharpness.settings import Sharpness; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True, env={"PYTHONPATH": ":".join(sys.path)})
