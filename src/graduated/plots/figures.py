"""The figures: the panels one by one, and all of them on a page."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots import panels
from graduated.plots.captions import FONT_SIZE, LINE_HEIGHT, LINE_SPACING, describe, wrap
from graduated.plots.key import draw_batch_size_key, draw_learning_rate_key
from graduated.plots.results import Results, prepare
from graduated.plots.strips import NAME
from graduated.plots.style import COLUMN_WIDTH, PAGE_WIDTH, style

Panel = Callable[[Axes, Results], None]

_PANEL_HEIGHT, _OVERVIEW_HEIGHT, _KEY_HEIGHT, _EDGE = 2.5, 4.5, 0.5, 0.04
"""In inches."""

_LINES = "Lines: means over seeds; bands: min–max; open marks: runs."
_BARS = "Marks: means over seeds; bars: min–max; open marks: runs."


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
    return _figure(table, panels.accuracy_vs_sharpness, _BARS)


def accuracy_vs_smoothing(table: pd.DataFrame) -> Figure:
    """Return figure (e): test accuracy against the degree of smoothing."""
    return _figure(table, panels.accuracy_vs_smoothing, _BARS)


def _figure(table: pd.DataFrame, panel: Panel, marks: str, *, with_key: bool = True) -> Figure:
    results = prepare(table)
    with style():
        figure = _start(f"{describe(results)} {marks}", COLUMN_WIDTH, _PANEL_HEIGHT, _KEY_HEIGHT * with_key)
        panel(figure.subplots(), results)
        if with_key:
            _draw_key_below(figure, results)
        _settle(figure)
    return figure


def overview(table: pd.DataFrame) -> Figure:
    """Return the five panels on a page with one key; panels side by side share their y axis."""
    results = prepare(table)
    marks = "Marks and lines: means over seeds; bands and bars: min–max; open marks: runs."
    with style():
        figure = _start(f"{describe(results)} {marks}", PAGE_WIDTH, _OVERVIEW_HEIGHT)
        *places, corner = figure.subplots(2, 3).flat
        for letter, panel, axes in zip("abcde", _PANELS, places, strict=True):
            panel(axes, results)
            axes.set_label(letter)
            place = {"xycoords": "axes fraction", "xytext": (-8, 5), "textcoords": "offset points"}
            axes.annotate(f"({letter})", (0, 1), **place, ha="right", fontsize=8, fontweight="bold")
            if letter in "bce":
                _hide_left_labels(axes)
        corner.set_axis_off()
        draw_batch_size_key(corner.inset_axes((0, 0.55, 1, 0.25)), results, width=1.85)
        draw_learning_rate_key(corner.inset_axes((0, 0.2, 1, 0.25)), results)
        _settle(figure)
    return figure


def _start(text: str, width: float, height: float, key_height: float = 0) -> Figure:
    """Return a figure with a caption, and above it room for a key and for panels, all in inches."""
    lines = wrap(text, width - 2 * _EDGE)
    below = (lines.count("\n") + 1) * LINE_HEIGHT + 2 * _EDGE + key_height
    total = height + below
    figure = Figure(figsize=(width, total), layout="constrained")
    figure.get_layout_engine().set(rect=(0, below / total, 1, height / total), h_pad=_EDGE, w_pad=_EDGE)
    figure.text(
        _EDGE / width, _EDGE / total, lines, fontsize=FONT_SIZE, va="bottom", linespacing=LINE_SPACING
    )
    return figure


def _draw_key_below(figure: Figure, results: Results) -> None:
    width, total = figure.get_size_inches()
    _, top, _, _ = figure.get_layout_engine().get()["rect"]
    height = (_KEY_HEIGHT - 2 * _EDGE) / total
    bars, markers = (
        figure.add_axes((left, top - height - _EDGE / total, share, height))
        for left, share in ((_EDGE / width, 0.56), (0.62, 0.37))
    )
    for axes in (bars, markers):
        axes.set_in_layout(False)
    draw_batch_size_key(bars, results, width=0.56 * width)
    draw_learning_rate_key(markers, results)


def _settle(figure: Figure) -> None:
    """Lay the figure out once and for all, so that saving it again, or in another format, moves nothing."""
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")


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
