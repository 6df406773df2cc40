"""What is drawn for a method: line of means, band of seeds, ends of diverged runs, and where it stands."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from graduated.plots.data import keep_data
from graduated.plots.methods.table import Methods

_MARKS = 5
"""Markers along a line."""

_BANDS = 0.6
"""Opacity of all bands together; more methods have lighter ones."""


def draw_courses(axes: Axes, methods: Methods, metric: str, x: str) -> None:
    """Draw the course of a metric, whose axis has its final limits.

    Args:
        axes: The axes.
        methods: What is drawn.
        metric: ``train_loss`` or ``test_accuracy``.
        x: ``epoch`` or ``updates``.
    """
    if methods.history.empty:
        axes.text(0.5, 0.5, "no finished epoch", transform=axes.transAxes, ha="center", va="center")
    for method in methods.looks:
        course = methods.course(method, metric).reset_index()
        draw_course(axes, methods, method, course[x], course)
        keep_data(axes, methods.shown(course, metric, x), kind="mean", method=method)
        for run in methods.diverged_runs(method):
            _draw_diverged(axes, methods, method, run[x], run[metric])
            keep_data(axes, run[["seed", x, metric]], kind="diverged run", method=method)


def draw_course(axes: Axes, methods: Methods, method: str, x: pd.Series, course: pd.DataFrame) -> None:
    """Draw a method's line of means with markers, and where there is room the band of its seeds."""
    look = methods.looks[method]
    if methods.banded and len(course):
        axes.fill_between(
            x,
            course["low"],
            course["high"],
            color=look.colour,
            alpha=_BANDS / (1 + len(methods.looks)),
            linewidth=0,
            zorder=1,
            label=f"range {method}",
        )
    if len(course):
        axes.plot(
            x, course["mean"], zorder=3, label=f"mean {method}", **line_look(methods, method, len(course))
        )


def line_look(methods: Methods, method: str, points: int) -> dict[str, Any]:
    """Return the look of a method's line; the markers of different methods stand at different places."""
    look = methods.looks[method]
    step = max(1, points // _MARKS)
    start = list(methods.looks).index(method) * step // len(methods.looks)
    return {
        "color": look.colour,
        "linestyle": look.dashes,
        "marker": look.marker,
        "markersize": 3.4,
        "markerfacecolor": look.face,
        "markeredgewidth": 0.7,
        "markevery": (start, step),
    }


def _draw_diverged(axes: Axes, methods: Methods, method: str, x: pd.Series, values: pd.Series) -> None:
    """Draw a run up to its last finite epoch, and a cross there, at the edge where the run left the panel."""
    colour = methods.looks[method].colour
    axes.plot(x, values, color=colour, linewidth=0.6, zorder=2, label=f"run {method}")
    low, high = axes.get_ylim()
    axes.scatter(
        x.iloc[-1],
        np.clip(np.nan_to_num(values.iloc[-1], nan=high), low, high),
        marker="x",
        s=14,
        color=[colour],
        linewidths=1.1,
        zorder=5,
        clip_on=False,
        label=f"diverged {method}",
    )


def draw_outcomes(axes: Axes, methods: Methods, metric: str, basis: str) -> None:
    """Draw where the methods stand, side by side: marks are means over seeds, bars reach from min to max."""
    axes.set(xlim=(-0.8, len(methods.looks) - 0.2), xticks=[])
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False, which="both")
    for position, (method, look) in enumerate(methods.looks.items()):
        mean, low, high = methods.outcome(method, metric, basis)
        outcome = pd.DataFrame({metric: [mean], "low": [low], "high": [high]})
        keep_data(axes, outcome, kind=f"at equal {basis}", method=method)
        axes.vlines(
            position, low, high, color=look.colour, linewidth=0.9, clip_on=False, label=f"range {method}"
        )
        axes.plot(position, mean, clip_on=False, label=f"mean {method}", **line_look(methods, method, 1))
