"""Figures of ``convergence``: success from many starts, steps to an accuracy, and the σ-nice function."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_FUNCTIONS = {"rastrigin": "Rastrigin", "log_periodic": r"$\Sigma\,x^2(1 + \frac{1}{4}\cos(12\,\log|x|))$"}
_MARKERS = "os^Dv"

_STEPS = {
    ("bound", "batch size"): ("bound", INK, DASHES[3], 1),
    ("planned", "learning rate"): (r"$\Sigma T_m$, learning rate", HUES[1], DASHES[0], -1),
    ("planned", "both"): (r"$\Sigma T_m$, both", HUES[2], DASHES[1], 1),
    ("planned", "batch size"): (r"$\Sigma T_m$, batch size", HUES[3], DASHES[2], 1),
    ("needed", "batch size"): ("needed", HUES[0], DASHES[0], 1),
}
"""Name, colour, line style, and the side of the line its slope is written on, by how steps are counted."""


def success(tables: Tables) -> Figure:
    """Return the shares of starts that reach the global minimum, by method and dimension."""
    table = tables["success"]
    text = (
        f"Shares of {table['starts'].max()} uniform starts in [−5, 5]ᴰ, with exact 95 % intervals; every "
        f"method takes {table['steps'].max()} gradients. Graduated: gradient descent on the smoothed "
        "function, in closed form, δ lowered by γ. SGD: δ = ηC/√b is constant."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.3)
        panels = figure.subplots(1, 2, sharey=True)
        for mark, axes, (function, name) in zip("ab", panels, _FUNCTIONS.items(), strict=True):
            _draw_success(axes, table[table["function"] == function])
            letter(axes, mark, name)
            axes.set_xlabel("starts that reach the global minimum")
        panels[0].invert_yaxis()
        panels[1].legend(loc="center", frameon=False, handletextpad=0.2)
        return settle(figure)


def _draw_success(axes: Axes, table: pd.DataFrame) -> None:
    keep_data(axes, table[["function", "method", "parameter", "dimension", "share", "low", "high", "starts"]])
    methods = list(table.groupby(["method", "parameter"], sort=False).groups)
    dimensions = sorted(table["dimension"].unique())
    offsets = np.linspace(-0.24, 0.24, len(dimensions)) if len(dimensions) > 1 else [0.0]
    looks = zip(dimensions, offsets, _MARKERS, HUES, strict=False)
    for dimension, offset, marker, hue in looks:
        cell = table[table["dimension"] == dimension].set_index(["method", "parameter"]).loc[methods]
        whiskers = [cell["share"] - cell["low"], cell["high"] - cell["share"]]
        places = np.arange(len(methods)) + offset
        look = {"fmt": marker, "markersize": 3, "elinewidth": 0.7, "color": hue, "markerfacecolor": "white"}
        axes.errorbar(cell["share"], places, xerr=whiskers, **look, label=f"$D = {dimension}$")
    axes.set_yticks(range(len(methods)), [_method(*method) for method in methods])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlim(-0.04, 1.04)
    axes.grid(axis="y", color=SHADE, linewidth=0.6)
    axes.set_axisbelow(True)


def _method(kind: str, parameter: float) -> str:
    if kind == "SGD":
        return rf"SGD, $\delta = {parameter:g}$"
    if kind == "graduated":
        return rf"graduated, $\gamma = {parameter:g}$"
    return {"GradOpt": "GradOpt (Hazan et al.)"}.get(kind, kind)


def iterations(tables: Tables) -> Figure:
    """Return the steps of Algorithm 1 against the accuracy, by γ."""
    table, slopes = tables["iterations"], tables["slopes"]
    decays = sorted(table["decay"].unique())
    text = (
        "Steps of Algorithm 1 to f − f* ≤ ε on a σ-nice function, with the exponents of ε. Bound: "
        "Theorem 5.1 with the largest Hₘ. ΣTₘ: the algorithm's own count, δ lowered by learning rate, batch "
        "size, or both. Needed: each level left at its accuracy; median and, shaded, range of "
        f"{tables['reached']['starts'].max()} starts."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.5)
        panels = np.atleast_1d(figure.subplots(1, len(decays), sharey=True))
        for mark, axes, decay in zip("abcdefgh", panels, decays, strict=False):
            ends = _draw_iterations(axes, table[table["decay"] == decay], slopes[slopes["decay"] == decay])
            letter(axes, mark, rf"$\gamma = {decay:g}$")
        panels[0].set_ylabel("gradient steps")
        for (name, hue, side), end in ends.items():
            place = {"xytext": (4, 3 * side), "textcoords": "offset points", "annotation_clip": False}
            panels[-1].annotate(name, end, color=darkened(hue), va="center", **place)
        return settle(figure)


def _draw_iterations(axes: Axes, table: pd.DataFrame, slopes: pd.DataFrame) -> dict:
    """Draw the lines, and return the last point of each by name, colour and the side to write it on."""
    axes.set(xscale="log", yscale="log", xlabel=r"accuracy $1/\varepsilon$")
    fitted = slopes.set_index(["counted", "lowered"])["slope"]
    ends = {}
    for (counted, lowered), (name, hue, dashes, side) in _STEPS.items():
        line = table[(table["counted"] == counted) & (table["lowered"] == lowered)]
        keep_data(axes, line[["decay", "counted", "lowered", "accuracy", "steps", "least", "most"]])
        inverse, steps = 1 / line["accuracy"].to_numpy(), line["steps"].to_numpy()
        axes.plot(inverse, steps, color=hue, linestyle=dashes)
        axes.fill_between(inverse, line["least"], line["most"], color=hue, alpha=0.25, linewidth=0)
        middle = len(inverse) // 2
        place = {"xytext": (-4 * side, 6 * side), "textcoords": "offset points", "va": "center"}
        slope = f"{fitted[counted, lowered]:.2f}".replace("-", "−")
        across = "right" if side > 0 else "left"
        axes.annotate(slope, (inverse[middle], steps[middle]), color=darkened(hue), ha=across, **place)
        ends[name, hue, side] = inverse[-1], steps[-1]
    return ends


def nice_function(tables: Tables) -> Figure:
    """Return the σ-nice function with its smoothed forms, and the range of their curvature."""
    profile, niceness = tables["profile"], tables["niceness"]
    strong = niceness.loc[niceness["distance"] <= 3, "lowest"].min()
    text = (
        "(a) The function, with a local minimum at every scale, and smoothed by Gaussian noise. (b) Least "
        "and largest curvature of its smoothed functions, over all δ > 0: within 3δ of the minimiser it is "
        f"at least σ = {strong:.2f} (dashed), so that the function is σ-nice."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.3)
        values, curvature = figure.subplots(1, 2)
        _draw_profile(values, profile)
        _draw_curvature(curvature, niceness, strong)
        letter(values, "a", _FUNCTIONS["log_periodic"])
        letter(curvature, "b", "curvature of the smoothed function")
        return settle(figure)


def _draw_profile(axes: Axes, profile: pd.DataFrame) -> None:
    lines = zip(profile.groupby("smoothing"), (INK, *HUES), DASHES, strict=False)
    for (smoothing, line), hue, dashes in lines:
        keep_data(axes, line[["smoothing", "x", "value"]])
        name = "$f$" if smoothing == 0 else rf"$\hat f_\delta$, $\delta = {smoothing:.3g}$"
        axes.plot(line["x"], line["value"], color=hue, linestyle=dashes, label=name)
    axes.set(xlabel="$x$", ylabel="value", xlim=(-5, 5), ylim=(0, None))
    axes.legend(loc="upper center", frameon=False)


def _draw_curvature(axes: Axes, niceness: pd.DataFrame, strong: float) -> None:
    keep_data(axes, niceness[["distance", "lowest", "highest"]])
    distance = niceness["distance"]
    axes.fill_between(distance, niceness["lowest"], niceness["highest"], color=SHADE, linewidth=0)
    for column in ("lowest", "highest"):
        axes.plot(distance, niceness[column], color=INK)
    axes.axvline(3, color=MUTED, linewidth=0.6)
    axes.plot([0, 3], [strong, strong], color=HUES[1], linestyle=DASHES[1])
    place = {"textcoords": "offset points", "color": darkened(HUES[1]), "va": "top"}
    axes.annotate(rf"$\sigma = {strong:.2f}$", (0, strong), xytext=(3, -3), **place)
    axes.annotate(
        r"$3\delta$",
        (3, axes.get_ylim()[1]),
        xytext=(3, -3),
        va="top",
        **{"textcoords": "offset points", "color": MUTED},
    )
    axes.set(xlabel=r"distance from the minimiser, $|x|/\delta$", xlim=(0, 4))
    axes.set_ylabel(r"second derivative of $\hat f_\delta$")


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "convergence_success": success,
    "convergence_iterations": iterations,
    "convergence_nice_function": nice_function,
}
"""Every figure by its file name."""
