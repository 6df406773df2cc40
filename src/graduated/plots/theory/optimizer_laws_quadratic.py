"""Figure of ``optimizer_laws``: rates on quadratics, stability, and step sizes."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_LOOKS = {
    "gradient descent": (INK, DASHES[0], "o"),
    "heavy ball": (HUES[0], DASHES[1], "s"),
    "Nesterov": (HUES[1], DASHES[2], "^"),
    "EMA momentum": (HUES[2], DASHES[0], "D"),
    "AdaGrad": (HUES[3], DASHES[3], "v"),
    "RMSprop": (HUES[4], DASHES[1], "P"),
    "Adam": (HUES[5], DASHES[2], "h"),
}
"""Colour, line style and marker of each method."""

_PRODUCTS, _GROWTHS = (0.3, 60), (0.9, 1.2)
"""Limits of αL and of the growth per step that are shown."""


def quadratic(tables: Tables) -> Figure:
    """Return the rate against κ, growth per step against αL, and steps under a constant gradient."""
    text = (
        "Lines: closed forms; marks: measured, without randomness. (a) Rate ρ, the factor per step by which "
        "the error falls on a quadratic of condition number κ, at the best α and β. (b) Growth of the error "
        "per step at β = 0.9, κ = 100; grey: unstable; marks at 0.5, 0.9, 0.995, 1.005, 1.05 of the edge. "
        "(c) Length of step t under a constant gradient g, over α, or α|g| with momentum; β = 0.9, ρ = 0.99."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.7)
        rates, stability, steps = figure.subplots(1, 3)
        _draw_rates(rates, tables["rates"])
        _draw_stability(stability, tables["stability_curves"], tables["stability"])
        _draw_steps(steps, tables["step_sizes"])
        letter(rates, "a", "rate of convergence")
        letter(stability, "b", "stability")
        letter(steps, "c", "length of steps")
        handles = [
            Line2D([], [], color=hue, linestyle=dashes, marker=marker, markersize=3, label=method)
            for method, (hue, dashes, marker) in _LOOKS.items()
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False)
        return settle(figure)


def _draw_rates(axes: Axes, rates: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel=r"condition number $\kappa$", ylabel=r"$1-\rho$")
    for method, line in rates.groupby("method", sort=False):
        hue, dashes, marker = _LOOKS[method]
        keep_data(axes, line[["method", "condition", "measured", "predicted"]])
        axes.plot(line["condition"], 1 - line["predicted"], color=hue, linestyle=dashes)
        axes.plot(line["condition"], 1 - line["measured"], marker, color=hue, markersize=3.5)


def _draw_stability(axes: Axes, curves: pd.DataFrame, measured: pd.DataFrame) -> None:
    axes.axhspan(1, _GROWTHS[1], color=SHADE, linewidth=0, zorder=0)
    for method, line in curves.groupby("method", sort=False):
        hue, dashes, marker = _LOOKS[method]
        marks = measured[measured["method"] == method]
        line = line[line["product"].between(*_PRODUCTS)]
        keep_data(axes, line, series="predicted")
        keep_data(axes, marks.rename(columns={"measured": "growth"}), series="measured")
        axes.plot(line["product"], line["growth"], color=hue, linestyle=dashes)
        axes.plot(marks["product"], marks["measured"], marker, color=hue, markersize=3)
    axes.set(xscale="log", xlim=_PRODUCTS, ylim=_GROWTHS, xlabel=r"$\alpha L$", ylabel="growth per step")
    axes.axhline(1, color=MUTED, linewidth=0.6)


def _draw_steps(axes: Axes, steps: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="step $t$", ylabel="length of step")
    axes.set_xlim(1, steps["step"].max())
    axes.set_ylim(0.02, 20)
    axes.yaxis.set_minor_formatter(NullFormatter())
    for method, line in steps.groupby("method", sort=False):
        hue, dashes, marker = _LOOKS[method]
        keep_data(axes, line[["method", "step", "measured", "predicted"]])
        axes.plot(line["step"], line["predicted"], color=hue, linestyle=dashes)
        marks = line[line["step"].isin([1, 3, 10, 30, 100, 300])]
        axes.plot(marks["step"], marks["measured"], marker, color=hue, markersize=2.5)
