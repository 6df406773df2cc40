"""The figures: the panels one by one, and all of them on a page."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots import panels
from graduated.plots.captions import describe, describe_scale
from graduated.plots.key import draw_batch_size_key, draw_learning_rate_key
from graduated.plots.page import EDGE, in_bold, page, reserve, settle
from graduated.plots.results import Results, prepare
from graduated.plots.strips import NAME
from graduated.plots.style import COLUMN_WIDTH, PAGE_WIDTH, style

Panel = Callable[[Axes, Results], None]

_PANEL_HEIGHT, _OVERVIEW_HEIGHT, _KEY_HEIGHT = 2.5, 4.5, 0.5
"""In inches."""

_LINES = "Lines: geometric means over seeds; bands: min–max; open: runs."
_BARS = "Marks: geometric means over seeds; bars: min–max; open: runs."
_BOTH = "Marks: means over seeds, of sharpness geometric; open: runs."
_ACCURACIES = "Marks: means over seeds; open: runs."


def sharpness_vs_batch_size(table: pd.DataFrame) -> Figure:
    """Return figure (a): sharpness against batch size, a line per learning rate."""
    return _figure(table, panels.sharpness_vs_batch_size, _LINES, with_key=False)


def sharpness_vs_learning_rate(table: pd.DataFrame) -> Figure:
    """Return figure (b): sharpness against learning rate, a line per batch size."""
    return _figure(table, panels.sharpness_vs_learning_rate, _LINES)


def sharpness_vs_smoothing(table: pd.DataFrame) -> Figure:
    """Return figure (c): sharpness against the degree of smoothing."""
    return _figure(table, panels.sharpness_vs_smoothing, _BARS)


def accuracy_vs_sharpness(table: pd.DataFrame) -> Figure:
    """Return figure (d): test accuracy against sharpness."""
    return _figure(table, panels.accuracy_vs_sharpness, _BOTH, of_accuracy=True)


def accuracy_vs_smoothing(table: pd.DataFrame) -> Figure:
    """Return figure (e): test accuracy against the degree of smoothing."""
    return _figure(table, panels.accuracy_vs_smoothing, _ACCURACIES, of_accuracy=True)


def _figure(
    table: pd.DataFrame, panel: Panel, marks: str, *, with_key: bool = True, of_accuracy: bool = False
) -> Figure:
    results = prepare(table)
    scale = describe_scale(results.runs["accuracy"]) if of_accuracy else ""
    text = f"{describe(results)} {marks} {scale}".rstrip()
    with style():
        figure = page(text, COLUMN_WIDTH, _PANEL_HEIGHT + _KEY_HEIGHT * with_key)
        panel(figure.subplots(), results)
        if with_key:
            _draw_key_below(figure, results)
        return settle(figure)


def overview(table: pd.DataFrame) -> Figure:
    """Return the five panels on a page with one key; panels side by side share their y axis."""
    results = prepare(table)
    marks = (
        "Marks and lines: means over seeds, of sharpness geometric; bands and bars: min–max; open: runs. "
        f"{describe_scale(results.runs['accuracy'])}"
    )
    with style():
        figure = page(f"{describe(results)} {marks}".rstrip(), PAGE_WIDTH, _OVERVIEW_HEIGHT)
        *places, corner = figure.subplots(2, 3).flat
        for letter, panel, axes in zip("abcde", _PANELS, places, strict=True):
            panel(axes, results)
            axes.set_label(letter)
            place = {"xycoords": "axes fraction", "xytext": (-8, 5), "textcoords": "offset points"}
            axes.annotate(in_bold(letter), (0, 1), **place, ha="right", fontsize=8)
            if letter in "bce":
                _hide_left_labels(axes)
        corner.set_axis_off()
        draw_batch_size_key(corner.inset_axes((0, 0.55, 1, 0.25)), results, width=1.85)
        draw_learning_rate_key(corner.inset_axes((0, 0.2, 1, 0.25)), results)
        return settle(figure)


def _draw_key_below(figure: Figure, results: Results) -> None:
    width, total = figure.get_size_inches()
    bottom = reserve(figure, _KEY_HEIGHT) + EDGE / total
    height = (_KEY_HEIGHT - 2 * EDGE) / total
    bars, markers = (
        figure.add_axes((left, bottom, share, height)) for left, share in ((EDGE / width, 0.56), (0.62, 0.37))
    )
    for axes in (bars, markers):
        axes.set_in_layout(False)
    draw_batch_size_key(bars, results, width=0.56 * width)
    draw_learning_rate_key(markers, results)


def _hide_left_labels(axes: Axes) -> None:
    """Leave the y axis to be read at the panel to the left."""
    axes.set_ylabel("")
    axes.tick_params(labelleft=False)
    for name in axes.findobj(lambda artist: artist.get_gid() == NAME):
        name.set_visible(False)


_PANELS = (
    panels.sharpness_vs_batch_size,
    panels.sharpness_vs_learning_rate,
    panels.sharpness_vs_smoothing,
    panels.accuracy_vs_sharpness,
    panels.accuracy_vs_smoothing,
)

FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "a_sharpness_vs_batch_size": sharpness_vs_batch_size,
    "b_sharpness_vs_learning_rate": sharpness_vs_learning_rate,
    "c_sharpness_vs_smoothing": sharpness_vs_smoothing,
    "d_accuracy_vs_sharpness": accuracy_vs_sharpness,
    "e_accuracy_vs_smoothing": accuracy_vs_smoothing,
    "overview": overview,
}
"""Every figure by its file name."""
