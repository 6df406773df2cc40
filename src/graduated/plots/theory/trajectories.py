"""Figures of ``trajectories``: where SGD and the smoothed function agree, where they end, and schedules."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from graduated.plots.contrast import darkened, legible_on
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_ARMS = {"SGD": "SGD, $y$", "explicit noise": "explicit noise, $z$", "closed form": "closed form"}
_MARKERS = "os^"

_SPREADS = {
    "x": ("SGD, $x$", "D", MUTED, DASHES[0], 0.1, (2, 5)),
    "y": ("SGD, $y$", "o", HUES[0], DASHES[1], 0.1, (-30, -9)),
    "z": ("explicit noise, $z$", "s", HUES[1], DASHES[2], 0.05, (4, -8)),
}
"""Name, marker, colour and line style by variable; ηλ that the name is written at, and how far from there."""

_LEVEL = 0.05
"""Of the tests."""

_WIDEST = 8
"""Basins beyond this one are counted in it."""

_SHARES = ["schedule", "first_smoothing", "stage_steps", "starts", "share", "low", "high"]
_SCHEDULES = ("constant", "learning rate", "both", "batch size")


def agreement(tables: Tables) -> Figure:
    """Return the spread round a minimum against ηλ, and distances between distributions of end points."""
    spread, table = tables["spread"], tables["agreement"]
    final = table[table["progress"] == 1]
    text = (
        f"(a) Standard deviations over δ of {spread['n'].max()} runs on a quadratic of curvature λ; 95 % "
        "intervals within the marks; lines: predicted. (b, c) Wasserstein distances of end points on "
        f"Rastrigin's function, {final['n'].max()} runs each, in widths of a basin; boxed: "
        f"Kolmogorov–Smirnov test rejects at 5 % (Holm, {len(table)} tests). By chance, in 5 %, up to "
        f"{final['chance'].min():.1f} to {final['chance'].max():.1f}."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.5)
        spreads, *maps = figure.subplots(1, 3)
        _draw_spread(spreads, spread)
        letter(spreads, "a", "spread round a minimum")
        for mark, axes, other in zip("bc", maps, ("explicit noise", "closed form"), strict=True):
            pairs = final[(final["first"] == "SGD") & (final["second"] == other)]
            _draw_map(axes, pairs)
            letter(axes, mark, f"SGD to {other}")
        maps[0].set_ylabel(r"$\eta L$")
        maps[1].tick_params(labelleft=False)
        return settle(figure)


def _draw_spread(axes: Axes, spread: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel=r"$\eta\lambda$", ylabel=r"standard deviation $/\,\delta$")
    offset = {"textcoords": "offset points"}
    for variable, (name, marker, hue, dashes, rate, place) in _SPREADS.items():
        line = spread[spread["variable"] == variable]
        keep_data(axes, line[["variable", "relative_rate", "value", "low", "high", "predicted", "n"]])
        axes.plot(line["relative_rate"], line["predicted"], color=hue, linestyle=dashes, linewidth=0.8)
        whiskers = [line["value"] - line["low"], line["high"] - line["value"]]
        look = {"fmt": marker, "color": hue, "markersize": 3, "markerfacecolor": "white", "elinewidth": 0.7}
        axes.errorbar(line["relative_rate"], line["value"], yerr=whiskers, **look)
        point = rate, float(np.interp(rate, line["relative_rate"], line["value"]))
        axes.annotate(name, point, xytext=place, color=darkened(hue), **offset)
    axes.axvline(0.5, color=MUTED, linewidth=0.5, zorder=0)
    axes.annotate("½", (0.5, 0.02), xycoords=("data", "axes fraction"), xytext=(-7, 0), color=MUTED, **offset)


def _draw_map(axes: Axes, pairs: pd.DataFrame) -> None:
    keep_data(axes, pairs[["first", "second", "relative_rate", "smoothing", "wasserstein", "p_holm", "n"]])
    values = pairs.pivot(index="relative_rate", columns="smoothing", values="wasserstein")
    rejected = pairs.pivot(index="relative_rate", columns="smoothing", values="p_holm") < _LEVEL
    image = axes.imshow(values, cmap="Greys", norm=LogNorm(0.1, 20), aspect="auto", origin="lower")
    for (row, column), value in np.ndenumerate(values.to_numpy()):
        differs = rejected.iloc[row, column]
        colour = legible_on(image.cmap(image.norm(value)))
        text = axes.text(column, row, f"{value:.1f}", ha="center", va="center", color=colour)
        if differs:
            text.set(
                fontweight="bold", bbox={"boxstyle": "round,pad=0.25", "fill": False, "edgecolor": colour}
            )
    axes.set_xticks(range(len(values.columns)), [f"{value:g}" for value in values.columns])
    axes.set_yticks(range(len(values.index)), [f"{value:g}" for value in values.index])
    axes.set_xlabel(r"$\delta$")


def ends(tables: Tables) -> Figure:
    """Return the shares of runs that end in each basin, at one learning rate and three values of δ."""
    basins = tables["basins"]
    rates, smoothings = sorted(basins["relative_rate"].unique()), sorted(basins["smoothing"].unique())
    rate, shown = rates[len(rates) // 2], smoothings[-3:]
    runs = int(basins.groupby(["relative_rate", "smoothing", "arm"])["count"].sum().max())
    text = (
        f"Shares of {runs} runs that end nearest to each integer, about where Rastrigin's function has its "
        f"local minima, at constant noise C/√b = δ/η and ηL = {rate:g}; outermost: that basin and beyond."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.2)
        panels = np.atleast_1d(figure.subplots(1, len(shown), sharey=True))
        for mark, axes, smoothing in zip("abc", panels, shown, strict=False):
            cell = basins[(basins["relative_rate"] == rate) & (basins["smoothing"] == smoothing)]
            _draw_basins(axes, cell)
            letter(axes, mark, rf"$\delta = {smoothing:g}$")
            axes.set_xlabel("basin")
        panels[0].set_ylabel("share of runs")
        panels[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        panels[0].legend(loc="upper left", frameon=False, borderpad=0)
        return settle(figure)


def _draw_basins(axes: Axes, cell: pd.DataFrame) -> None:
    edges = np.arange(-_WIDEST - 0.5, _WIDEST + 1)
    for (arm, name), hue, dashes in zip(_ARMS.items(), HUES, DASHES, strict=False):
        counts = cell[cell["arm"] == arm]
        shares = counts["count"] / counts["count"].sum()
        heights, _ = np.histogram(counts["basin"].clip(-_WIDEST, _WIDEST), bins=edges, weights=shares)
        shown = pd.DataFrame({"basin": (edges[1:] + edges[:-1]) / 2, "share": heights})
        keep_data(axes, shown, smoothing=cell["smoothing"].iloc[0], arm=arm)
        axes.stairs(heights, edges, color=hue, linestyle=dashes, linewidth=1.1, label=name)
    axes.set(xlim=(edges[0], edges[-1]), xticks=range(-_WIDEST, _WIDEST + 1, 4))


def schedules(tables: Tables) -> Figure:
    """Return success under decreasing noise, by schedule, and by the length of its stages."""
    table = tables["schedules"]
    alone = float(table.loc[table["arm"] == "no noise", "share"].iloc[0])
    usual = table.loc[table["schedule"] == "constant", "stage_steps"].iloc[0]
    firsts = sorted(table.loc[table["first_smoothing"] > 0, "first_smoothing"].unique())
    text = (
        f"Shares of {table['starts'].max()} starts that end in the basin of the global minimum of "
        f"Rastrigin's function, with exact 95 % intervals; dotted: no noise. δ decreases from δ₁ in stages "
        f"of {usual} steps by what is named; in the last panel by batch size, in stages of other lengths."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.4)
        *panels, lengths = figure.subplots(1, len(firsts) + 1, sharex=True)
        for mark, axes, first in zip("abcdefgh", panels, firsts, strict=False):
            cell = table[(table["first_smoothing"] == first) & (table["stage_steps"] == usual)]
            _draw_shares(axes, cell.set_index("schedule"), _SCHEDULES, alone)
            letter(axes, mark, rf"$\delta_1 = {first:g}$")
        for axes in panels[1:]:
            axes.tick_params(labelleft=False)
        longer = table[(table["schedule"] == "batch size") & (table["first_smoothing"] == firsts[-1])]
        _draw_shares(lengths, longer.set_index("stage_steps"), sorted(longer["stage_steps"].unique()), alone)
        letter(lengths, "abcdefgh"[len(panels)], rf"$\delta_1 = {firsts[-1]:g}$, batch size")
        lengths.set_ylabel("steps per stage")
        for axes in (*panels, lengths):
            axes.set_xlabel("successful starts")
        handles, names = lengths.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False)
        return settle(figure)


def _draw_shares(axes: Axes, cell: pd.DataFrame, rows: list | tuple, alone: float) -> None:
    axes.axvline(alone, color=MUTED, linestyle=DASHES[3], linewidth=0.8)
    offsets = np.linspace(-0.24, 0.24, len(_ARMS))
    for arm, marker, hue, offset in zip(_ARMS, _MARKERS, HUES, offsets, strict=False):
        shares = cell[cell["arm"] == arm].loc[list(rows)]
        keep_data(axes, shares.reset_index()[_SHARES], arm=arm)
        whiskers = [shares["share"] - shares["low"], shares["high"] - shares["share"]]
        look = {"fmt": marker, "color": hue, "markersize": 3.2, "markerfacecolor": "white", "elinewidth": 0.8}
        axes.errorbar(shares["share"], np.arange(len(rows)) + offset, xerr=whiskers, **look, label=arm)
    axes.set_yticks(range(len(rows)), [str(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(-0.05, 1.05)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(axis="y", color=SHADE, linewidth=0.6)
    axes.set_axisbelow(True)


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "trajectories_agreement": agreement,
    "trajectories_ends": ends,
    "trajectories_schedules": schedules,
}
"""Every figure by its file name."""
