"""Figure of ``optimizer_laws``: SGD with noise, leaving a poor minimum, its floor, and schedules."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from graduated.plots.contrast import lightest
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import FAINT, PAGE_WIDTH, style
from graduated.studies import Tables

_MARKERS = "os^Dv"
_SCHEDULES = ("constant", "halved every 100", "× 0.98 a step", "1/(1 + t/20)")


def escape(tables: Tables) -> Figure:
    """Return the share of runs that leave a poor minimum against δ and against α/b, E x² and its decrease."""
    runs = tables["escape"]
    timed = runs[runs["horizon"] == "equal time"]
    text = (
        f"(a, b) Shares of {runs['runs'].max()} runs of SGD that leave the poor minimum of a double well "
        "within the same αK, each (α, b) once, with exact 95 % intervals: the same runs against δ = αC/√b "
        "and against α/b; grey: by Kramers' rate. (c) Stationary E x² on x²/2, noise of variance 1/b, "
        f"{tables['floor']['n'].max()} runs, 95 % intervals within the marks; lines: α/(b(2 − α)). (d) E x² "
        "from x₀ = 1 at b = 4, α₀ = 0.1, by schedule; lines exact, marks measured."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.5)
        (smoothing, ratio), (floor, decay) = figure.subplots(2, 2)
        _draw_escape(smoothing, timed, "smoothing", r"$\delta=\alpha C/\sqrt{b}$")
        _draw_escape(ratio, timed, "noise_ratio", r"$\alpha/b$")
        _draw_kramers(ratio, timed)
        smoothing.legend(frameon=False, loc="upper left")
        letter(smoothing, "a", r"leaving a poor minimum, against $\delta$")
        letter(ratio, "b", r"against $\alpha/b$")
        _draw_floor(floor, tables["floor"])
        letter(floor, "c", "noise floor")
        _draw_decay(decay, tables["decay"])
        letter(decay, "d", "decreasing learning rates")
        return settle(figure)


def _draw_escape(axes: Axes, runs: pd.DataFrame, parameter: str, name: str) -> None:
    columns = ["horizon", "learning_rate", "batch_size", parameter, "share", "low", "high", "runs"]
    looks = zip(runs.groupby("learning_rate"), HUES, DASHES * 2, _MARKERS, strict=False)
    for (rate, line), hue, dashes, marker in looks:
        keep_data(axes, line[columns])
        ordered = line.sort_values(parameter)
        whiskers = [ordered["share"] - ordered["low"], ordered["high"] - ordered["share"]]
        look = {"markersize": 3.5, "markerfacecolor": "white", "elinewidth": 0.8, "color": hue}
        axes.errorbar(
            ordered[parameter],
            ordered["share"],
            yerr=whiskers,
            fmt=marker,
            linestyle=dashes,
            **look,
            label=rf"$\alpha = {rate:g}$",
        )
    axes.set(xscale="log", xlabel=name, ylabel="share of runs", ylim=(-0.03, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _draw_kramers(axes: Axes, runs: pd.DataFrame) -> None:
    line = runs.sort_values("noise_ratio").drop_duplicates("noise_ratio")
    keep_data(axes, line[["noise_ratio", "kramers"]], series="Kramers")
    axes.plot(line["noise_ratio"], line["kramers"], color=FAINT, linewidth=4, zorder=0, label="Kramers")
    axes.legend(frameon=False, loc="upper left")


def _draw_floor(axes: Axes, floor: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel=r"learning rate $\alpha$", ylabel=r"stationary $E\,x^2$")
    sizes = sorted(floor["batch_size"].unique())
    shades = sns.blend_palette([lightest(HUES[0]), HUES[0]], len(sizes)) if len(sizes) > 1 else [HUES[0]]
    rates, ends = np.geomspace(floor["learning_rate"].min(), floor["learning_rate"].max(), 60), {}
    for size, hue, marker in zip(sizes, shades, _MARKERS, strict=False):
        cell = floor[floor["batch_size"] == size]
        keep_data(axes, cell)
        values = rates / (size * (2 - rates))
        axes.plot(rates, values, color=hue)
        whiskers = [cell["measured"] - cell["low"], cell["high"] - cell["measured"]]
        look = {"fmt": marker, "color": hue, "markersize": 3.5, "elinewidth": 0.8}
        axes.errorbar(cell["learning_rate"], cell["measured"], yerr=whiskers, **look)
        ends[f"$b = {size}$"] = rates[-1], values[-1]
    axes.set_xlim(0.8 * rates[0], 1.2 * rates[-1])
    axes.set_ylim(0.7 * floor["low"].min(), 1.5 * floor["high"].max())
    label_line_ends(axes, ends, "")


def _draw_decay(axes: Axes, decay: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="step $t$", ylabel=r"$E\,x^2$")
    ends = {}
    for name, hue, dashes, marker in zip(_SCHEDULES, HUES, DASHES, _MARKERS, strict=False):
        line = decay[decay["schedule"] == name]
        keep_data(axes, line)
        axes.plot(line["step"], line["exact"], color=hue, linestyle=dashes)
        marks = line.iloc[::4]
        axes.plot(marks["step"], marks["measured"], marker, color=hue, markersize=3)
        ends[name] = tuple(line[["step", "exact"]].iloc[-1])
    axes.set_xlim(1, decay["step"].max())
    label_line_ends(axes, ends, "")
