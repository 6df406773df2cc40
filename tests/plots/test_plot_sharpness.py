import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from graduated.plots.contrast import TEXT, contrast
from graduated.plots.data import figure_data
from graduated.plots.sharpness import Measure, sharpness_measures_ranked, sharpness_measures_vs_smoothing
from graduated.plots.sharpness.ranked import COMPANIONS
from graduated.sharpness.settings import Sharpness
from graduated.sharpness_ranks import rank_sharpness

FACTORS = {"main": 1.0, "trace": -3.0, "other": 10.0, "fourth": 2.0}


def with_measures(table: pd.DataFrame, number: int = 3) -> tuple[pd.DataFrame, list[Measure]]:
    """The table with a column per measure; the trace of two runs is negative."""
    names = list(FACTORS)[:number]
    columns = {f"sharpness_{name}": abs(FACTORS[name]) * table["sharpness"] for name in names}
    table = table.assign(train_loss=table["sharpness"] / 7, **columns)
    if "trace" in names:
        table.loc[[0, 40], "sharpness_trace"] = -1e-4
    return table, [Measure(name, f"kind of {name}", 0.5) for name in names]


def ranks_of(measures: list[Measure]) -> pd.DataFrame:
    """Made-up correlations from −1 to 1, in the form of graduated.sharpness_ranks."""
    names = [measure.name for measure in measures]
    pairs = [(name, other) for row, name in enumerate(names) for other in (*names[row + 1 :], *COMPANIONS)]
    values = np.linspace(-1, 1, len(pairs))
    ranks = pd.DataFrame(pairs, columns=["measure", "other"])
    ends = {"low": np.maximum(values - 0.2, -1), "high": np.minimum(values + 0.1, 1)}
    return ranks.assign(spearman=values, **ends, n_runs=92, n_seeds=3)


@pytest.fixture
def drawn(table):
    table, measures = with_measures(table)
    ranks = ranks_of(measures)
    figures = {
        "ranked": sharpness_measures_ranked(ranks, table, measures),
        "versus": sharpness_measures_vs_smoothing(table, measures),
    }
    return table, ranks, figures


def cells(figure):
    """Number, interval and colour of every cell of the matrix, from top to bottom and left to right."""
    axes = figure.axes[0]
    for patch in sorted(axes.patches, key=lambda patch: (patch.get_y(), patch.get_x())):
        left, top = patch.get_xy()
        inside = [
            text
            for text in axes.texts
            if 0 < text.get_position()[0] - left < 1 > text.get_position()[1] - top > 0
        ]
        yield (left, top), inside, patch.get_facecolor()[:3]


def test_the_matrix_holds_the_numbers_of_the_table(drawn):
    _, ranks, figures = drawn
    columns = {name: column for column, name in enumerate(("main", "trace", "other"))}
    rows = {name: row for row, name in enumerate((*columns, *COMPANIONS))}
    expected = sorted(
        (rows[row.other], columns[row.measure], row.spearman, row.low, row.high) for row in ranks.itertuples()
    )
    found = list(cells(figures["ranked"]))
    assert len(found) == len(expected) == 3 + 3 * 4
    for (place, texts, _), (row, column, *numbers) in zip(found, expected, strict=True):
        assert (place[0], int(place[1])) == (column, row)
        written = re.findall(r"[\d.−]+", " ".join(text.get_text() for text in texts))
        found = [float(number.replace("−", "-")) for number in written]
        assert found == pytest.approx(numbers, abs=0.0051)


def test_the_sign_is_told_by_colour_and_by_grey(table):
    table, measures = with_measures(table)
    ranks = ranks_of(measures)
    grounds = {}
    for sign in (-1, 1):
        figure = sharpness_measures_ranked(ranks.assign(spearman=0.9 * sign), table, measures)
        red, _, blue = grounds[sign] = next(cells(figure))[2]
        assert (red > blue) == (sign > 0)
    assert contrast(grounds[-1]) > 1.3 * contrast(grounds[1])


def test_every_number_stands_out_from_its_colour(drawn):
    for _, texts, colour in cells(drawn[2]["ranked"]):
        assert len(texts) == 2 and all(contrast(text.get_color(), colour) >= TEXT for text in texts)


def test_measures_and_companions_are_apart_and_named(drawn):
    axes = drawn[2]["ranked"].axes[0]
    edges = sorted({patch.get_y() for patch in axes.patches})
    assert np.diff(edges).max() > 1.2
    assert np.isclose(np.diff(edges), 1).sum() == len(edges) - 2
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "$\\bf{a}$  kind of main\nmain, ρ\u00a0=\u00a00.5"
    assert labels[3:] == list(COMPANIONS.values())
    assert [text.get_text() for text in axes.texts if text.get_text() in "abc"] == ["a", "b", "c"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_panels_hold_the_runs_of_their_measure(table, number):
    table, measures = with_measures(table, number)
    figure = sharpness_measures_vs_smoothing(table, measures)
    finished = table[table["status"] == "finished"]
    data = figure_data(figure)
    assert set(data["panel"]) == {measure.name for measure in measures}
    for measure, axes in zip(measures, figure.axes, strict=False):
        runs = data[(data["panel"] == measure.name) & (data["kind"] == "run")].dropna(subset="sharpness")
        expected = finished[f"sharpness_{measure.name}"]
        assert sorted(runs["sharpness"]) == pytest.approx(sorted(expected))
        assert sorted(runs["smoothing"]) == pytest.approx(sorted(finished["smoothing"]))
        points = [mark.get_offsets() for mark in axes.collections if mark.get_label() == "runs"]
        assert sorted(np.concatenate(points)[:, 1]) == pytest.approx(sorted(expected))
        strips = [mark.get_label() for mark in axes.collections if mark.get_label() in ("diverged", "≤ 0")]
        assert strips.count("diverged") == (table["status"] == "diverged").sum()
        assert strips.count("≤ 0") == (expected <= 0).sum()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_there_is_one_key_and_it_names_every_batch_size_and_learning_rate(table, number):
    table, measures = with_measures(table, number)
    figure = sharpness_measures_vs_smoothing(table, measures)
    *panels, corner = figure.axes
    assert len(panels) == number
    names = {text.get_text() for part in corner.child_axes for text in part.texts}
    assert {f"{value:g}" for value in table["learning_rate"].unique()} <= names
    assert {f"{value:g}" for value in table["batch_size"].unique()} <= names


def test_the_data_of_the_matrix_are_the_table_of_ranks(drawn):
    _, ranks, figures = drawn
    data = figure_data(figures["ranked"])
    pd.testing.assert_frame_equal(data.astype(ranks.dtypes), ranks, check_dtype=False)


@pytest.mark.parametrize("name", ["ranked", "versus"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_text_is_of_print_size_and_inside_the_page(table, name, number):
    table, measures = with_measures(table, number)
    figure = {
        "ranked": lambda: sharpness_measures_ranked(ranks_of(measures), table, measures),
        "versus": lambda: sharpness_measures_vs_smoothing(table, measures),
    }[name]()
    assert all(7 <= text.get_fontsize() <= 9 for text in figure.findobj(Text) if text.get_text())
    width, height = figure.get_size_inches()
    drawn = figure.get_tightbbox()
    assert -0.01 <= drawn.x0 <= drawn.x1 <= width + 0.01
    assert -0.01 <= drawn.y0 <= drawn.y1 <= height + 0.01


def test_captions_count_runs_and_seeds(drawn):
    captions = {name: figure.texts[0].get_text().split() for name, figure in drawn[2].items()}
    ranked, versus = (" ".join(words).replace("\u00a0", " ") for words in captions.values())
    assert "n = 92, of 3 seeds. Brackets: 95 % intervals over seeds." in ranked
    assert "96 runs: 92 finished, 4 diverged (×); 3 seeds in each of 32 cells. δ = 4.47 · η/√b." in versus


def test_without_finished_runs_both_figures_say_so(table):
    table, measures = with_measures(table.assign(status="diverged"))
    ranks = rank_sharpness(table, [measure.name for measure in measures])
    axes = sharpness_measures_ranked(ranks, table, measures).axes[0]
    assert not axes.patches and [text.get_text() for text in axes.texts].count("–") == len(ranks)
    panel = sharpness_measures_vs_smoothing(table, measures).axes[0]
    assert "no finished runs" in [text.get_text() for text in panel.texts]


def test_many_measures_leave_out_the_intervals(table):
    table, _ = with_measures(table, 1)
    measures = [Measure(f"measure_{number}", "kind") for number in range(9)]
    table = table.assign(**{f"sharpness_{measure.name}": table["sharpness"] for measure in measures})
    figure = sharpness_measures_ranked(ranks_of(measures), table, measures)
    assert all(len(texts) == 1 for _, texts, _ in cells(figure))
    assert "Brackets" not in figure.texts[0].get_text()


def test_a_measure_that_the_table_lacks_is_named(table):
    with pytest.raises(
        ValueError, match=r"^table: no column sharpness_third; expected one for every measure"
    ):
        sharpness_measures_vs_smoothing(table, [Measure("third", "kind")])


def test_more_measures_than_letters_are_refused(table):
    table, _ = with_measures(table, 1)
    with pytest.raises(ValueError, match="27 measures; at most 26"):
        sharpness_measures_vs_smoothing(table, [Measure("main", "")] * 27)


def test_a_label_names_method_and_radius():
    settings = Sharpness(method="apgd", radius=0.004, adaptive=True)
    assert Measure.of("mine", settings).label == "adaptive Auto-PGD worst-case ℓ∞\nmine, ρ\u00a0=\u00a00.004"
    assert Measure.of("top", Sharpness(method="curvature")).label == "top-eigenvalue\ntop"
    long = Measure.of("worst_linf_cifar10_statistics", Sharpness()).label
    assert max(map(len, long.splitlines())) <= 34


def test_drawing_imports_no_torch():
    program = "import sys, graduated.plots.sharpness; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
