"""Strips along the edges of a panel, for runs that have no place on its axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform, blended_transform_factory

from graduated.plots.results import Results
from graduated.plots.style import MUTED, SHADE

HEIGHT = 9
"""Of one row, in points."""

NAME = "strip name"
"""Marks the texts that name the rows of a bottom strip."""


@dataclass(frozen=True)
class Row:
    """One row of a strip.

    Attributes:
        label: What these runs have in common.
        runs: The runs, as rows of the results.
        column: The column that places them along the strip; None lists them one after another.
        crossed: Draw crosses rather than the markers of their learning rates.
    """

    label: str
    runs: pd.DataFrame
    column: str | None
    crossed: bool


def rows_below(results: Results, column: str | None, *measures: str) -> list[Row]:
    """Return the rows of the bottom strip: sharpness ≤ 0 where it is the y axis, and diverged runs."""
    rows = []
    flat = results.runs[results.runs["sharpness"] <= 0]
    if measures == ("sharpness",) and len(flat):
        rows.append(Row("≤ 0", flat, column, crossed=False))
    without = results.runs_without(*measures)
    if len(without):
        label = "diverged" if (without["status"] == "diverged").all() else "no value"
        rows.append(Row(label, without, column, crossed=True))
    return rows


def draw_below(axes: Axes, results: Results, rows: Sequence[Row]) -> None:
    """Draw rows between the panel and its x axis, whose limits are final."""
    if not rows:
        return
    _shift_spine(axes, "bottom", len(rows))
    for index, row in enumerate(rows):
        height = -(index + 0.5) * HEIGHT - 1
        down = ScaledTranslation(0, height / 72, axes.get_figure(root=True).dpi_scale_trans)
        _shade(axes, axes.transAxes + down, (0, 1), (0, 0))
        along = axes.transAxes if row.column is None else axes.transData
        transform = blended_transform_factory(along, axes.transAxes) + down
        positions = _listed(len(row.runs)) if row.column is None else _dodged(axes, row.runs[row.column])
        _draw(axes, results, row, positions, np.zeros(len(row.runs)), transform)
        name = axes.text(-0.025, 0, row.label, transform=axes.transAxes + down, color=MUTED)
        name.set(ha="right", va="center_baseline", gid=NAME)
        if row.column is None:
            note = axes.text(0.99, 0, "no position", transform=axes.transAxes + down, color=MUTED)
            note.set(ha="right", va="center_baseline")


def draw_left(axes: Axes, results: Results, row: Row) -> None:
    """Draw one row between the panel and its y axis, its runs at their own height."""
    if row.runs.empty:
        return
    _shift_spine(axes, "left", 1)
    left = ScaledTranslation(-(0.5 * HEIGHT + 1) / 72, 0, axes.get_figure(root=True).dpi_scale_trans)
    _shade(axes, axes.transAxes + left, (0, 0), (0, 1))
    transform = blended_transform_factory(axes.transAxes, axes.transData) + left
    _draw(axes, results, row, np.zeros(len(row.runs)), row.runs[row.column].to_numpy(), transform)
    axes.text(0, 1.01, row.label, transform=axes.transAxes + left, ha="center", va="bottom", color=MUTED)


def _shift_spine(axes: Axes, side: str, rows: int) -> None:
    axes.spines[side].set_position(("outward", rows * HEIGHT + 2))


def _shade(axes: Axes, transform: Transform, x: Sequence[float], y: Sequence[float]) -> None:
    line = Line2D(x, y, transform=transform, color=SHADE, linewidth=HEIGHT - 1.5, clip_on=False, zorder=0)
    line.set_solid_capstyle("butt")
    axes.add_line(line)


def _draw(axes: Axes, results: Results, row: Row, x: np.ndarray, y: np.ndarray, transform: Transform) -> None:
    for position, height, run in zip(x, y, row.runs.itertuples(), strict=True):
        colour = results.colours[run.batch_size]
        marker = "x" if row.crossed else results.markers[run.learning_rate]
        axes.scatter(
            position,
            height,
            s=10,
            marker=marker,
            color=colour,
            linewidths=1.1 if row.crossed else 0,
            transform=transform,
            clip_on=False,
            zorder=5,
            label=row.label,
        )


def _listed(number: int) -> np.ndarray:
    """Return places for runs that are listed one after another from the left, in axes fractions."""
    return 0.02 + np.arange(number) * min(0.03, 0.6 / number)


def _dodged(axes: Axes, values: pd.Series) -> np.ndarray:
    """Return the values of a logarithmic x axis with equal ones set side by side."""
    low, high = axes.get_xlim()
    equal = values.groupby(values)
    step = min(0.022, 0.8 / len(equal) / equal.size().max())
    rank = equal.cumcount() - (equal.transform("size") - 1) / 2
    return (values * (high / low) ** (step * rank)).to_numpy()
