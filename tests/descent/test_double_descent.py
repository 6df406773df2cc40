import numpy as np
import pandas as pd
import pytest
from scipy import stats

from graduated.descent import epochs, sizes
from graduated.descent.double_descent import measure
from graduated.descent.least_squares import Regression, draw, expected_risk
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import DoubleDescent

SMALL = DoubleDescent(
    samples=50,
    parameters=(10, 25, 40, 50, 60, 100, 300),
    features=300,
    sample_sizes=(25, 45, 50, 75, 200),
    repetitions=20,
)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def test_the_closed_form_by_hand():
    seen = {p: expected_risk(200, p, 1.0, 0.25) for p in (100, 150, 190, 210, 300, 1000)}
    published = {100: 0.253, 150: 0.765, 190: 5.28, 210: 5.60, 300: 0.838, 1000: 0.863}
    assert seen == pytest.approx(published, rel=2e-3)
    assert np.isinf([expected_risk(200, p, 1.0, 0.25) for p in (199, 200, 201)]).all()


@pytest.mark.parametrize("parameters", [8, 40])
def test_the_closed_form_agrees_with_monte_carlo(parameters):
    design = stats.norm.rvs(size=(4000, 20, parameters), random_state=0)
    beta = np.full(parameters, parameters**-0.5)
    targets = design @ beta + 0.5 * stats.norm.rvs(size=(4000, 20), random_state=1)
    weights = np.squeeze(np.linalg.pinv(design) @ targets[..., None], -1)
    errors = np.square(weights - beta).sum(-1)
    assert expected_risk(20, parameters, 1.0, 0.25) == pytest.approx(
        errors.mean(), abs=4.5 * stats.sem(errors)
    )


@pytest.mark.parametrize(("samples", "parameters"), [(9, 4), (5, 12)])
def test_risks_in_singular_vectors_are_those_of_solved_equations(samples, parameters):
    design = stats.norm.rvs(size=(samples, parameters), random_state=0)
    targets, beta = stats.norm.rvs(size=samples, random_state=1), np.ones(parameters)
    left, singular_values, axes = np.linalg.svd(design, full_matrices=False)
    regression = Regression(singular_values, axes, left.T @ targets, beta)
    assert regression.error() == pytest.approx(np.square(np.linalg.pinv(design) @ targets - beta).sum())
    ridge = np.linalg.solve(design.T @ design + 0.7 * np.eye(parameters), design.T @ targets)
    assert regression.decayed(0.7) == pytest.approx(np.square(ridge - beta).sum())


def test_draws_are_independent_and_of_the_signal_asked_for():
    one, other = (draw(10, 6, 2.0, 0.25, "test", number) for number in (0, 1))
    assert np.square(one.beta).sum() == pytest.approx(2)
    assert not np.allclose(one.beta, other.beta)
    again = draw(10, 6, 2.0, 0.25, "test", 0)
    np.testing.assert_array_equal(one.targets, again.targets)


def test_features_left_out_are_noise():
    settings = DoubleDescent()
    assert sizes.expected_excess(sizes.PART, 0, settings) == 1
    full = sizes.expected_excess(sizes.ALL, 1000, settings)
    assert sizes.expected_excess(sizes.PART, 1000, settings) == pytest.approx(full)
    assert sizes.expected_excess(sizes.PART, 100, settings) == pytest.approx(0.9 + 1.15 * 100 / 99)


def test_descent_in_closed_form_is_descent_by_steps():
    design = stats.norm.rvs(size=(12, 5), random_state=0) * [1, 1, 1, 0.1, 0.1]
    targets = stats.norm.rvs(size=12, random_state=1)
    weights = np.zeros(5)
    for _ in range(37):
        weights = weights - 0.3 * design.T @ (design @ weights - targets) / 12
    assert epochs.descend(design, targets, 0.3, np.array([1, 37]))[1] == pytest.approx(weights, rel=1e-10)


def test_the_curve_in_time_ends_where_least_squares_does(findings):
    steps = findings.tables["steps"]
    ends = steps[steps["step"] == steps["step"].max()].groupby("rates")["risk"].agg(["mean", "sem"])
    expected = findings.tables["plateaus"].set_index("fitted").loc["all", "risk"]
    assert expected == pytest.approx(80 / 39)
    assert (np.abs(ends["mean"] - expected) < 4.5 * ends["sem"]).all()


def test_the_three_turns_of_the_curve_in_time(findings):
    steps = findings.tables["steps"]
    curve = steps[steps["rates"] == epochs.COMMON].groupby("step")["risk"].mean()
    peak = curve.idxmax()
    assert 50 < peak < 1000 and curve.max() == pytest.approx(2.83, abs=0.5)
    assert curve.loc[:peak].idxmin() <= 5 and 3e4 < curve.loc[peak:].idxmin() < 3e5
    own = steps[steps["rates"] == epochs.OWN].groupby("step")["risk"].mean()
    assert own.loc[own.idxmin() :].is_monotonic_increasing


def test_verdicts(findings):
    assert {verdict.outcome for verdict in findings.verdicts} == {SUPPORTED}
    assert len(findings.verdicts) == 8


def test_without_a_peak_verdicts_are_contradicted(findings):
    flat = findings.tables["samples"].assign(
        risk=lambda table: 1 / table["samples"] + 1e-6 * table["repetition"]
    )
    more, decayed = sizes.verdicts_on_samples(flat, SMALL)
    assert more.outcome == CONTRADICTED and decayed.outcome == SUPPORTED
    table = findings.tables["parameters"]
    falling = table.assign(risk=1 / table["parameters"] + 1e-6 * table["repetition"])
    assert sizes.verdicts_on_parameters(falling, SMALL)[1].outcome == CONTRADICTED


def test_summaries_hold_their_means_and_medians(findings):
    summary = findings.tables["parameters_summary"]
    assert len(summary) == 14 and (summary["repetitions"] == 20).all()
    for name in ("mean", "median"):
        assert (summary[f"{name}_low"] <= summary[name]).all()
        assert (summary[name] <= summary[f"{name}_high"]).all()


def test_the_same_settings_give_the_same_tables(findings):
    pd.testing.assert_frame_equal(epochs.by_steps(SMALL), findings.tables["steps"], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"parameters": (20, 10, 300)}, "parameters = .*: expected three or more ascending numbers"),
        ({"sample_sizes": (10, 20, 100)}, "sample_sizes = .*: expected from below to above samples = 200"),
        ({"features": 500}, "features = 500: expected at least 1000"),
        ({"trained_samples": 81}, "trained_samples = 81: expected at least 82"),
        ({"scale": 1.0}, "scale = 1.0: expected in"),
        ({"noise": 0.0}, "noise = 0.0: expected a number greater than 0"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        DoubleDescent(**values)
