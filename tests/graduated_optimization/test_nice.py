import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.graduated_optimization.nice import NiceFunction, last_level, make_plan, rate

UNIT = NiceFunction(1.0, 1.0, 1.0)
PUBLISHED = [(0.5, 2.8e6, -1.987), (0.7, 6.2e6, -1.983), (0.9, 2.7e7, -1.977)]


def total_over_rate(decay, accuracy):
    """Return ΣT_m/H over M levels with the constants and δ_1 all 1, from the geometric sum."""
    number = last_level(UNIT, 1.0, decay, accuracy)
    return 2 * (decay ** (-2 * number) - 1) / (decay**-2 - 1)


@pytest.mark.parametrize(("decay", "total", "slope"), PUBLISHED)
def test_totals_and_slopes_known_of_the_bound(decay, total, slope):
    accuracies = np.array([1e-1, 1e-2, 1e-3, 1e-4])
    totals = [total_over_rate(decay, accuracy) for accuracy in accuracies]
    assert totals[1] == pytest.approx(total, rel=0.02)
    assert np.polyfit(np.log(accuracies), np.log(totals), 1)[0] == pytest.approx(slope, abs=6e-4)


@pytest.mark.parametrize("decay", [0.5, 0.7, 0.9])
def test_bound_of_a_plan_is_the_geometric_sum(decay):
    plan = make_plan(UNIT, 1.0, decay, 1e-2, 0.1)
    last = 2 / decay ** (2 * last_level(UNIT, 1.0, decay, 1e-2))
    assert plan.bound == pytest.approx(max(plan.rates) * (total_over_rate(decay, 1e-2) + last))
    assert sum(plan.steps) <= plan.bound + len(plan.steps)


def test_rate_by_hand():
    assert rate(NiceFunction(1.0, 3.0, 5.0), 0.1, 2.0) == pytest.approx(162 + 120)


@given(st.floats(0.2, 3.0), st.floats(0.01, 0.95), st.floats(0.05, 2.0), st.floats(0, 1), st.integers(1, 50))
def test_theorem_5_1_holds_on_a_quadratic(curvature, relative, smoothing, start, steps):
    eta, point = relative / curvature, 3 * smoothing * start
    gap = curvature / 2 * ((1 - relative) ** steps * point) ** 2
    nice = NiceFunction(curvature, 3 * smoothing * curvature, curvature)
    assert gap <= rate(nice, eta, smoothing) / steps + 1e-12


def test_last_level_is_as_small_as_the_accuracy_asks():
    nice = NiceFunction(2.0, 3.0, 5.0)
    plan = make_plan(nice, 4.0, 0.5, 1e-3, 0.1)
    scale = min(1 / (16 * 3.0 * 4.0), 1 / (2.0 * 4.0))
    assert plan.levels[-1] <= 4.0 * scale * 1e-3 < plan.levels[-2]
    assert plan.accuracies == pytest.approx([smoothing**2 for smoothing in plan.levels])


def test_learning_rate_takes_its_share():
    plan = make_plan(UNIT, 1.0, 0.7, 1e-1, 0.1, learning_rate_factor=0.7)
    assert np.divide(plan.learning_rates, plan.levels) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decay": 0.49}, r"decay = 0.49: expected a number in \[0.5, 1\)"),
        ({"learning_rate": 2.0}, "learning_rate = 2.0: expected less than 1"),
        ({"learning_rate_factor": 0.6}, "learning_rate_factor = 0.6"),
        ({"accuracy": 0.0}, "accuracy = 0.0"),
        ({"accuracy": 16.0}, "accuracy = 16.0: expected less than 16"),
    ],
)
def test_refuses_what_the_theory_does_not_cover(change, message):
    usual = {"first": 1.0, "decay": 0.7, "accuracy": 1e-2, "learning_rate": 0.1}
    with pytest.raises(ValueError, match=message):
        make_plan(UNIT, **{**usual, **change})


def test_refuses_constants_that_are_not_positive():
    with pytest.raises(ValueError, match="lipschitz = 0"):
        NiceFunction(1.0, 0.0, 1.0)
