"""Measures of sharpness as they are written on a command line."""

from dataclasses import fields

import pytest

from graduated.own_network.measures import STANDARD, parse_measures
from graduated.sharpness.settings import MEASURES, AutoPGD, ReleasedSearch, make_measure

CHANGED = {
    "norm": ("released", "l2"),
    "radius": ("average", 1e-3),
    "adaptive": ("apgd", True),
    "normalise_logits": ("hessian_trace", True),
    "samples": ("released", 512),
    "batch_size": ("released", 64),
    "steps": ("released", 7),
    "restarts": ("apgd", 3),
    "start": ("apgd", "random"),
    "draws": ("average", 40),
    "directions": ("random_directions", "one_sided"),
    "eigenvalues": ("top_eigenvalues", 5),
    "seed": ("apgd", 9),
}
"""A value of every option other than the default, and a method that it applies to."""


def test_every_option_but_the_statistics_of_images_is_tried_here():
    options = {field.name for measure in MEASURES.values() for field in fields(measure)}
    assert options == {*CHANGED, "statistics"}


@pytest.mark.parametrize("option", CHANGED)
def test_every_option_can_be_set(option):
    method, value = CHANGED[option]
    (settings,) = parse_measures([f"mine=method:{method},{option}:{str(value).lower()}"], 2000).values()
    assert settings == make_measure(method, **{option: value})


def test_standard_measures_may_be_changed():
    found = parse_measures(
        ["worst_linf_apgd=radius:1e-3", "worst_linf", "worst_linf_adaptive=adaptive:false"], 1024
    )
    assert list(found) == ["worst_linf_apgd", "worst_linf", "worst_linf_adaptive"]
    assert found["worst_linf_apgd"] == AutoPGD(restarts=3, radius=0.001)
    assert found["worst_linf"] == ReleasedSearch()
    assert found["worst_linf_adaptive"] == ReleasedSearch(radius=0.004)


@pytest.mark.parametrize(
    ("available", "samples", "batch_size", "expected"),
    [
        (5000, None, 128, (1024, 128)),
        (1000, None, 128, (896, 128)),
        (50, None, 128, (50, 50)),
        (5000, None, 2000, (2000, 2000)),
        (5000, None, 100, (1000, 100)),
        (5000, 2560, 256, (2560, 256)),
        (5000, 64, 128, (64, 64)),
    ],
)
def test_as_many_samples_as_fit_are_taken(available, samples, batch_size, expected):
    for settings in parse_measures(STANDARD, available, samples, batch_size).values():
        assert (settings.samples, settings.batch_size) == expected


@pytest.mark.parametrize(
    ("texts", "sizes", "message"),
    [
        (
            ["best"],
            (),
            r"^sharpness best: unknown; expected one of worst_linf, .*, or best=option:value,\.\.\.$",
        ),
        (["worst_linf", "worst_linf=radius:1"], (), "^sharpness worst_linf: named twice$"),
        (["a=radius"], (), "^sharpness a=radius: 'radius': expected option:value$"),
        (["a="], (), "^sharpness a=: '': expected option:value$"),
        (["a=colour:1"], (), "^sharpness a=colour:1: option 'colour' is unknown; expected samples, "),
        (["a=statistics:cifar10"], (), "statistics: applies to data sets of images; normalise your batches$"),
        (["a=radius:big"], (), "^sharpness a=radius:big: radius: expected a number, found 'big'$"),
        (["a=radius:-1"], (), "^sharpness a=radius:-1: radius: expected a positive finite number, got -1$"),
        (["a=steps:1.5"], (), r"steps: expected an integer, found 1\.5$"),
        (["a=adaptive:yes"], (), "adaptive: expected true or false, found 'yes'$"),
        (["a=method:best"], (), "method: expected 'released' or 'apgd' or "),
        (
            ["top_eigenvalue=radius:1"],
            (),
            "option 'radius' is unknown; expected samples, .*, eigenvalues, seed$",
        ),
        (["worst_linf=samples:2048"], (), r"samples = 2048: expected at most the 1024 given$"),
        (["worst_linf"], (1000,), r"samples: expected a multiple of batch_size \(128\), got 1000$"),
        (["worst_linf"], (0,), "samples: expected a positive whole number, got 0$"),
        (["worst_linf"], (None, 0), "^sharpness batch_size: expected a positive whole number, got 0$"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(texts, sizes, message):
    with pytest.raises(ValueError, match=message):
        parse_measures(texts, 1024, *sizes)
