import math

import numpy as np
import pytest
import torch
from scipy import optimize

from graduated.plots.theory.nice_functions import FIGURES
from graduated.smoothing.landscapes import rastrigin
from graduated.smoothing.laws import UNIT_BALL
from graduated.smoothing.smoothed import quadrature
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import NiceFunctions
from graduated.theory.nice_functions import cases, measure
from graduated.theory.niceness import decentring, failing, least_curvature, minimisers

SMALL = NiceFunctions(decays=(0.5,), dimensions=(1,), lowest=0.05, highest=1.5, levels=8)
WIDE = "radius 3δ"


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def case(function, law, dimension=1):
    (found,) = [
        case
        for case in cases((dimension,))
        if (case.function, case.law, case.dimension) == (function, law, dimension)
    ]
    return found


@pytest.mark.parametrize("smoothing", [0.2, 0.45, 0.75, 0.9, 1.2])
def test_minimisers_are_the_lowest_points_of_a_fine_grid(smoothing):
    grid = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    values = quadrature(rastrigin, grid.unsqueeze(1), smoothing, UNIT_BALL)
    lowest = grid[values <= values.min() + 1e-4].numpy()
    found = np.array(minimisers(case("rastrigin", "ball"), smoothing))
    distances = np.abs(np.subtract.outer(lowest, found))
    assert distances.min(0).max() < 3e-3 and distances.min(1).max() < 3e-3


def test_two_minimisers_far_from_the_next_one_fail_condition_i():
    both = minimisers(case("rastrigin", "ball"), 0.75)
    # f̂' = 2x + 20π φ sin 2πx with φ = sinc(2 · 0.75) = −1/(1.5π)
    expected = optimize.brentq(lambda x: 2 * x - 40 / 3 * math.sin(2 * math.pi * x), 0.3, 0.6)
    assert both == pytest.approx((-expected, expected), abs=1e-6)
    assert decentring(case("rastrigin", "ball"), 0.75, 0.5) == pytest.approx(expected, abs=1e-6)
    assert expected > 0.5 * 0.75


@pytest.mark.parametrize(
    ("smoothing", "expected"), [(0.1, 1.0101), (0.3, 1.0989), (0.5, 1.3333), (0.9, 5.2632)]
)
def test_published_curvatures_of_the_logarithm(smoothing, expected):
    logarithm = case("negative_logarithm", "ball")
    assert minimisers(logarithm, smoothing) == pytest.approx((1.0,))
    assert least_curvature(logarithm, smoothing, 3.0) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("smoothing", [0.07, 0.2, 0.6, 1.0])
def test_one_coordinate_decides_on_the_least_eigenvalue_in_two_dimensions(smoothing):
    ripple = 40 * math.pi**2 * math.exp(-((math.pi * smoothing) ** 2))  # N(0, I/2): variance δ²/2
    axis = np.linspace(-3 * smoothing, 3 * smoothing, 801)
    x, y = np.meshgrid(axis, axis)
    eigenvalues = np.minimum(2 + ripple * np.cos(2 * np.pi * x), 2 + ripple * np.cos(2 * np.pi * y))
    expected = eigenvalues[x**2 + y**2 <= (3 * smoothing) ** 2].min()
    found = least_curvature(case("rastrigin", "gaussian", 2), smoothing, 3.0)
    assert found == pytest.approx(expected, abs=1e-3 * ripple)


@pytest.mark.parametrize(("dimension", "radius"), [(1, 1), (1, 3), (50, 3)])
def test_rastrigin_fails_between_ends_in_closed_form(dimension, radius):
    rows = list(
        failing(
            lambda level: least_curvature(case("rastrigin", "gaussian", dimension), level, radius) - 1,
            levels := np.geomspace(0.03, 8, 12),
            np.array(
                [
                    least_curvature(case("rastrigin", "gaussian", dimension), level, radius) - 1
                    for level in levels
                ]
            ),
        )
    )

    def curvature(level: float) -> float:
        ripple = 40 * math.pi**2 * math.exp(-2 * (math.pi * level) ** 2 / dimension)
        return 1 + ripple * math.cos(2 * math.pi * radius * level)

    first = optimize.brentq(curvature, 0.1 / radius, 0.45 / radius)
    last = math.sqrt(dimension * math.log(40 * math.pi**2) / 2) / math.pi
    assert rows == [pytest.approx((first, last), rel=1e-4)]


def test_intervals_of_failure_are_refined_and_cut_at_the_ends():
    levels = np.linspace(0.5, 12, 24)
    found = list(failing(math.sin, levels, np.sin(levels)))
    expected = [(math.pi, 2 * math.pi), (3 * math.pi, 12)]
    assert [pytest.approx(interval, abs=1e-5) for interval in expected] == found
    assert list(failing(math.sin, levels[:5], -np.ones(5))) == [(0.5, 2.5)]
    assert list(failing(math.sin, levels, np.ones(24))) == []


def test_rastrigin_fails_with_any_strength_and_the_controls_hold(findings):
    failures = findings.tables["failures"]
    assert set(failures["function"]) == {"rastrigin", "drop_wave", "negative_logarithm"}
    rows = failures.query("function == 'rastrigin' and law == 'gaussian' and dimension == 1")
    ends = rows.set_index(["definition", "parameter"])[["lowest", "highest"]]
    assert ends.loc[(WIDE, 0.0), "highest"] == pytest.approx(0.517447, abs=1e-5)
    assert ends.loc[(WIDE, 2.0), "lowest"] == pytest.approx(1 / 12, abs=1e-5)
    assert ends.loc[("radius δ", 2.0), "lowest"] == pytest.approx(1 / 4, abs=1e-5)
    logarithm = failures[failures["function"] == "negative_logarithm"]
    assert set(logarithm["parameter"]) == {2.0}
    assert logarithm["highest"].tolist() == pytest.approx([math.sqrt(0.5)] * 2, abs=1e-5)


def test_levels_of_the_logarithm_stay_below_one(findings):
    table = findings.tables["convexity"]
    assert table.loc[table["function"] == "negative_logarithm", "smoothing"].max() < 1
    assert table["smoothing"].max() == pytest.approx(1.5)


def test_a_level_ends_where_the_next_may_start_from_one_half_on(findings):
    table = findings.tables["shrinking"]
    assert table.groupby("decay")["contained"].agg(["all", "any"]).to_dict("index") == {
        0.49: {"all": False, "any": False},
        0.5: {"all": True, "any": True},
        0.51: {"all": True, "any": True},
    }


def test_verdicts(findings):
    new, wide, logarithm, control, shrink = findings.verdicts
    assert new.outcome == wide.outcome == CONTRADICTED and new.value < 0 and wide.value < 0
    assert "(0.253, 0.517)" in new.remark and "(0.084, 0.517)" in wide.remark
    assert logarithm.outcome == SUPPORTED and logarithm.value == pytest.approx(1 / (1 - 0.05**2))
    assert control.outcome == SUPPORTED and control.value == 2
    assert shrink.outcome == SUPPORTED and shrink.value == pytest.approx(0.5)


def test_every_interval_of_failure_is_a_bar(findings):
    (axes,) = FIGURES["nice_functions_failures"](findings.tables).axes
    failures = findings.tables["failures"]
    expected = failures.loc[failures["definition"] == WIDE, "lowest"]
    assert sorted(bar.get_x() for bar in axes.patches) == pytest.approx(sorted(expected))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"decays": (0.5, 1.0)}, "decays = .*: expected numbers between 0 and 1"),
        ({"dimensions": ()}, "dimensions = .*: expected numbers from 1 on"),
        ({"lowest": 1.0}, "lowest = 1.0: expected above 0, below 1 and 10.0"),
        ({"lowest": 0.5, "highest": 0.4}, "lowest = 0.5: expected above 0, below 1 and 0.4"),
        ({"highest": math.inf}, "highest = inf: expected a number"),
        ({"levels": 1}, "levels = 1: expected at least 2"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        NiceFunctions(**values)
