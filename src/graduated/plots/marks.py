"""What is drawn for the runs and for the cells: open marks, marks of the mean, lines, bands, whiskers."""

from collections.abc import Hashable, Iterator

import pandas as pd
from matplotlib.axes import Axes

from graduated.plots.results import Results
from graduated.plots.style import INK, Colour


def draw_runs(axes: Axes, results: Results, x: str, y: str) -> None:
    """Draw a small open mark per run."""
    for rows, marker, colours in _by_learning_rate(results, results.runs, x, y):
        look = {"s": 4.5, "facecolors": "white", "edgecolors": colours, "linewidths": 0.4, "zorder": 2}
        axes.scatter(rows[x], rows[y], marker=marker, **look, label="runs")


def draw_means(axes: Axes, results: Results, x: str, y: str) -> None:
    """Draw a mark per cell at the mean over its seeds."""
    for rows, marker, colours in _by_learning_rate(results, results.cells, x, y):
        look = {"s": 14, "facecolors": colours, "edgecolors": INK, "linewidths": 0.4, "zorder": 4}
        axes.scatter(rows[x], rows[y], marker=marker, **look, label="means")


def _by_learning_rate(
    results: Results, rows: pd.DataFrame, x: str, y: str
) -> Iterator[tuple[pd.DataFrame, str, list[Colour]]]:
    """Yield the rows that have a place, with their marker and colours."""
    for learning_rate, group in rows.dropna(subset=[x, y]).groupby("learning_rate"):
        colours = [results.colours[size] for size in group["batch_size"]]
        yield group, results.markers[learning_rate], colours


def draw_lines(
    axes: Axes,
    results: Results,
    x: str,
    y: str,
    by: str,
    colours: dict[Hashable, Colour],
    *,
    width: float = 1.0,
) -> None:
    """Draw a line through the means of each group of cells."""
    for key, group in results.cells.groupby(by):
        axes.plot(group[x], group[y], color=colours[key], linewidth=width, zorder=3, label=f"mean {key:g}")


def draw_bands(
    axes: Axes, results: Results, x: str, y: str, by: str, colours: dict[Hashable, Colour]
) -> None:
    """Draw a band from the least to the greatest value over the seeds of each cell."""
    for key, group in results.cells.groupby(by):
        low, high = group[f"{y}_low"], group[f"{y}_high"]
        axes.fill_between(
            group[x], low, high, color=colours[key], alpha=0.22, linewidth=0, zorder=1, label=f"range {key:g}"
        )


def draw_whiskers(axes: Axes, results: Results, x: str, y: str) -> None:
    """Draw a bar along y from the least to the greatest value over the seeds of each cell."""
    cells = results.cells.dropna(subset=[x, y])
    colours = [results.colours[size] for size in cells["batch_size"]]
    axes.vlines(
        cells[x], cells[f"{y}_low"], cells[f"{y}_high"], colours, linewidth=0.9, zorder=1, label="range"
    )
