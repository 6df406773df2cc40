import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from graduated.plots.contrast import TEXT, contrast
from graduated.plots.data import figure_data
from graduated.plots.page import in_bold
from graduated.plots.sharpness import Measure, sharpness_measures_ranked, sharpness_measures_vs_smoothing
from graduated.plots.sharpness.ranked import ALL, COMPANIONS, TRAINED
from graduated.plots.style import INK
from graduated.sharpness.settings import AutoPGD, ReleasedSearch, TopEigenvalues
from graduated.sharpness_ranks import rank_sharpness
from pages_drawn import check_page

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
    for kind, spearman, number in ((ALL, values, 92), (TRAINED, values[::-1] / 2, 46)):
        ends = {f"{kind}low": np.maximum(spearman - 0.2, -1), f"{kind}high": np.minimum(spearman + 0.1, 1)}
        numbers = {f"{kind}spearman": spearman, **ends, f"{kind}n_runs": number, f"{kind}n_seeds": 3}
        ranks = ranks.assign(**numbers)
    return ranks


@pytest.fixture(scope="module")
def drawn(synthetic):
    table, measures = with_measures(synthetic)
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


def test_the_matrix_holds_all_runs_below_the_diagonal_and_the_better_trained_above_it(drawn):
    _, ranks, figures = drawn
    places = {name: place for place, name in enumerate(("main", "trace", "other"))}
    expected = []
    for row in ranks[~ranks["other"].isin(COMPANIONS)].to_dict("records"):
        first, second = places[row["measure"]], places[row["other"]]
        for kind, (line, column) in ((ALL, (second, first)), (TRAINED, (first, second))):
            expected.append((line, column, *(row[kind + name] for name in ("spearman", "low", "high"))))
    found = list(cells(figures["ranked"]))
    assert len(found) == len(expected) == 3 * 2
    for (place, texts, _), (row, column, *numbers) in zip(found, sorted(expected), strict=True):
        assert place == (column, row)
        written = re.findall(r"[\d.−]+", " ".join(text.get_text() for text in texts))
        found = [float(number.replace("−", "-")) for number in written]
        assert found == pytest.approx(numbers, abs=0.0051)


@pytest.mark.parametrize("companion", COMPANIONS)
def test_filled_marks_are_of_all_runs_and_open_ones_of_the_better_trained(drawn, companion):
    _, ranks, figures = drawn
    (axes,) = [axes for axes in figures["ranked"].axes if axes.get_label() == companion]
    own = ranks[ranks["other"] == companion]
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    for mark, bars, kind, face in zip(marks, axes.collections, (ALL, TRAINED), (INK, "white"), strict=True):
        assert same_color(mark.get_markerfacecolor(), face)
        assert mark.get_xdata().tolist() == own[f"{kind}spearman"].tolist()
        ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
        assert ends == own[[f"{kind}low", f"{kind}high"]].to_numpy().tolist()
    assert axes.get_xlim()[0] < -1 < 1 < axes.get_xlim()[1] and axes.yaxis.get_inverted()


def test_the_sign_is_told_by_colour_and_by_grey(drawn, synthetic):
    table, measures = with_measures(synthetic)
    grounds = {}
    for sign in (-1, 1):
        figure = sharpness_measures_ranked(drawn[1].assign(trained_spearman=0.9 * sign), table, measures)
        red, _, blue = grounds[sign] = next(cells(figure))[2]
        assert (red > blue) == (sign > 0)
    assert contrast(grounds[-1]) > 1.3 * contrast(grounds[1])


def test_every_number_stands_out_from_its_colour(drawn):
    for _, texts, colour in cells(drawn[2]["ranked"]):
        assert len(texts) == 2 and all(contrast(text.get_color(), colour) >= TEXT for text in texts)


def test_measures_and_companions_are_named(drawn):
    matrix, *panels = drawn[2]["ranked"].axes
    letters = [in_bold(letter) for letter in "abc"]
    assert matrix.get_yticklabels()[0].get_text() == (f"{letters[0]}  kind of main\nmain, ρ\u00a0=\u00a00.5")
    assert [text.get_text() for text in matrix.texts if text.get_text() in letters] == letters
    assert [axes.get_title(loc="left") for axes in panels] == list(COMPANIONS.values())
    assert [label.get_text() for label in panels[0].get_yticklabels()] == letters


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_panels_hold_the_runs_of_their_measure_beside_one_key(table, number):
    table, measures = with_measures(table, number)
    figure = sharpness_measures_vs_smoothing(table, measures)
    finished = table[table["status"] == "finished"]
    *panels, corner = figure.axes
    names = {text.get_text() for part in corner.child_axes for text in part.texts}
    assert names >= {
        f"{value:g}" for name in ("learning_rate", "batch_size") for value in table[name].unique()
    }
    data = figure_data(figure)
    assert set(data["panel"]) == {measure.name for measure in measures}
    for measure, axes in zip(measures, panels, strict=True):
        runs = data[(data["panel"] == measure.name) & (data["kind"] == "run")].dropna(subset="sharpness")
        expected = finished[f"sharpness_{measure.name}"]
        assert sorted(runs["sharpness"]) == pytest.approx(sorted(expected))
        assert sorted(runs["smoothing"]) == pytest.approx(sorted(finished["smoothing"]))
        points = [mark.get_offsets() for mark in axes.collections if mark.get_label() == "runs"]
        assert sorted(np.concatenate(points)[:, 1]) == pytest.approx(sorted(expected))
        strips = [mark.get_label() for mark in axes.collections if mark.get_label() in ("diverged", "≤ 0")]
        assert strips.count("diverged") == (table["status"] == "diverged").sum()
        assert strips.count("≤ 0") == (expected <= 0).sum()


def test_the_data_of_the_matrix_and_the_panels_are_the_table_of_ranks(drawn):
    _, ranks, figures = drawn
    data = figure_data(figures["ranked"])
    assert set(data["panel"]) == {"measures", *COMPANIONS}
    keys = ["measure", "other"]
    found, expected = (table.sort_values(keys).reset_index(drop=True) for table in (data, ranks))
    pd.testing.assert_frame_equal(found[list(expected)].astype(expected.dtypes), expected, check_dtype=False)


@pytest.mark.parametrize("number", [1, 4])
def test_few_measures_and_many_fit_the_page(synthetic, number):
    table, measures = with_measures(synthetic, number)
    check_page(sharpness_measures_ranked(ranks_of(measures), table, measures))
    check_page(sharpness_measures_vs_smoothing(table, measures))


def test_captions_count_runs_and_seeds(drawn):
    captions = {name: figure.texts[0].get_text().split() for name, figure in drawn[2].items()}
    ranked, versus = (" ".join(words).replace("\u00a0", " ") for words in captions.values())
    assert "over the finished runs, n = 92, of 3 seeds. Above it, open: over those that" in ranked
    assert "median training loss, n = 46. Brackets and bars: 95 % intervals over seeds." in ranked
    assert "96 runs: 92 finished, 4 diverged (×); 3 seeds in each of 32 cells. δ = 4.47 · η/√b." in versus


def test_without_finished_runs_both_figures_say_so(table):
    table, measures = with_measures(table.assign(status="diverged"))
    ranks = rank_sharpness(table, [measure.name for measure in measures])
    axes = sharpness_measures_ranked(ranks, table, measures).axes[0]
    assert not axes.patches and [text.get_text() for text in axes.texts].count("–") == 3 * 2
    panel = sharpness_measures_vs_smoothing(table, measures).axes[0]
    assert "no finished runs" in [text.get_text() for text in panel.texts]


def test_many_measures_leave_out_the_intervals(table):
    table, _ = with_measures(table, 1)
    measures = [Measure(f"measure_{number}", "kind") for number in range(9)]
    table = table.assign(**{f"sharpness_{measure.name}": table["sharpness"] for measure in measures})
    figure = sharpness_measures_ranked(ranks_of(measures), table, measures)
    assert all(len(texts) == 1 for _, texts, _ in cells(figure))


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
    settings = AutoPGD(radius=0.004, adaptive=True)
    assert Measure.of("mine", settings).label == "adaptive Auto-PGD worst-case ℓ∞\nmine, ρ\u00a0=\u00a00.004"
    assert Measure.of("top", TopEigenvalues()).label == "top-eigenvalue\ntop"
    long = Measure.of("worst_linf_cifar10_statistics", ReleasedSearch()).label
    assert max(map(len, long.splitlines())) <= 34
