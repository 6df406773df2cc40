from itertools import product

import numpy as np
import pandas as pd
import pytest

from graduated.plots.theory.noise_law import FIGURES
from graduated.resume import Resume
from graduated.storage import to_json
from graduated.studies.settings import NoiseLaw
from graduated.theory.noise_law import measure
from graduated.theory.noise_law_fits import fits, verdicts
from toys import toy_training

SETTINGS = NoiseLaw(batch_size=16, seed=(0, 1), epochs=(0, 2), images=240, fewest_batches=30)
SAMPLES = 1437


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def findings():
    return measure(SETTINGS, toy_training(), quiet)


def made_up(slope=-1.0, ratio=1.0, spread=0.03, seed=0):
    """Mean squares that follow the law in evaluation mode, and another power law in training mode."""
    generator, rows = np.random.default_rng(seed), []
    for run, epoch, (mode, replacement), size in product(
        (0, 1, 2),
        (0, 25, 50),
        (("evaluation", True), ("evaluation", False), ("training", False)),
        2 ** np.arange(1, 11),
    ):
        factor = 1.0 if replacement else (SAMPLES - size) / (SAMPLES - 1)
        predicted = (1 + run) * factor / size
        distorted = ratio * (size / 32) ** (slope + 1) if mode == "training" else 1.0
        value = predicted * distorted * np.exp(generator.normal(0, spread))
        names = {"seed": run, "epoch": epoch, "mode": mode, "replacement": replacement, "batch_size": size}
        interval = {"mean_square": value, "low": value * (1 - 2 * spread), "high": value * (1 + 2 * spread)}
        rest = {"population_factor": factor, "samples": SAMPLES, "squared_offset": 0.01 * value}
        rows.append({**names, **interval, "predicted": predicted, **rest})
    return pd.DataFrame(rows)


def test_every_size_mode_and_sampling_is_measured(findings):
    table = findings.tables["mean_squares"]
    assert not table.duplicated(["seed", "epoch", "mode", "replacement", "batch_size"]).any()
    for (mode, _), cells in table.groupby(["mode", "replacement"]):
        sizes = [2, 4, 8, 16, 32] if mode == "training" else [1, 2, 4, 8, 16, 32]
        assert sorted(cells["batch_size"].unique()) == sizes
        assert len(cells) == 4 * len(sizes)
    assert (table["low"] < table["mean_square"]).all() and (table["mean_square"] < table["high"]).all()
    assert (table["batches"] == np.maximum(30, 240 // table["batch_size"])).all()
    without = table[~table["replacement"]]
    np.testing.assert_allclose(without["population_factor"], (45 - without["batch_size"]) / 44)


def test_the_law_holds_in_evaluation_mode(findings):
    """It is algebra there; only the sampling errs."""
    table = findings.tables["mean_squares"]
    evaluation = table[table["mode"] == "evaluation"]
    deviation = (evaluation["mean_square"] - evaluation["predicted"]) / (
        evaluation["high"] - evaluation["low"]
    )
    assert deviation.abs().max() < 1.2
    assert deviation.mean() == pytest.approx(0, abs=0.2)
    slope, ratio = findings.verdicts[:2]
    assert slope.low < -1 + 0.02 and slope.high > -1 - 0.02
    assert ratio.value == pytest.approx(1, abs=0.05)


def test_the_offset_of_the_mean_vanishes_where_gradients_are_unbiased(findings):
    table = findings.tables["mean_squares"]
    evaluation = table[table["mode"] == "evaluation"]
    share = evaluation["squared_offset"] / evaluation["mean_square"]
    assert share.abs().max() < 0.25 and share.mean() == pytest.approx(0, abs=0.02)


def test_a_killed_study_goes_on_to_the_same_tables(tmp_path, findings):
    def stop_in_the_second_epoch(share, _detail):
        if share > 0.6:
            raise KeyboardInterrupt

    with Resume(tmp_path, "key", interval=0.0) as resume, pytest.raises(KeyboardInterrupt):
        measure(SETTINGS, toy_training(), stop_in_the_second_epoch, resume)
    with Resume(tmp_path, "key", interval=0.0) as resume:
        again = measure(SETTINGS, toy_training(), quiet, resume)
    for name, table in findings.tables.items():
        assert again.tables[name].to_csv() == table.to_csv()
    assert to_json(again.records) == to_json(findings.records)


def test_fits_find_slope_and_ratio_and_what_the_factor_does():
    table = fits(made_up(slope=-1.5, ratio=3.0)).set_index(["epoch", "mode", "replacement", "corrected"])
    assert len(table) == 3 * 5
    for epoch in (0, 25, 50):
        right = table.loc[(epoch, "evaluation", False, True)]
        assert right["slope_low"] < -1 + 0.01 and right["slope_high"] > -1 - 0.01
        assert right["ratio"] == pytest.approx(1, abs=0.03)
        raw = table.loc[(epoch, "evaluation", False, False)]
        assert raw["slope_high"] < -1 and raw["ratio"] < right["ratio"]
        distorted = table.loc[(epoch, "training", False, True)]
        assert distorted["slope"] == pytest.approx(-1.5, abs=0.03)


def test_intervals_of_the_slope_cover_it_as_often_as_they_say():
    inside = [
        row.slope_low <= -1 <= row.slope_high
        for seed in range(12)
        for row in fits(made_up(seed=seed)).query("replacement or corrected").itertuples()
    ]
    assert 0.9 < np.mean(inside) < 0.99


@pytest.mark.parametrize(
    ("slope", "ratio", "outcomes"),
    [
        (-1.0, 1.0, ["supported", "supported"]),
        (-1.0, 3.0, ["supported", "contradicted"]),
        (-1.5, 1.0, ["contradicted", "supported"]),
    ],
)
def test_verdicts_follow_the_measured_numbers(slope, ratio, outcomes):
    settings = NoiseLaw()
    found = verdicts(settings, made_up(slope, ratio, spread=0.005))
    assert [verdict.outcome for verdict in found[:2]] == ["supported", "supported"]
    assert [verdict.outcome for verdict in found[2:]] == outcomes
    assert found[3].value == pytest.approx(ratio, rel=0.03)
    vague = verdicts(settings, made_up(spread=0.4))
    assert [verdict.outcome for verdict in vague[1:3]] == ["inconclusive", "inconclusive"]


@pytest.mark.parametrize("epochs", [(0,), (0, 25, 50)])
def test_the_figure_has_a_column_per_time_and_every_panel_its_letter(epochs):
    table = made_up(slope=-2.0)
    figure = FIGURES["noise_law"]({"mean_squares": table[table["epoch"].isin(epochs)]})
    assert len(figure.axes) == 2 * len(epochs)
    assert [axes.get_label() for axes in figure.axes] == list("abcdef"[: 2 * len(epochs)])
    assert figure.axes[0].get_title(loc="left").endswith("at initialisation")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rate": 0}, "learning_rate = 0"),
        ({"batch_size": 0}, "batch_size = 0"),
        ({"seed": (1,)}, "two or more different seeds"),
        ({"seed": (1, 1)}, "two or more different seeds"),
        ({"epochs": ()}, "epochs = "),
        ({"epochs": (3, 1)}, "ascending"),
        ({"epochs": (-1, 1)}, "from 0 on"),
        ({"samples": 3}, "samples = 3: expected at least 8"),
        ({"largest_batch_size": 2}, "largest_batch_size = 2"),
        ({"fewest_batches": 1}, "fewest_batches = 1"),
        ({"chunk_size": 0}, "chunk_size = 0"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        NoiseLaw(**values)
