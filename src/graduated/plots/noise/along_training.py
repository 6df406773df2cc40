"""C² along training, cell by cell, beside the one constant that makes the δ axis."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from graduated.noise.cells import CELL, KEYS, left_out, over_seeds
from graduated.plots.data import keep_data
from graduated.plots.noise.axes import CONSTANT, SOURCES, epoch_axis, short
from graduated.plots.page import letter, page, settle
from graduated.plots.scales import log_axis
from graduated.plots.style import PAGE_WIDTH, Colour, batch_size_colours, style

_COLUMNS, _KEY_COLUMNS = 4, 5
"""Most panels, and most entries of the key, in a row."""

_HEIGHT = 2.3
"""Of a row of panels, in inches."""

_DRAWN = {"mean": "gradient_variance", "min": "low", "max": "high"}
"""Names of the columns of means in the figure's data."""


def noise_along_training(table: pd.DataFrame, axis: Mapping[str, Any]) -> Figure:
    """Draw C² against the epoch: a panel per learning rate, a line per batch size.

    Args:
        table: From ``graduated.noise.cells.tabulate_cells``.
        axis: The C² of the δ axis: source, gradient_variance.
    """
    rates = sorted(table["learning_rate"].unique())
    colours = batch_size_colours(table["batch_size"])
    columns = min(len(rates), _COLUMNS)
    rows = ceil(len(rates) / columns)
    with style():
        figure = page(_caption(table), PAGE_WIDTH, _HEIGHT * rows)
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        log_axis(panels[0, 0], "y", [*table["gradient_variance"], axis["gradient_variance"]])
        for number, (rate, axes) in enumerate(zip(rates, panels.flat, strict=False)):
            letter(axes, chr(ord("a") + number), rf"$\eta$ = {rate:g}")
            _draw(axes, table[table["learning_rate"] == rate], colours)
            epoch_axis(axes, table["epoch"], room=0.028 * columns)
            axes.axhline(axis["gradient_variance"], zorder=1, **CONSTANT)
            keep_data(axes, pd.DataFrame({"gradient_variance": [axis["gradient_variance"]]}), kind="constant")
        for axes in panels.flat[len(rates) :]:
            axes.set_visible(False)
        for axes in panels[:, 0]:
            axes.set_ylabel("variance $C^2$ of one\nsample’s gradient")
        _draw_key(figure, colours, axis)
        return settle(figure)


def _draw(axes: Axes, cells: pd.DataFrame, colours: Mapping[int, Colour]) -> None:
    means = over_seeds(cells)
    keep_data(axes, cells[[*KEYS, "gradient_variance"]], kind="seed")
    keep_data(axes, means.rename(columns=_DRAWN), kind="mean")
    for size, colour in colours.items():
        seeds, line = (rows[rows["batch_size"] == size] for rows in (cells, means))
        look = {"color": colour, "label": f"b~{size}"}
        run = {"linestyle": "none", "marker": "o", "markersize": 2.2, "markerfacecolor": "white", "zorder": 2}
        axes.plot(seeds["epoch"], seeds["gradient_variance"], markeredgewidth=0.5, **run, **look)
        axes.vlines(line["epoch"], line["min"], line["max"], linewidth=0.8, zorder=1.5, **look)
        axes.plot(line["epoch"], line["mean"], marker="o", markersize=3.2, zorder=3, **look)


def _draw_key(figure: Figure, colours: Mapping[int, Colour], axis: Mapping[str, Any]) -> None:
    lines = {
        f"$b$ = {size}": Line2D([], [], color=colours[size], marker="o", markersize=3) for size in colours
    }
    name = f"$C^2$ of the $\\delta$ axis: {short(axis['gradient_variance'])} ({SOURCES[axis['source']]})"
    lines[name] = Line2D([], [], **CONSTANT)
    place = {"loc": "outside upper center", "ncols": _KEY_COLUMNS, "frameon": False}
    figure.legend(lines.values(), lines.keys(), **place)


def _caption(table: pd.DataFrame) -> str:
    cells, seeds = len(table[CELL].drop_duplicates()), table["seed"].nunique()
    error = 100 * (table["gradient_variance_high"] / table["gradient_variance"] - 1)
    sentences = [
        f"{cells} cell{'s' * (cells > 1)} of η and b, n = {seeds} seed{'s' * (seeds > 1)} each.",
        "Open marks: seeds; marks: their geometric means; bars: min–max." if seeds > 1 else "",
        f"Per-sample gradients of {table['samples'].max():.0f} training images, batch normalisation in "
        f"evaluation mode; 95 % intervals over images: ±{error.median():.0f} % in the median, at most "
        f"±{error.max():.0f} %.",
        *(f"{without.capitalize()}." for without in left_out(table)),
    ]
    return " ".join(filter(None, sentences))
