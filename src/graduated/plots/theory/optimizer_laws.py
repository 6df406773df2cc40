"""Figures of ``optimizer_laws``: paths in a valley, and methods on standard surfaces."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from graduated.plots.contrast import legible_on
from graduated.plots.data import keep_data
from graduated.plots.page import HUES, letter, page, settle
from graduated.plots.style import FAINT, INK, PAGE_WIDTH, style
from graduated.plots.theory.optimizer_laws_noise import escape
from graduated.plots.theory.optimizer_laws_quadratic import quadratic
from graduated.studies import Tables

_LEVELS = (0.02, 0.1, 0.4, 1.0, 2.0, 4.0)
_COLUMNS = 4

_CHOSEN = {"markersize": 4, "markerfacecolor": "white", "markeredgecolor": INK, "markeredgewidth": 1.0}


def valley(tables: Tables) -> Figure:
    """Return the path of every method down the valley x²/20 + y², a panel each."""
    paths = tables["valley"]
    text = (
        f"Paths of {paths['step'].max()} steps down f = x²/20 + y² from (−7, 2), square, to the last point, "
        "cross; contours at f = " + ", ".join(f"{level:g}" for level in _LEVELS) + ". α: learning rate; "
        "β = 0.9, ρ = 0.99. Without randomness."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 3.0)
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        methods = paths.groupby("method", sort=False)
        for mark, axes, (method, path) in zip("abcdef", panels.flat, methods, strict=True):
            _draw_path(axes, path)
            letter(axes, mark, rf"{method}, $\alpha = {path['learning_rate'].iloc[0]:g}$")
        for axes in panels[:, 0]:
            axes.set_ylabel("$y$")
        for axes in panels[-1]:
            axes.set_xlabel("$x$")
        return settle(figure)


def _draw_path(axes: Axes, path: pd.DataFrame) -> None:
    keep_data(axes, path)
    x, y = np.meshgrid(np.linspace(-8, 8, 161), np.linspace(-3, 3, 121))
    axes.contour(x, y, x**2 / 20 + y**2, _LEVELS, colors=FAINT, linewidths=0.4, zorder=0)
    axes.plot(path["x"], path["y"], color=HUES[0], linewidth=0.9, marker="o", markersize=1.8)
    axes.plot(*path[["x", "y"]].iloc[0], "s", color=INK, markersize=3.5)
    axes.plot(*path[["x", "y"]].iloc[-1], "x", color=HUES[1], markersize=5, markeredgewidth=1.4)
    place = {"xycoords": "axes fraction", "ha": "right", "va": "bottom"}
    axes.annotate(f"at the end $f$ = {path['value'].iloc[-1]:.2g}", (0.99, 0.02), **place)
    axes.set(xlim=(-8, 8), ylim=(-3, 3), xticks=(-5, 0, 5))


def surfaces(tables: Tables) -> Figure:
    """Return the steps of every method on every surface, at its best learning rate and over the grid."""
    grid, runs = tables["grid"], tables["runs"]
    budget = grid["mean_steps"].max()
    starts = runs["start"].nunique()
    text = (
        f"Mean steps to f − f* ≤ 10⁻⁴ (saddle: to f ≤ −1); unsolved starts count as all {budget:.0f} steps. "
        f"(a) On {starts} starts, each method at the learning rate that is best for the surface on {starts} "
        "others; in brackets, starts solved if not all; dash: none. (b–h) Shares of those others that are "
        "solved, at every learning rate of the grid: black none, white all; circles: chosen."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 5.6)
        layout = figure.add_gridspec(3, _COLUMNS, height_ratios=(1.5, 1, 1))
        norm = LogNorm(1, budget)
        best = figure.add_subplot(layout[0, :])
        names = list(grid["surface"].unique())
        image = _draw_best(best, runs, names, norm)
        letter(best, "a", "at the best learning rate")
        figure.colorbar(image, ax=best, label="mean steps", pad=0.01)
        for place, (mark, name) in enumerate(zip("bcdefgh", names, strict=True)):
            axes = figure.add_subplot(layout[1 + place // _COLUMNS, place % _COLUMNS])
            _draw_grid(axes, grid[grid["surface"] == name])
            axes.tick_params(labelleft=place % _COLUMNS == 0)
            axes.set_xlabel("learning rate")
            letter(axes, mark, name)
        return settle(figure)


def _draw_best(axes: Axes, runs: pd.DataFrame, columns: list[str], norm: LogNorm) -> AxesImage:
    cells = runs.assign(solved=np.isfinite(runs["steps"]), steps=runs["steps"].clip(upper=norm.vmax))
    keys = ["method", "surface", "learning_rate"]
    table = cells.groupby(keys, sort=False).agg(
        mean_steps=("steps", "mean"), solved=("solved", "sum"), n=("steps", "size")
    )
    keep_data(axes, table.reset_index())
    rows = runs["method"].unique()
    table = table.reset_index().set_index(["method", "surface"])
    values = table["mean_steps"].unstack().loc[rows, columns]
    image = axes.imshow(values, cmap="Greys", norm=norm, aspect="auto")
    for (row, column), value in np.ndenumerate(values.to_numpy()):
        cell = table.loc[(rows[row], columns[column])]
        colour = legible_on(image.cmap(norm(value)))
        axes.text(column, row, _steps_in_print(cell), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    return image


def _steps_in_print(cell: pd.Series) -> str:
    if cell["solved"] == 0:
        return "–"
    steps = f"{cell['mean_steps']:.0f}"
    return steps if cell["solved"] == cell["n"] else f"{steps}  ({cell['solved']:.0f})"


def _draw_grid(axes: Axes, grid: pd.DataFrame) -> None:
    keep_data(axes, grid)
    rows, columns = grid["method"].unique(), np.sort(grid["learning_rate"].unique())
    values = grid.pivot(index="method", columns="learning_rate", values="solved").loc[rows, columns]
    axes.imshow(values, cmap="Greys_r", vmin=0, vmax=1, aspect="auto")
    chosen = grid[grid["chosen"] & (grid["solved"] > 0)]
    places = [list(rows).index(method) for method in chosen["method"]]
    axes.plot(np.searchsorted(columns, chosen["learning_rate"]), places, "o", **_CHOSEN)
    powers = np.log10(columns)
    whole = [place for place, power in enumerate(powers) if abs(power / 2 - round(power / 2)) < 1e-3]
    shown = whole or [0, len(columns) - 1]
    axes.set_xticks(shown, [f"$10^{{{powers[place]:.0f}}}$" for place in shown])
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "optimizer_laws_valley": valley,
    "optimizer_laws_surfaces": surfaces,
    "optimizer_laws_quadratic": quadratic,
    "optimizer_laws_noise": escape,
}
"""Every figure by its file name."""
