"""Figures of ``teleportation_on_digits``: invariance, optimizers with teleports, and sharpness."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_MARKERS = "os^D"
_SHOWN_SIZE = 0.1
_ROUNDING = 1e-9
"""Threshold of the verdicts on invariance."""

_COARSE, _FINE, _WIDE = (0.2, 0.5, 1, 2, 5, 10, 20, 50), (0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2), 4
"""Ticks of ratios, for axes wider than that factor and for others."""

_WHERE = {"batch": "its mini-batch", "all": "all samples"}
_SCATTERED = ("φ", "training loss", "φ − L", "isotropic change, radius 3")


def networks(tables: Tables) -> Figure:
    """Return changes of the loss by action, and test losses with teleports and resets over those without."""
    audit, ratios = tables["invariance"], tables["ratios"]
    text = (
        f"Networks 64-16-10-10 on digits. (a, b) Mean relative change of the loss by random T, ‖T‖ = "
        f"{_SHOWN_SIZE:g}, over {audit['networks'].iloc[0]} networks, on the mini-batch and on all training "
        "samples; filled: lower pair of layers (16 wide), open: upper (10); grey: rounding. (c, d) Last test "
        f"loss over that of the plain optimizer, geometric means of {ratios['networks'].iloc[0]} networks "
        "with 95 % intervals, at the best learning rate and at a tenth of it; ×: worst network."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.7)
        changes, comparisons = figure.subplots(2, 2)
        shown = audit[audit["size"] == _SHOWN_SIZE]
        for axes, mark, (where, name) in zip(changes, "ab", _WHERE.items(), strict=True):
            _draw_changes(axes, shown, where)
            letter(axes, mark, f"change of the loss of {name}")
        changes[0].set_ylabel("relative change")
        changes[1].tick_params(labelleft=False)
        handles, names = changes[0].get_legend_handles_labels()
        changes[1].legend(handles, names, frameon=False, loc="center right")
        rates = sorted(ratios["relative_rate"].unique(), reverse=True)
        for axes, mark, rate in zip(comparisons, "cd", rates, strict=True):
            _draw_ratios(axes, ratios[ratios["relative_rate"] == rate])
            letter(axes, mark, "best learning rate" if rate == 1 else f"{rate:g} × best learning rate")
        comparisons[0].legend(frameon=False, loc="best")
        return settle(figure)


def _draw_changes(axes: Axes, audit: pd.DataFrame, where: str) -> None:
    columns = [f"{where}_change", f"{where}_low", f"{where}_high"]
    keep_data(axes, audit[["action", "pair", "samples", "size", "networks", "independent", *columns]])
    for (action, pair), line in audit.groupby(["action", "pair"], sort=False):
        index = list(audit["action"].unique()).index(action)
        look = {
            "color": HUES[index],
            "marker": _MARKERS[index],
            "linestyle": DASHES[index],
            "markersize": 3.5,
        }
        look |= {"label": action} if pair == 1 else {"markerfacecolor": "white"}
        axes.plot(line["samples"], line[columns[0]].clip(lower=1e-17), **look)
    axes.axhspan(1e-17, _ROUNDING, color=SHADE, linewidth=0, zorder=0)
    axes.set(xscale="log", yscale="log", xlabel="samples in the mini-batch", ylim=(1e-17, 3))
    samples = sorted(audit["samples"].unique())
    axes.set_xticks(samples, [f"{number}" for number in samples])
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_ratios(axes: Axes, ratios: pd.DataFrame) -> None:
    optimizers = list(ratios["optimizer"].unique())
    against = ratios[ratios["other"] == "plain"]
    axes.axhline(1, color=MUTED, linewidth=0.6, zorder=0)
    for shift, arm, hue, marker in zip((-0.13, 0.13), ("reset", "teleport"), HUES, _MARKERS, strict=False):
        line = against[against["arm"] == arm].set_index("optimizer").loc[optimizers]
        columns = ["relative_rate", "arm", "ratio", "low", "high", "greatest", "networks"]
        keep_data(axes, line.reset_index()[["optimizer", *columns]])
        x = np.arange(len(optimizers)) + shift
        bars = [line["ratio"] - line["low"], line["high"] - line["ratio"]]
        look = {"color": hue, "marker": marker, "linestyle": "none", "markersize": 4, "elinewidth": 0.9}
        axes.errorbar(x, line["ratio"], bars, label=arm, **look)
        axes.plot(x, line["greatest"], color=hue, marker="x", markersize=4, linestyle="none")
    axes.set(yscale="log", ylabel="test loss / plain")
    axes.set_xticks(range(len(optimizers)), optimizers)
    low, high = axes.get_ylim()
    ticks = [tick for tick in (_COARSE if high / low > _WIDE else _FINE) if low <= tick <= high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())


def sharpness(tables: Tables) -> Figure:
    """Return scatter plots of four measures and the test loss, and correlations by epoch."""
    values, correlations = tables["sharpness"], tables["correlations"]
    last = values["epoch"].max()
    text = (
        f"{values['network'].nunique()} networks 64-16-10-10 on digits, which differ by their seeds, trained "
        f"by SGD. (a–d) After {last} epochs; r: Pearson’s. (e) r by epoch, with 95 % "
        "intervals; | L: partial correlation, the training loss held."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.4)
        panels = figure.subplot_mosaic([["a", "b", "c", "d"], ["e", "e", "e", "e"]])
        for mark, measure in zip("abcd", _SCATTERED, strict=True):
            own = correlations[(correlations["epoch"] == last) & (correlations["measure"] == measure)]
            _draw_scatter(panels[mark], values[values["epoch"] == last], measure)
            letter(panels[mark], mark, f"$r = {own['pearson'].iloc[0]:.2f}$")
        panels["a"].set_ylabel("test loss (nats)")
        _draw_correlations(panels["e"], correlations)
        letter(panels["e"], "e", "correlation with the test loss")
        return settle(figure)


def _draw_scatter(axes: Axes, values: pd.DataFrame, measure: str) -> None:
    keep_data(axes, values[["network", "epoch", measure, "test_loss"]])
    look = {"color": HUES[0], "marker": "o", "markersize": 2.2, "linestyle": "none", "markeredgewidth": 0}
    axes.plot(values[measure], values["test_loss"], **look)
    axes.set_xlabel(f"{measure.replace(', ', ',' + chr(10))} (nats)")
    axes.locator_params(axis="x", nbins=3)
    if axes.get_label() != "a":
        axes.tick_params(labelleft=False)


def _draw_correlations(axes: Axes, correlations: pd.DataFrame) -> None:
    measures = list(correlations["measure"].unique())
    axes.axhline(0, color=MUTED, linewidth=0.6, zorder=0)
    epochs = sorted(correlations["epoch"].unique())
    shifts = np.linspace(-0.2, 0.2, len(epochs))
    for epoch, shift, hue, marker in zip(epochs, shifts, HUES, _MARKERS, strict=False):
        line = correlations[correlations["epoch"] == epoch].set_index("measure").loc[measures]
        keep_data(axes, line.reset_index()[["measure", "epoch", "pearson", "low", "high", "networks"]])
        bars = [line["pearson"] - line["low"], line["high"] - line["pearson"]]
        look = {"color": hue, "marker": marker, "linestyle": "none", "markersize": 3.5, "elinewidth": 0.9}
        axes.errorbar(np.arange(len(measures)) + shift, line["pearson"], bars, label=f"epoch {epoch}", **look)
    labels = [measure.replace(", given training loss", " | L").replace(", ", ",\n") for measure in measures]
    axes.set_xticks(range(len(measures)), labels)
    axes.set(ylabel="$r$", ylim=(-1, 1.05))
    axes.legend(frameon=False, loc="lower left", ncols=len(epochs))


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "teleportation_networks": networks,
    "teleportation_sharpness": sharpness,
}
"""Every figure by its file name."""
