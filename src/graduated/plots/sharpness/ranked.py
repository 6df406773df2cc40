"""How measures of sharpness order the runs: rank correlations with one another, and with their companions.

Over all runs, and over the better-trained half of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator

from graduated.plots.captions import count, describe_setting
from graduated.plots.contrast import legible_on
from graduated.plots.data import keep_data
from graduated.plots.page import in_bold, page, settle
from graduated.plots.results import prepare
from graduated.plots.sharpness.names import Measure, lettered
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, style

COMPANIONS = {
    "smoothing": r"degree of smoothing $\delta$",
    "learning_rate_over_batch_size": r"$\eta/b$",
    "train_loss": "training loss",
    "test_accuracy": "test accuracy",
}
"""What is correlated with the measures, in the order of the panels, and its name."""

ALL, TRAINED = "", "trained_"
"""What the columns of a kind of runs start with: all, and the better-trained half."""

_NUMBERS = ["spearman", "low", "high"]

_MARKS = {ALL: (-0.16, INK, "all finished runs"), TRAINED: (0.16, "white", "better-trained half")}
"""Place in a row, face and name of the marks of a kind of runs."""

_PALETTE, _REACH = sns.color_palette("PuOr_r", as_cmap=True), 0.36
"""Purple to orange, which colour-blind readers can tell apart and of which purple is the darker in grey; and
how far −1 and 1 lie from its middle."""

_LABELS, _ROW, _LINE, _ROUND = 1.7, 0.36, 0.19, 0.8
"""Width of the labels, heights of a row of matrix and panels, and room round the panels, in inches."""

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
    intervals = (PAGE_WIDTH - _LABELS) / number >= _WITH_INTERVAL
    heights = number * _ROW, number * _LINE + _ROUND
    with style():
        figure = page(_caption(ranks, table), PAGE_WIDTH, sum(heights))
        above, below = figure.subfigures(2, 1, height_ratios=heights)
        matrix = above.subplots()
        _draw_matrix(matrix, ranks, measures, intervals)
        panels = below.subplots(1, len(COMPANIONS), sharex=True, sharey=True)
        for axes, (companion, title) in zip(panels, COMPANIONS.items(), strict=True):
            axes.set_title(title, loc="left", fontsize=8)
            axes.set_label(companion)
            _draw_companion(axes, ranks[ranks["other"] == companion].set_index("measure"), measures)
        panels[0].set_yticks(range(number), [in_bold(letter) for letter, _ in lettered(measures)])
        handles, names = panels[0].get_legend_handles_labels()
        below.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
        return settle(figure)


def _draw_matrix(axes: Axes, ranks: pd.DataFrame, measures: Sequence[Measure], intervals: bool) -> None:
    """Draw the correlations of the measures: over all runs below the diagonal, over the half above it."""
    axes.set_label("measures")
    pairs = ranks[~ranks["other"].isin(COMPANIONS)]
    keep_data(axes, pairs)
    places = {measure.name: place for place, measure in enumerate(measures)}
    for row in pairs.to_dict("records"):
        first, second = places[row["measure"]], places[row["other"]]
        _draw_cell(axes, [row[ALL + name] for name in _NUMBERS], first, second, intervals)
        _draw_cell(axes, [row[TRAINED + name] for name in _NUMBERS], second, first, intervals)
    for place, (letter, _) in enumerate(lettered(measures)):
        axes.text(place + 0.5, place + 0.5, in_bold(letter), ha="center", va="center", fontsize=8)
    labels = [f"{in_bold(letter)}  {measure.label}" for letter, measure in lettered(measures)]
    axes.set(xlim=(0, len(measures)), ylim=(len(measures), 0), xticks=[])
    axes.set_yticks(np.arange(len(measures)) + 0.5, labels)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_cell(axes: Axes, numbers: Sequence[float], column: int, row: int, intervals: bool) -> None:
    """Draw one correlation with its interval, black or white on its colour."""
    value, low, high = numbers
    if np.isnan(value):
        axes.text(column + 0.5, row + 0.5, "–", ha="center", va="center", color=MUTED)
        return
    colour = _PALETTE(0.5 + _REACH * value)[:3]
    axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
    look = {"ha": "center", "color": legible_on(colour)}
    if intervals and np.isfinite(low):
        axes.text(column + 0.5, row + 0.47, _number(value), va="bottom", fontsize=8, **look)
        interval = f"[{_number(low)}, {_number(high)}]"
        axes.text(column + 0.5, row + 0.53, interval, va="top", fontsize=7, **look)
    else:
        axes.text(column + 0.5, row + 0.5, _number(value), va="center", fontsize=8, **look)


def _draw_companion(axes: Axes, ranks: pd.DataFrame, measures: Sequence[Measure]) -> None:
    """Draw the correlations of the measures with a companion: filled over all runs, open over the half."""
    keep_data(axes, ranks.reset_index())
    axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
    ordered = ranks.loc[[measure.name for measure in measures]]
    rows = np.arange(len(measures))
    for prefix, (shift, face, label) in _MARKS.items():
        value, low, high = (ordered[prefix + name].to_numpy(float) for name in _NUMBERS)
        axes.hlines(rows + shift, low, high, color=INK, linewidth=0.8, zorder=1)
        mark = {"linestyle": "none", "marker": "o", "markersize": 3.5, "markerfacecolor": face}
        axes.plot(value, rows + shift, color=INK, markeredgewidth=0.7, label=label, **mark)
    axes.set(xlim=(-1.05, 1.05), ylim=(len(measures) - 0.5, -0.5), xlabel="rank correlation")
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    axes.tick_params(axis="y", length=0)


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _caption(ranks: pd.DataFrame, table: pd.DataFrame) -> str:
    seeds = int(ranks["n_seeds"].max())
    intervals = " Brackets and bars: 95 % intervals over seeds." if seeds > 1 else ""
    return (
        f"{describe_setting(prepare(table))} Spearman’s rank correlation. Below the diagonal, and filled: "
        f"over the finished runs, n = {_span(ranks['n_runs'])}, of {count(seeds, 'seed')}. Above it, open: "
        f"over those that reached the median training loss, n = {_span(ranks['trained_n_runs'])}."
        f"{intervals} Orange: the same order; purple: the opposite order."
    )


def _span(numbers: pd.Series) -> str:
    few, many = numbers.min(), numbers.max()
    return f"{few}" if few == many else f"{few}–{many}"
