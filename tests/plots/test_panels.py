import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from graduated.plots import panels
from graduated.plots.captions import caption
from graduated.plots.figures import FIGURES
from graduated.plots.labels import spread
from graduated.plots.results import prepare
from graduated.plots.style import batch_size_colours

PANELS = {
    "a": panels.sharpness_vs_batch_size,
    "b": panels.sharpness_vs_learning_rate,
    "c": panels.sharpness_vs_smoothing,
    "d": panels.accuracy_vs_sharpness,
    "e": panels.accuracy_vs_smoothing,
}


def draw(letter, table):
    axes = Figure().subplots()
    PANELS[letter](axes, prepare(table))
    return axes


def labelled(axes, label):
    return [artist for artist in axes.get_children() if str(artist.get_label()).startswith(label)]


def points(axes, label):
    return np.concatenate([artist.get_offsets() for artist in labelled(axes, label)])


def same_points(found, expected):
    order = lambda values: np.asarray(values)[np.lexsort(np.asarray(values).T)]  # noqa: E731
    np.testing.assert_allclose(order(np.asarray(found, float)), order(np.asarray(expected, float)))


def finished(table):
    return table[table.status == "finished"]


def geometric(groups):
    return groups.agg(lambda values: values.prod() ** (1 / len(values)))


@pytest.mark.parametrize(
    ("letter", "x", "by"),
    [
        ("a", "batch_size", "learning_rate"),
        ("b", "learning_rate", "batch_size"),
    ],
)
def test_lines_are_means_and_bands_are_extremes_over_seeds(table, letter, x, by):
    axes = draw(letter, table)
    groups = finished(table).groupby([by, x])["sharpness"]
    for key in table[by].unique():
        mean, low, high = geometric(groups)[key], groups.min()[key], groups.max()[key]
        (line,) = labelled(axes, f"mean {key:g}")[:1]
        drawn = np.column_stack(line.get_data())
        drawn = drawn[np.isfinite(drawn[:, 1])]
        np.testing.assert_allclose(drawn, np.column_stack([mean.index, mean]))
        (band,) = [band for band in labelled(axes, "range") if band.get_label() == f"range {key:g}"]
        corners = np.concatenate([path.vertices for path in band.get_paths()])
        assert {*np.round(low, 12), *np.round(high, 12)} == {*np.round(corners[:, 1], 12)}
    assert axes.get_xscale() == axes.get_yscale() == "log"


@pytest.mark.parametrize(
    ("letter", "x", "y"),
    [
        ("a", "batch_size", "sharpness"),
        ("b", "learning_rate", "sharpness"),
        ("c", "smoothing", "sharpness"),
        ("d", "sharpness", "accuracy"),
        ("e", "smoothing", "accuracy"),
    ],
)
def test_marks_are_the_finished_runs_and_the_means_of_their_cells(table, letter, x, y):
    axes = draw(letter, table)
    runs = finished(table).assign(accuracy=lambda frame: 100 * frame.test_accuracy)
    same_points(points(axes, "runs"), runs[[x, y]])
    cells = runs.groupby(["learning_rate", "batch_size"])
    means = cells[["smoothing", "accuracy"]].mean().assign(sharpness=geometric(cells["sharpness"]))
    same_points(points(axes, "means"), means.reset_index()[[x, y]])


@pytest.mark.parametrize("letter", PANELS)
def test_batch_size_is_colour_and_learning_rate_is_marker_in_every_figure(table, letter):
    axes = draw(letter, table)
    colours = {tuple(np.round(colour, 6)) for colour in batch_size_colours(table.batch_size).values()}
    groups = labelled(axes, "means")
    shapes = {tuple(map(tuple, group.get_paths()[0].vertices.round(6))) for group in groups}
    assert len(groups) == len(shapes) == table.learning_rate.nunique()
    drawn = {tuple(np.round(to_rgb(colour), 6)) for group in groups for colour in group.get_facecolors()}
    assert drawn == colours


def test_whiskers_span_the_seeds_of_sharpness_and_accuracies_have_none(table):
    groups = finished(table).groupby(["learning_rate", "batch_size"])["sharpness"].agg(["min", "max"])
    (whiskers,) = labelled(draw("c", table), "range")
    same_points([segment[:, 1] for segment in whiskers.get_segments()], groups)
    assert not labelled(draw("d", table), "range") and not labelled(draw("e", table), "range")


def test_one_seed_decades_above_the_others_moves_a_mean_by_its_share_of_them(table):
    """One of three values times 1000 moves a geometric mean tenfold, an arithmetic one some 300-fold."""
    cell = (table.learning_rate == 0.05) & (table.batch_size == 32)
    before = prepare(table).cells.set_index(["learning_rate", "batch_size"])["sharpness"]
    table.loc[cell & (table.seed == 1), "sharpness"] *= 1000
    after = prepare(table).cells.set_index(["learning_rate", "batch_size"])["sharpness"]
    assert after[0.05, 32] / before[0.05, 32] == pytest.approx(10)
    assert after.drop((0.05, 32)).equals(before.drop((0.05, 32)))


@pytest.mark.parametrize("letter", PANELS)
def test_each_diverged_run_is_a_cross(table, letter):
    axes = draw(letter, table)
    crosses = labelled(axes, "diverged")
    assert len(crosses) == 4
    if letter != "d":
        x = {"a": "batch_size", "b": "learning_rate"}.get(letter, "smoothing")
        expected = np.sort(table.loc[table.status == "diverged", x].to_numpy(float))
        drawn = np.sort(np.concatenate([cross.get_offsets()[:, 0] for cross in crosses]))
        np.testing.assert_allclose(drawn, expected, rtol=0.3)


def test_no_mark_is_hidden_by_the_limits(table):
    for letter in PANELS:
        axes = draw(letter, table)
        inside = axes.viewLim.count_contains(points(axes, "runs"))
        assert inside == len(finished(table)), letter


def test_top_axis_reads_the_noise_ratio(table):
    axes = draw("c", table)
    (top,) = axes.child_axes
    factor = table.smoothing[0] / table.noise_ratio[0]
    axes.figure.draw_without_rendering()
    np.testing.assert_allclose(np.multiply(top.get_xlim(), factor), axes.get_xlim())
    assert "4.47" in top.get_xlabel()


def test_no_top_axis_where_c_differs_between_runs(table):
    table["smoothing"] *= 1 + 0.1 * table.seed
    assert not draw("c", table).child_axes
    assert caption(table).endswith("C differs between runs.")


def test_best_range_of_the_paper_is_shaded(table):
    (band,) = labelled(draw("e", table), "paper’s best")
    np.testing.assert_allclose([band.get_x(), band.get_x() + band.get_width()], [0.1, 1])


def test_a_run_far_below_compresses_the_accuracy_axis_but_stays_visible(table):
    linear = draw("e", table)
    assert linear.get_yscale() == "linear"
    assert linear.get_ylim()[0] > 85
    table.loc[0, "test_accuracy"] = 0.12
    axes = draw("e", table)
    (knee,) = labelled(axes, "knee")
    value = knee.get_ydata()[0]
    assert f"scale broken at {value:g} %" in axes.get_ylabel()
    to_axes = axes.transData - axes.transAxes
    lowest, at_knee = (to_axes.transform((0.1, height))[1] for height in (12, value))
    assert 0 < lowest < at_knee < 0.35
    ticks = axes.get_yticks()
    assert (ticks < value).any()
    assert (ticks > value).sum() >= 3


def test_sharpness_of_zero_or_less_has_a_strip_of_its_own(table):
    table.loc[[0, 5], "sharpness"] = 0.0, -1e-6
    for letter in "a", "c", "d":
        assert len(labelled(draw(letter, table), "≤ 0")) == 2
    left = labelled(draw("d", table), "≤ 0")
    heights = [mark.get_offsets()[0, 1] for mark in left]
    np.testing.assert_allclose(sorted(heights), sorted(100 * table.loc[[0, 5], "test_accuracy"]))


def test_a_finished_run_without_a_finite_value_is_a_cross(table):
    table.loc[3, "sharpness"] = np.inf
    assert len(labelled(draw("a", table), "no value")) == 5
    assert len(labelled(draw("e", table), "diverged")) == 4


def test_a_line_breaks_where_every_seed_diverged(table):
    inner = (table.learning_rate == 0.05) & (table.batch_size == 32)
    table.loc[inner, "status"] = "diverged"
    axes = draw("a", table)
    (line,) = labelled(axes, "mean 0.05")
    assert np.isnan(line.get_ydata()[list(line.get_xdata()).index(32)])


def test_captions_say_where_a_scale_is_broken(table):
    table.loc[0, "test_accuracy"] = 0.12
    for name in ("overview", "d_accuracy_vs_sharpness"):
        text = " ".join(FIGURES[name](table).texts[0].get_text().split())
        assert re.search(r"Scale of accuracy broken at 9\d %: compressed below\.$", text)
    assert "broken" not in " ".join(
        text.get_text() for text in FIGURES["c_sharpness_vs_smoothing"](table).texts
    )


def test_overview_has_five_panels_with_the_same_marks_and_both_keys(table, figures):
    figure = figures["overview"]
    five = figure.axes[:5]
    for letter, axes in zip(PANELS, five, strict=True):
        same_points(points(axes, "runs"), points(draw(letter, table), "runs"))
    assert five[0].get_ylim() == five[1].get_ylim() == five[2].get_ylim()
    assert five[3].get_ylim() == five[4].get_ylim()
    keys = [text.get_text() for axes in figure.axes[5].child_axes for text in axes.texts]
    assert {"4", "512", "0.01", "0.5"} <= set(keys)


def test_spread_keeps_order_gap_and_range():
    heights = np.array([0.5, 0.52, 0.98, 1.4, 0.51, -0.2])
    spaced = spread(heights, 0.1)
    assert (np.argsort(spaced) == np.argsort(heights)).all()
    assert (np.diff(np.sort(spaced)) >= 0.1 - 1e-12).all()
    assert spaced.max() <= 1
    np.testing.assert_array_equal(spread([0.1, 0.9], 0.1), [0.1, 0.9])
