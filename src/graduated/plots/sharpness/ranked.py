"""How measures of sharpness order the runs: the matrix of their rank correlations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from graduated.plots.captions import describe_setting
from graduated.plots.contrast import contrast
from graduated.plots.data import keep_data
from graduated.plots.page import page, settle
from graduated.plots.results import prepare
from graduated.plots.sharpness.names import Measure, lettered
from graduated.plots.style import COLUMN_WIDTH, MUTED, PAGE_WIDTH, style

COMPANIONS = {
    "smoothing": r"degree of smoothing $\delta = \eta C/\sqrt{b}$",
    "learning_rate_over_batch_size": r"$\eta/b$",
    "train_loss": "training loss",
    "test_accuracy": "test accuracy",
}
"""What is correlated with the measures, in the order of the rows, and its name."""

_PALETTE, _REACH = sns.color_palette("PuOr_r", as_cmap=True), 0.36
"""Purple to orange, which colour-blind readers can tell apart and of which purple is the darker in grey; and
how far −1 and 1 lie from its middle."""

_LABELS, _ROW, _GAP = 1.7, 0.36, 0.12
"""Width of the labels, height of a row, room between measures and companions, in inches."""

_WITH_INTERVAL = 0.7
"""Least width of a cell that an interval fits into, in inches."""


def sharpness_measures_ranked(
    ranks: pd.DataFrame, table: pd.DataFrame, measures: Sequence[Measure]
) -> Figure:
    """Draw the rank correlations of every measure with every other one, and with the companions.

    Args:
        ranks: From ``graduated.sharpness_ranks.rank_sharpness``.
        table: The results table, whose setting the caption names.
        measures: In the order of rows and columns.
    """
    number = len(measures)
    width = COLUMN_WIDTH if number < 3 else PAGE_WIDTH
    rows = number + len(COMPANIONS)
    intervals = (width - _LABELS) / number >= _WITH_INTERVAL
    with style():
        figure = page(_caption(ranks, table, intervals), width, rows * _ROW + _GAP)
        axes = figure.subplots()
        heights = _name_rows(axes, measures)
        columns = {measure.name: column for column, measure in enumerate(measures)}
        for row in ranks.itertuples():
            _draw_cell(axes, row, columns[row.measure], heights[row.other], intervals)
        for letter, measure in lettered(measures):
            place = columns[measure.name] + 0.5, heights[measure.name] + 0.5
            axes.text(*place, letter, ha="center", va="center", fontsize=8, fontweight="bold")
        keep_data(axes, ranks)
        return settle(figure)


def _name_rows(axes: Axes, measures: Sequence[Measure]) -> dict[str, float]:
    """Name the rows, set the limits, and return the upper edge of every row by name, in rows."""
    labels = {measure.name: f"$\\bf{{{letter}}}$  {measure.label}" for letter, measure in lettered(measures)}
    labels |= COMPANIONS
    gap = _GAP / _ROW
    heights = {name: row + gap * (name in COMPANIONS) for row, name in enumerate(labels)}
    axes.set(xlim=(0, len(measures)), ylim=(len(labels) + gap, 0), xticks=[])
    axes.set_yticks([height + 0.5 for height in heights.values()], labels.values())
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return heights


def _draw_cell(axes: Axes, row: object, column: int, height: float, intervals: bool) -> None:
    """Draw one correlation with its interval, black or white on its colour."""
    if np.isnan(row.spearman):
        axes.text(column + 0.5, height + 0.5, "–", ha="center", va="center", color=MUTED)
        return
    colour = _PALETTE(0.5 + _REACH * row.spearman)[:3]
    axes.add_patch(Rectangle((column, height), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
    ink = max("black", "white", key=lambda text: contrast(text, colour))
    look = {"ha": "center", "color": ink}
    if intervals and np.isfinite(row.low):
        axes.text(column + 0.5, height + 0.47, _number(row.spearman), va="bottom", fontsize=8, **look)
        interval = f"[{_number(row.low)}, {_number(row.high)}]"
        axes.text(column + 0.5, height + 0.53, interval, va="top", fontsize=7, **look)
    else:
        axes.text(column + 0.5, height + 0.5, _number(row.spearman), va="center", fontsize=8, **look)


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _caption(ranks: pd.DataFrame, table: pd.DataFrame, intervals: bool) -> str:
    few, many = ranks["n_runs"].min(), ranks["n_runs"].max()
    seeds = int(ranks["n_seeds"].max())
    brackets = " Brackets: 95 % intervals over seeds." if intervals and seeds > 1 else ""
    return (
        f"{describe_setting(prepare(table))} Spearman’s rank correlation over the finished runs, "
        f"n = {few if few == many else f'{few}–{many}'}, of {seeds} seed{'s' * (seeds > 1)}.{brackets} "
        "Orange: the same order; purple: the opposite order."
    )
