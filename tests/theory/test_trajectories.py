from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from graduated.plots.theory import trajectories as drawing
from graduated.studies.catalogue import STUDIES
from graduated.studies.settings import Trajectories
from graduated.theory import trajectories as study
from graduated.theory.agreement import SPREAD_RATES, _distances, spreads

SMALL = Trajectories(
    starts=80,
    relative_rates=(0.5,),
    smoothings=(0.02, 0.4),
    time=0.6,
    schedule_rate=1.8,
    first_smoothings=(0.3, 1.0),
    stages=12,
    stage_steps=(150, 20),
)


@pytest.fixture(scope="module")
def findings():
    return study.measure(SMALL, lambda fraction, detail: None)


def test_tables_and_figures_are_those_of_the_catalogue(findings):
    assert set(findings.tables) == set(STUDIES["trajectories"].tables)
    assert set(drawing.FIGURES) == set(STUDIES["trajectories"].figures)


def test_spreads_are_as_predicted():
    table = spreads(SMALL)
    deviations = table[table["variable"] != "y/z"]
    errors = np.log(deviations["value"] / deviations["predicted"]) * np.sqrt(2 * deviations["n"])
    assert errors.abs().max() < 4.5
    half = table[(table["relative_rate"] == 0.5) & (table["variable"] == "y/z")].iloc[0]
    assert half["low"] < 1 < half["high"]
    assert set(table["relative_rate"]) == set(SPREAD_RATES)


def test_small_noise_agrees_and_large_does_not(findings):
    table = findings.tables["agreement"]
    pairs = table[(table["progress"] == 1) & (table["second"] == "explicit noise")].set_index("smoothing")
    assert pairs.loc[0.02, "p_holm"] > 0.05
    assert pairs.loc[0.4, "p_holm"] < 0.05
    assert pairs.loc[0.02, "wasserstein"] < 1.5 * pairs.loc[0.02, "chance"]
    assert pairs.loc[0.4, "low"] > pairs.loc[0.4, "chance"]
    assert (table["low"] <= table["wasserstein"]).all()
    assert (table["wasserstein"] <= table["high"]).all()


def test_holm_is_never_below_the_raw_p(findings):
    table = findings.tables["agreement"]
    assert (table["p_holm"] >= table["p"]).all()
    assert table["p_holm"].min() == pytest.approx(min(1, table["p"].min() * len(table)))


def test_distances_of_samples_known_apart():
    generator = np.random.default_rng(0)
    first = generator.normal(size=300)
    found = _distances(first, first + 2, generator)
    assert found["wasserstein"] == pytest.approx(2)
    assert found["low"] < 2 < found["high"]
    assert found["ks"] == pytest.approx(stats.ks_2samp(first, first + 2).statistic)
    assert found["chance"] < 0.7


def test_every_run_ends_in_a_basin(findings):
    counts = findings.tables["basins"].groupby(["smoothing", "arm"])["count"].sum()
    assert (counts == SMALL.starts).all()


def test_closed_form_succeeds_where_sgd_does_not(findings):
    table = findings.tables["schedules"]
    usual = table[(table["first_smoothing"] == 1.0) & (table["stage_steps"] == 150)]
    shares = usual[usual["schedule"] == "batch size"].set_index("arm")["share"]
    assert shares["closed form"] == 1
    assert shares["SGD"] < 0.5
    alone = table[table["arm"] == "no noise"]
    assert len(alone) == 1
    assert stats.binomtest(int(alone["successes"].iloc[0]), SMALL.starts, 0.1).pvalue > 1e-3


def test_verdicts(findings):
    spread, ends, schedules = findings.verdicts
    assert spread.outcome == schedules.outcome == "contradicted"
    assert spread.value == pytest.approx(49, rel=0.06)
    assert ends.outcome == "inconclusive"  # two settings are too few
    assert schedules.value > 0.5


def test_nothing_to_compare_with_is_inconclusive(findings):
    table = findings.tables["schedules"]
    failing = table.assign(successes=table["successes"].where(table["arm"] != "closed form", 0))
    assert study._schedules({"schedules": failing}).outcome == "inconclusive"


def test_equal_success_supports(findings):
    table = findings.tables["schedules"]
    equal = table.assign(successes=1000, starts=1000)
    assert study._schedules({"schedules": equal}).outcome == "supported"


def test_figures_are_drawn(findings):
    agreement, ends, schedules = (draw(findings.tables) for draw in drawing.FIGURES.values())
    values = findings.tables["agreement"]
    final = values[(values["progress"] == 1) & (values["first"] == "SGD")]
    written = sorted(text.get_text() for axes in agreement.axes[1:] for text in axes.texts)
    assert written == sorted(f"{value:.1f}" for value in final["wasserstein"])
    assert len(ends.axes) == 2
    assert len(schedules.axes) == 3


def test_other_laws_are_scaled_alike():
    settings = replace(SMALL, law="uniform", smoothings=(0.02,), starts=20, time=0.05)
    table = study.agreement(settings, lambda fraction, detail: None)["agreement"]
    assert len(table) == 6


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"law": "cauchy"}, "law = 'cauchy'"),
        ({"relative_rates": (2.5,)}, "relative_rates"),
        ({"schedule_rate": 0.0}, "schedule_rate"),
        ({"smoothings": ()}, "smoothings"),
        ({"time": 0.0}, "time = 0.0"),
        ({"decay": 1.0}, "decay = 1.0"),
        ({"starts": 2}, "starts, stages = 2"),
        ({"stage_steps": (10, 10)}, "each number once"),
    ],
)
def test_refuses_wrong_settings(wrong, message):
    with pytest.raises(ValueError, match=message):
        Trajectories(**wrong)
