from copy import deepcopy
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from graduated.noise.cells import over_seeds
from graduated.plots.data import figure_data
from graduated.plots.noise import noise_along_training, noise_estimators_compared
from graduated.plots.style import batch_size_colours, save
from graduated.storage import read_json
from pages_drawn import check_page
from paths import ROOT

RECORD = read_json(ROOT / "results/reference/digits/gradient_variance.json")
AXIS = {"source": "reported", "gradient_variance": 1280.0}
RATES, SIZES, SEEDS, EPOCHS = (0.01, 0.1, 0.5), (4, 32, 256), (0, 1), (0, 1, 5, 20, 35, 50)


def synthetic_cells(rates=RATES, sizes=SIZES, seeds=SEEDS) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [
        (rate, size, seed, epoch) for rate in rates for size in sizes for seed in seeds for epoch in EPOCHS
    ]
    table = pd.DataFrame(rows, columns=["learning_rate", "batch_size", "seed", "epoch"])
    fall = table["epoch"] * table["learning_rate"] / np.log(table["batch_size"])
    variance = 100 * np.exp(-fall + rng.normal(0, 0.3, len(table)))
    bounds = {"gradient_variance_low": 0.9 * variance, "gradient_variance_high": 1.1 * variance}
    return table.assign(samples=512, gradient_variance=variance, **bounds)


def diverged_cells() -> pd.DataFrame:
    """One run that diverges after an epoch, and a cell that does so with both its seeds."""
    table = synthetic_cells()
    late = (table["learning_rate"] == 0.5) & (table["epoch"] > 1)
    gone = late & ((table["batch_size"] == 256) | ((table["batch_size"] == 4) & (table["seed"] == 1)))
    measured = ["samples", *(name for name in table if name.startswith("gradient_variance"))]
    table = table.astype({"samples": float})  # as the table reads where some are missing
    table.loc[gone, measured] = np.nan
    return table


def censored(reached: dict[int, int]) -> dict:
    """The record with batch sizes that so many of three seeds brought to ε."""
    record = deepcopy(RECORD)
    critical = record["critical_batch_size"]
    critical["censored"] = list(reached)
    for row in critical["complexity"]:
        row["reached"] = reached.get(row["batch_size"], 3)
        if row["reached"] == 0:
            row.update(mean=None, min=None, max=None)
    if len(reached) == len(critical["complexity"]):
        none = dict.fromkeys(("critical_batch_size", "gradient_variance", "interval"))
        critical.update(none, at_edge=False, reason="no batch size reached ε")
    return record


NEVER = censored(dict.fromkeys((8, 16, 32, 64, 128, 256), 0))
PARTLY = censored({8: 0, 16: 2})
REPORTED = {**PARTLY, "reported": {"gradient_variance": 1280.0}, "axis": AXIS}
FIGURES = {
    "cells": noise_along_training(synthetic_cells(), RECORD["axis"]),
    "cells, diverged": noise_along_training(diverged_cells(), AXIS),
    "cells, one seed": noise_along_training(synthetic_cells((0.1,), (4, 8), (0,)), AXIS),
    "cells, five rates": noise_along_training(synthetic_cells((1, 2, 3, 4, 5), 2 ** np.arange(1, 14)), AXIS),
    "estimators": noise_estimators_compared(RECORD),
    "estimators, censored": noise_estimators_compared(REPORTED),
    "estimators, never": noise_estimators_compared(NEVER),
}


def labelled(axes, label):
    return [artist for artist in axes.get_children() if artist.get_label() == label]


def containers(axes) -> dict:
    return {container.get_label(): container for container in axes.containers}


def test_diverged_runs_are_counted_and_leave_the_others_theirs():
    figure = FIGURES["cells, diverged"]
    caption = " ".join(figure.texts[0].get_text().split())
    assert "gradients of 512 training images" in caption
    assert "Without 12 measurements of diverged runs." in caption
    means = figure_data(figure).query("kind == 'mean' and panel == 'c'")
    assert set(means[means["batch_size"] == 256]["epoch"]) == {0, 1}
    assert set(means[means["batch_size"] == 4]["epoch"]) == set(EPOCHS)


@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_of_print_size_inside_the_page_and_apart_on_each_axis(name):
    figure = FIGURES[name]
    check_page(figure)
    for axes in filter(lambda axes: axes.get_visible(), figure.axes):
        boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
        assert all(left.x1 < right.x0 for left, right in pairwise(sorted(boxes, key=lambda box: box.x0)))


@pytest.mark.parametrize("name", FIGURES)
def test_panels_do_not_overlap(name):
    boxes = [axes.get_tightbbox() for axes in FIGURES[name].axes if axes.get_visible()]
    for index, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[index + 1 :])


def test_the_same_table_gives_the_same_bytes(tmp_path):
    cells = synthetic_cells((0.1,), (4, 8))
    for name in ("one", "two"):
        save(noise_along_training(cells, AXIS), tmp_path / f"{name}.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_cells_are_drawn_as_tabulated():
    table = synthetic_cells()
    figure, colours = noise_along_training(table, RECORD["axis"]), batch_size_colours(SIZES)
    for axes, rate in zip(figure.axes, RATES, strict=True):
        assert f"{rate:g}" in axes.get_title(loc="left")
        for size in SIZES:
            rows = table[(table["learning_rate"] == rate) & (table["batch_size"] == size)]
            means = over_seeds(rows)
            seeds, line, bars = (
                next(
                    artist
                    for artist in labelled(axes, f"b~{size}")
                    if type(artist).__name__ == kind and keep(artist)
                )
                for kind, keep in (
                    ("Line2D", lambda artist: artist.get_linestyle() == "None"),
                    ("Line2D", lambda artist: artist.get_linestyle() != "None"),
                    ("LineCollection", lambda artist: True),
                )
            )
            assert np.array_equal(seeds.get_xydata(), rows[["epoch", "gradient_variance"]])
            assert np.array_equal(line.get_xydata(), means[["epoch", "mean"]])
            ends = np.array([segment[:, 1] for segment in bars.get_segments()])
            assert np.array_equal(ends, means[["min", "max"]])
            assert same_color(line.get_color(), colours[size])
        (constant,) = labelled(axes, "constant")
        assert set(constant.get_ydata()) == {RECORD["axis"]["gradient_variance"]}


def test_the_key_names_batch_sizes_and_the_constant():
    (legend,) = FIGURES["cells"].legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["$b$ = 4", "$b$ = 32", "$b$ = 256", "$C^2$ of the $\\delta$ axis: 7.91 (per sample)"]
    assert "1280 (reported)" in FIGURES["cells, one seed"].legends[0].get_texts()[-1].get_text()


def test_the_caption_counts_cells_seeds_and_images():
    text = " ".join(FIGURES["cells"].texts[0].get_text().split())
    assert text.startswith("9 cells of η and b, n = 2 seeds each.")
    assert "512 training images" in text and "±10 % in the median" in text and "min–max" in text
    one = " ".join(FIGURES["cells, one seed"].texts[0].get_text().split())
    assert one.startswith("2 cells of η and b, n = 1 seed each.") and "min–max" not in one


def test_the_estimators_are_drawn_as_recorded():
    along, beside, complexity = FIGURES["estimators, censored"].axes
    for source in ("per_sample", "two_batch_sizes"):
        checkpoints = pd.DataFrame(RECORD[source]["checkpoints"])
        points = containers(along)[source]
        assert np.array_equal(points[0].get_xydata(), checkpoints[["epoch", "gradient_variance"]])
        ends = np.array([segment[:, 1] for segment in points[2][0].get_segments()])
        assert np.allclose(ends, checkpoints[["low", "high"]])
    found = containers(beside)
    assert {name: found[name][0].get_ydata()[0] for name in found} == {
        "per_sample": pytest.approx(7.9079126),
        "two_batch_sizes": pytest.approx(11.2435176),
        "critical_batch_size": 80,
        "reported": 1280,
    }
    assert np.allclose(found["per_sample"][2][0].get_segments()[0][:, 1], RECORD["per_sample"]["interval"])
    assert "1280" in {text.get_text() for text in beside.texts}
    rows = pd.DataFrame(RECORD["critical_batch_size"]["complexity"])
    reached = containers(complexity)["reached"]
    assert np.array_equal(reached[0].get_xydata(), rows[["batch_size", "mean"]][2:])
    ends = np.array([segment[:, 1] for segment in reached[2][0].get_segments()])
    assert np.allclose(ends, rows[["min", "max"]][2:])


def test_the_minimum_its_interval_and_censored_batch_sizes_are_marked():
    complexity = FIGURES["estimators, censored"].axes[2]
    assert set(labelled(complexity, "minimum")[0].get_xdata()) == {32}
    span = labelled(complexity, "interval")[0]
    assert (span.get_x(), span.get_x() + span.get_width()) == (32, 64)
    assert containers(complexity)["partly reached"][0].get_xdata().tolist() == [16]
    assert [artist.get_xdata()[0] for artist in labelled(complexity, "not reached")] == [8]
    assert "×" in FIGURES["estimators, censored"].texts[0].get_text()
    assert "×" not in FIGURES["estimators"].texts[0].get_text()


def test_a_threshold_that_was_not_reached_is_said():
    _, beside, complexity = FIGURES["estimators, never"].axes
    assert list(containers(beside)) == ["per_sample", "two_batch_sizes"]
    assert "not reached" in {text.get_text() for text in beside.texts}
    assert "no batch size reached" in complexity.texts[0].get_text()
    assert not labelled(complexity, "minimum")


def test_without_a_reported_value_none_is_named():
    labels = [text.get_text() for text in FIGURES["estimators"].axes[1].get_xticklabels()]
    assert labels == ["per\nsample", "two\nbatch\nsizes", "critical\nbatch\nsize"]


def test_without_two_batch_sizes_the_other_estimators_are_drawn():
    record = {key: value for key, value in RECORD.items() if key != "two_batch_sizes"}
    figure = noise_estimators_compared(record)
    assert list(containers(figure.axes[0])) == ["per_sample"]
    assert list(containers(figure.axes[1])) == ["per_sample", "critical_batch_size"]
    assert "triangles" not in figure.texts[0].get_text()


def test_an_edge_is_named():
    record = deepcopy(RECORD)
    record["critical_batch_size"]["at_edge"] = True
    texts = noise_estimators_compared(record).axes[2].texts
    assert "at the edge" in texts[0].get_text()


def test_the_data_beside_the_figures_are_what_was_measured():
    table = synthetic_cells()
    data = figure_data(noise_along_training(table, AXIS))
    seeds = data[data["kind"] == "seed"].drop(columns=["panel", "kind"]).dropna(axis="columns")
    expected = table[list(seeds)].astype(float).reset_index(drop=True)
    pd.testing.assert_frame_equal(seeds.astype(float).reset_index(drop=True), expected)
    data = figure_data(FIGURES["estimators"])
    assert data[data["panel"] == "c"]["complexity"].tolist() == [
        row["mean"] for row in RECORD["critical_batch_size"]["complexity"]
    ]
