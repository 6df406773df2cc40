import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.plots.theory.smoothing_laws import FIGURES
from graduated.smoothing.laws import LAWS
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import SmoothingLaws
from graduated.theory.smoothing_laws import highest_barrier, local_minima, measure

SMALL = SmoothingLaws(points=21, draws=300, settling_draws=(50, 5000), repetitions=40)
PERIODIC = ("rastrigin", "drop_wave")


def run(settings=SMALL):
    return measure(settings, lambda fraction, detail: None)


@pytest.fixture(scope="module")
def findings():
    return run()


def verdict(findings, start):
    (found,) = [verdict for verdict in findings.verdicts if verdict.claim.startswith(start)]
    return found


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12))
def test_the_highest_barrier_is_the_greatest_rise_towards_the_minimum(values):
    bottom = int(np.argmin(values))
    rises = [values[j] - values[i] for j in range(bottom) for i in range(j + 1)]
    rises += [values[j] - values[i] for i in range(bottom + 1, len(values)) for j in range(bottom + 1, i + 1)]
    assert highest_barrier(np.array(values)) == max([0.0, *rises])


def test_local_minima_of_the_functions_are_counted_on_the_period(findings):
    table = findings.tables["barriers"].set_index(["function", "law"])["local_minima"]
    assert table["rastrigin", "none"] == 11  # near -5, ..., 5
    assert table["drop_wave", "none"] == 59  # near k/6, |k| < 30
    for function in PERIODIC:
        assert table[function, "gaussian"] == table[function, "uniform"] == 1
    assert local_minima(np.array([0, 1, 0, 2, 1, 1, 3, 0])) == 1


def test_monte_carlo_lies_around_the_exact_values(findings):
    table = findings.tables["smoothed"]
    assert len(table) == 2 * 7 * 21
    exists = table[np.isfinite(table["exact"])]
    deviations = (exists["smoothed"] - exists["exact"]) / exists["standard_error"]
    assert deviations.abs().max() < 5 and 0.8 < deviations.std() < 1.2
    assert set(table.loc[table["exact"] == math.inf, "tail"]) == {"heavy"}


def test_convexity_of_rastrigin_begins_where_the_characteristic_function_says(findings):
    table = findings.tables["convexity"].set_index("law")
    needed = 20 * math.pi**2
    assert table.loc["gaussian", "first"] == pytest.approx(
        math.sqrt(math.log(needed) / 2) / math.pi, rel=1e-9
    )
    assert table.loc["gaussian", "first"] == pytest.approx(0.51745, abs=5e-6)
    exponential = math.sqrt(needed**2 - 1) / (3 * math.pi)
    assert table.loc["exponential", "always"] == pytest.approx(exponential, rel=1e-9)
    assert table.loc["uniform", "first"] < 0.25 < table.loc["uniform", "always"] < needed / (4 * math.pi)
    assert table.loc["uniform", "ripple"] < 1e-15  # sin(2π) = 0


def test_means_of_heavy_tailed_noise_do_not_settle_on_rastrigin(findings):
    table = findings.tables["exponents"].set_index(["function", "law"])
    assert table["expected"].to_dict()["rastrigin", "levy"] == 3
    for function, law in table.index:
        row = table.loc[(function, law)]
        assert row["low"] <= row["exponent"] <= row["high"]
        settles = function == "drop_wave" or LAWS[law].tail == "light"
        assert (row["high"] < 0) if settles else (row["low"] > 0)


def test_verdicts(findings):
    light = verdict(findings, "Light-tailed")
    assert light.outcome == SUPPORTED and light.n == 8 and 0.1 < light.value < 0.5
    assert verdict(findings, "Heavy-tailed noise smooths Drop-Wave").outcome == SUPPORTED
    assert verdict(findings, "Heavy-tailed noise smooths Rastrigin").outcome == CONTRADICTED
    assert verdict(findings, "A sufficient degree").value == pytest.approx(0.51745, abs=5e-6)


def test_too_little_smoothing_is_not_visible():
    findings = run(SmoothingLaws(0.005, points=3, draws=5, settling_draws=(5, 10), repetitions=20))
    light = verdict(findings, "Light-tailed")
    assert light.outcome == CONTRADICTED and light.value > 0.9


def test_the_same_settings_give_the_same_tables(findings):
    for name, table in run().tables.items():
        pd.testing.assert_frame_equal(table, findings.tables[name], check_exact=True)


def test_the_figure_shows_exact_curves_where_they_exist(findings):
    figure = FIGURES["smoothing_laws"](findings.tables)
    dense = [sum(len(line.get_xdata()) == 2001 for line in axes.lines) for axes in figure.axes]
    assert dense == [5, 1, 5, 4]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"smoothing": 0}, "smoothing = 0: expected a positive number"),
        ({"points": 1}, "points = 1: expected at least 2"),
        ({"draws": 1}, "draws = 1: expected at least 2"),
        ({"repetitions": 3}, "repetitions = 3: expected at least 20"),
        ({"settling_draws": (100,)}, "settling_draws"),
        ({"settling_draws": (100, 10)}, "settling_draws"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        SmoothingLaws(**values)
