"""Every measure of sharpness against the degree of smoothing: panel (c) of the paper's figure, many times."""

from collections.abc import Sequence
from math import ceil

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from graduated.plots.captions import count_runs, describe_setting
from graduated.plots.key import draw_batch_size_key, draw_learning_rate_key
from graduated.plots.page import letter, page, settle
from graduated.plots.panels import draw_against_smoothing
from graduated.plots.results import Results, prepare
from graduated.plots.scales import SMOOTHING, log_axis
from graduated.plots.sharpness.names import Measure, lettered
from graduated.plots.style import PAGE_WIDTH, style

_COLUMNS = 3
_PANEL, _KEY = 1.85, 0.45
"""Heights of a row of panels and of a key below them, in inches."""

_STACKED = ((0, 0.56, 1, 0.38), (0, 0.1, 1, 0.38))
_BESIDE = ((0, 0, 0.56, 1), (0.62, 0, 0.38, 1))
"""Bounds of the two parts of the key, as shares of its place."""


def sharpness_measures_vs_smoothing(table: pd.DataFrame, measures: Sequence[Measure]) -> Figure:
    """Draw a panel per measure, all encoded as panel (c); the key stands in the places left over.

    Args:
        table: The results table, one row per run.
        measures: In the order of the panels.

    Raises:
        ValueError: The table lacks a measure, or cannot be drawn; the message says why.
    """
    results = [_of(table, measure) for measure in measures]
    over = len(measures) % _COLUMNS
    heights = [_PANEL] * ceil(len(measures) / _COLUMNS) + [_KEY] * (over == 0)
    with style():
        figure = page(_caption(results[0]), PAGE_WIDTH, sum(heights))
        grid = figure.add_gridspec(len(heights), _COLUMNS, height_ratios=heights)
        for index, (mark, measure) in enumerate(lettered(measures)):
            axes = figure.add_subplot(grid[divmod(index, _COLUMNS)])
            _draw(axes, results[index], first=index % _COLUMNS == 0)
            letter(axes, mark, measure.label)
            axes.set_label(measure.name)
        _draw_key(figure, grid, over, results[0])
        return settle(figure)


def _of(table: pd.DataFrame, measure: Measure) -> Results:
    """Return the results with a measure as their sharpness."""
    column = f"sharpness_{measure.name}"
    if column not in table:
        raise ValueError(f"table: no column {column}; expected one for every measure")
    return prepare(table.assign(sharpness=table[column]))


def _draw(axes: Axes, results: Results, *, first: bool) -> None:
    """Draw a panel; the first of a row names the y axis."""
    log_axis(axes, "x", results.runs["smoothing"])
    log_axis(axes, "y", results.runs["sharpness"])
    draw_against_smoothing(axes, results, "sharpness", ranged=True)
    axes.set_ylabel("sharpness" if first else "")
    axes.set_xlabel(SMOOTHING)


def _draw_key(figure: Figure, grid: GridSpec, over: int, results: Results) -> None:
    """Draw the key: one part above the other in the place left over, or side by side below the panels."""
    corner = figure.add_subplot(grid[-1, over] if over else grid[-1, :])
    corner.set_axis_off()
    sizes, rates = (corner.inset_axes(bounds) for bounds in (_STACKED if over else _BESIDE))
    draw_batch_size_key(sizes, results, width=PAGE_WIDTH / _COLUMNS)
    draw_learning_rate_key(rates, results)


def _caption(results: Results) -> str:
    noise_std = results.noise_std
    axis = (
        "C differs between runs." if noise_std is None else f"δ\u00a0=\u00a0{noise_std:.3g}\u00a0·\u00a0η/√b."
    )
    return (
        f"{describe_setting(results)} {count_runs(results)} {axis} "
        "Marks: geometric means over seeds; bars: min–max; open marks: runs; grey lines: equal η."
    )
