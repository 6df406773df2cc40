"""The paper's five panels (Figure 3 a-e): what sharpness and accuracy have to do with b, η and δ."""

from math import sqrt

from matplotlib.axes import Axes

from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.marks import draw_bands, draw_lines, draw_means, draw_runs, draw_whiskers
from graduated.plots.results import Results
from graduated.plots.scales import accuracy_axis, log_axis, smoothing_axis, tick_values
from graduated.plots.strips import Row, draw_below, draw_left, rows_below
from graduated.plots.style import FAINT, MUTED, SHADE

BEST_SMOOTHING = (0.1, 1.0)
"""Where the paper finds the best accuracies."""


def sharpness_vs_batch_size(axes: Axes, results: Results) -> None:
    """Draw panel (a): sharpness against batch size, a line per learning rate."""
    _draw_lines_of_sharpness(
        axes, results, "batch_size", "learning_rate", dict.fromkeys(results.markers, MUTED)
    )
    tick_values(axes.xaxis, list(results.colours), room=0.1)
    axes.set_xlabel("batch size $b$")
    lines = results.cells.dropna(subset="sharpness").groupby("learning_rate")
    ends = lines[["batch_size", "sharpness"]].last()
    label_line_ends(
        axes,
        {f"{rate:g}": tuple(end) for rate, end in zip(ends.index, ends.to_numpy(), strict=True)},
        r"$\eta$",
    )


def sharpness_vs_learning_rate(axes: Axes, results: Results) -> None:
    """Draw panel (b): sharpness against learning rate, a line per batch size."""
    _draw_lines_of_sharpness(axes, results, "learning_rate", "batch_size", results.colours)
    tick_values(axes.xaxis, list(results.markers), room=0.12)
    axes.set_xlabel(r"learning rate $\eta$")


def _draw_lines_of_sharpness(axes: Axes, results: Results, x: str, by: str, colours: dict) -> None:
    log_axis(axes, "x", results.runs[x])
    log_axis(axes, "y", results.runs["sharpness"])
    axes.set_ylabel(results.sharpness_name)
    draw_bands(axes, results, x, "sharpness", by, colours)
    draw_lines(axes, results, x, "sharpness", by, colours)
    _draw_points(axes, results, x, "sharpness", ranged=True)
    draw_below(axes, results, rows_below(results, x, "sharpness"))


def sharpness_vs_smoothing(axes: Axes, results: Results) -> None:
    """Draw panel (c): sharpness against the degree of smoothing."""
    smoothing_axis(axes, results)
    log_axis(axes, "y", results.runs["sharpness"])
    axes.set_ylabel(results.sharpness_name)
    draw_against_smoothing(axes, results, "sharpness", ranged=True)


def accuracy_vs_sharpness(axes: Axes, results: Results) -> None:
    """Draw panel (d): test accuracy against sharpness."""
    log_axis(axes, "x", results.runs["sharpness"])
    axes.set_xlabel(results.sharpness_name)
    accuracy_axis(axes, results.runs["accuracy"])
    _draw_points(axes, results, "sharpness", "accuracy", ranged=False)
    flat = results.runs[(results.runs["sharpness"] <= 0) & results.runs["accuracy"].notna()]
    draw_left(axes, results, Row("≤ 0", flat, "accuracy", crossed=False))
    draw_below(axes, results, rows_below(results, None, "sharpness", "accuracy"))


def accuracy_vs_smoothing(axes: Axes, results: Results) -> None:
    """Draw panel (e): test accuracy against the degree of smoothing, with the paper's best range."""
    smoothing_axis(axes, results, include=BEST_SMOOTHING)
    accuracy_axis(axes, results.runs["accuracy"])
    axes.axvspan(*BEST_SMOOTHING, color=SHADE, linewidth=0, zorder=0, label="paper’s best")
    axes.annotate(
        "paper’s\nbest $\\delta$",
        (sqrt(BEST_SMOOTHING[0] * BEST_SMOOTHING[1]), 0),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="bottom",
        color=MUTED,
    )
    draw_against_smoothing(axes, results, "accuracy", ranged=False)


def draw_against_smoothing(axes: Axes, results: Results, y: str, *, ranged: bool) -> None:
    """Draw a measure against δ into axes whose limits are set: runs, means, strips, and ranges if wanted."""
    faint = dict.fromkeys(results.markers, FAINT)
    draw_lines(axes, results, "smoothing", y, "learning_rate", faint, width=0.6)
    if ranged:
        draw_whiskers(axes, results, "smoothing", y)
    _draw_points(axes, results, "smoothing", y, ranged=ranged)
    draw_below(axes, results, rows_below(results, "smoothing", y))


def _draw_points(axes: Axes, results: Results, x: str, y: str, *, ranged: bool) -> None:
    keep_data(axes, results.points(x, y, ranged=ranged))
    draw_runs(axes, results, x, y)
    draw_means(axes, results, x, y)
    if not results.runs[[x, y]].notna().all(axis=1).any():
        axes.text(
            0.5, 0.5, "no finished runs", transform=axes.transAxes, ha="center", va="center", color=MUTED
        )
