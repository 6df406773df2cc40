"""Curves of a pack's training: loss and test accuracy against epochs, a line per learning rate."""

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES
from graduated.plots.scales import log_axis
from graduated.plots.style import FAINT, INK, MUTED, PAGE_WIDTH, learning_rate_markers, style

_HEIGHT = 2.7
"""In inches."""

_MARKS = 8
"""Markers along a line."""

_LEGEND = "Marks: means over the seeds of a learning rate; light lines: runs; crosses: divergence."


def training_curves(history: pd.DataFrame, diverged: Sequence[str], title: str) -> Figure:
    """Draw training loss and test accuracy of every run of a pack against epochs.

    Args:
        history: One row per run and epoch: run, epoch, learning_rate, train_loss, test_accuracy; the learning
            rate of a run's first epoch is the run's.
        diverged: Ids of the runs that diverged; a cross marks their ends.
        title: What stands above.

    Returns:
        The figure.
    """
    first = history.sort_values("epoch").groupby("run")["learning_rate"].first()
    table = history.assign(learning_rate=history["run"].map(first), percent=100 * history["test_accuracy"])
    with style():
        figure = Figure(figsize=(PAGE_WIDTH, _HEIGHT), layout="constrained")
        figure.suptitle(f"{title}\n{_LEGEND}", x=0.01, ha="left")
        loss, accuracy = figure.subplots(1, 2)
        log_axis(loss, "y", table["train_loss"])
        loss.set_ylabel("training loss")
        accuracy.set_ylabel("test accuracy (%)")
        for axes, column in ((loss, "train_loss"), (accuracy, "percent")):
            axes.set(xlabel="epoch", xlim=(0, max(table["epoch"].max(), 1) if len(table) else 1))
            ends = _draw(axes, table, column, set(diverged))
            if axes is loss:
                label_line_ends(axes, ends, r"$\eta$")
    return figure


def _draw(axes: Axes, table: pd.DataFrame, column: str, diverged: set[str]) -> dict:
    """Draw the curves and return the ends of the means, by label."""
    if table.empty:
        axes.text(
            0.5, 0.5, "no finished epoch", transform=axes.transAxes, ha="center", va="center", color=MUTED
        )
        return {}
    ends = {}
    for learning_rate, marker, dashes, group in _by_learning_rate(table):
        for run, curve in group.groupby("run"):
            keep_data(axes, curve[["learning_rate", "epoch", column]], kind="run", run=run)
            axes.plot(curve["epoch"], curve[column], color=FAINT, linewidth=0.5, zorder=2)
            if run in diverged:
                axes.scatter(*curve[["epoch", column]].iloc[-1], marker="x", s=14, color=INK, linewidths=0.8)
        mean = group[~group["run"].isin(diverged)].groupby("epoch")[column].mean()
        if len(mean):
            keep_data(axes, mean.reset_index(), kind="mean", learning_rate=learning_rate)
            axes.plot(
                mean.index,
                mean,
                color=INK,
                linestyle=dashes,
                marker=marker,
                markersize=3.5,
                markerfacecolor="white",
                markeredgewidth=0.7,
                markevery=max(1, len(mean) // _MARKS),
                zorder=3,
                clip_on=False,
                label=f"mean {learning_rate:g}",
            )
            ends[f"{learning_rate:g}"] = (mean.index[-1], mean.iloc[-1])
    return ends


def _by_learning_rate(table: pd.DataFrame) -> Iterator[tuple[float, str, object, pd.DataFrame]]:
    markers = learning_rate_markers(table["learning_rate"])
    for rank, (learning_rate, marker) in enumerate(markers.items()):
        group = table[table["learning_rate"] == learning_rate]
        yield learning_rate, marker, DASHES[rank % len(DASHES)], group
