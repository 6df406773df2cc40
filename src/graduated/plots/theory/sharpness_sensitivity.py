"""Figure of ``sharpness_sensitivity``: what ρ, n, m, the normalisation and the search do to sharpness."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, NullLocator

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_HEIGHT = 4.6

THRESHOLD = 0.8
"""Rank correlation that the verdicts ask for."""

_MARKERS = ("o", "s", "^", "D", "v")
_REFERENCE = {"normalisation": "none", "method": "released"}


def sharpness_sensitivity(tables: Tables) -> Figure:
    """Return the figure: against ρ by normalisation, gains of Auto-PGD, against n and m, and agreement."""
    values, agreement, gains = (tables[name] for name in ("values", "agreement", "gains"))
    last, runs = values["epoch"].max(), values["seed"].nunique()
    reference = values.loc[values["reference"], ["radius", "samples", "batch_size"]].iloc[0]
    text = (
        f"Worst-case ℓ∞ sharpness of {runs} runs; where not varied, ρ = {reference['radius']:g}, "
        f"n = {reference['samples']:g}, m = {reference['batch_size']:g}, without normalisation, released "
        f"search. (a, c) After {last} epochs, geometric mean and range over runs. (b, d) After "
        f"{_listed(values['epoch'].unique())} epochs, 95 % intervals over runs; crosses: least and most of a "
        "network; dotted: threshold of the verdicts."
    )
    with style():
        figure = page(text, PAGE_WIDTH, _HEIGHT)
        (curves, searches), (sizes, ranks) = figure.subplots(2, 2)
        _draw_curves(curves, values[values["epoch"] == last], reference)
        _draw_gains(searches, gains)
        _draw_sizes(sizes, values[values["epoch"] == last], reference)
        _draw_ranks(ranks, agreement)
        return settle(figure)


def _listed(epochs: np.ndarray) -> str:
    *first, last = (str(epoch) for epoch in sorted(epochs))
    return f"{', '.join(first)} and {last}" if first else last


def _chosen(values: pd.DataFrame, **setting: object) -> pd.DataFrame:
    wanted = {**_REFERENCE, **setting}
    return values[np.logical_and.reduce([values[name] == value for name, value in wanted.items()])]


def _spread(values: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return geometric mean, least and most of positive sharpness over runs by a column."""
    positive = values[values["sharpness"] > 0]
    return positive.groupby(by)["sharpness"].agg(
        mean=lambda numbers: np.exp(np.log(numbers).mean()), least="min", most="max"
    )


def _draw_curves(axes: Axes, values: pd.DataFrame, reference: pd.Series) -> None:
    letter(axes, "a", "radius and normalisation")
    sizes = {name: reference[name] for name in ("samples", "batch_size")}
    for index, name in enumerate(values["normalisation"].unique()):
        spread = _spread(_chosen(values, normalisation=name, **sizes), "radius")
        keep_data(axes, spread.reset_index(), normalisation=name)
        colour = HUES[index % len(HUES)]
        line = {"color": colour, "linestyle": DASHES[index % len(DASHES)], "marker": _MARKERS[index]}
        axes.plot(spread.index, spread["mean"], markersize=3, **line)
        end = spread.index[-1], spread["mean"].iloc[-1]
        place = {"textcoords": "offset points", "va": "center_baseline"}
        axes.annotate(name, end, (6, 0), color=darkened(colour), **place)
        axes.fill_between(
            spread.index, spread["least"], spread["most"], color=colour, alpha=0.15, linewidth=0
        )
    axes.set(xscale="log", yscale="log", ylabel="sharpness (nats)")
    _name_radii(axes, sorted(values["radius"].unique()))


def _draw_gains(axes: Axes, gains: pd.DataFrame) -> None:
    letter(axes, "b", "Auto-PGD beyond the released search")
    percent = 100 * gains[["gain", "gain_low", "gain_high", "least", "most"]]
    keep_data(axes, percent.assign(radius=gains["radius"], runs=gains["runs"]))
    mean, low, high = (percent[name] for name in ("gain", "gain_low", "gain_high"))
    axes.axhline(0, color=MUTED, linewidth=0.6, zorder=0)
    bars = np.array([mean - low, high - mean])
    axes.errorbar(gains["radius"], mean, bars, color=HUES[0], marker="o", markersize=3.5, elinewidth=0.8)
    for name in ("least", "most"):
        axes.plot(gains["radius"], percent[name], linestyle="none", marker="x", color=MUTED, markersize=4)
    axes.set(xscale="log", ylabel="more found (%)")
    _name_radii(axes, list(gains["radius"]))


def _draw_sizes(axes: Axes, values: pd.DataFrame, reference: pd.Series) -> None:
    letter(axes, "c", "number of images")
    names = {"samples": "$n$, with $m$ fixed", "batch_size": "$m$, with $n$ fixed"}
    ticks: set[float] = set()
    for index, (column, label) in enumerate(names.items()):
        fixed = {name: value for name, value in reference.items() if name != column}
        spread = _spread(_chosen(values, **fixed), column)
        keep_data(axes, spread.reset_index(), varied=column)
        x = spread.index * (1.03 if index else 0.97)
        bars = np.array([spread["mean"] - spread["least"], spread["most"] - spread["mean"]])
        line = {
            "color": HUES[index],
            "linestyle": DASHES[index],
            "marker": _MARKERS[index],
            "markersize": 3.5,
        }
        axes.errorbar(x, spread["mean"], bars, label=label, elinewidth=0.8, **line)
        ticks |= set(spread.index)
    axes.set(xscale="log", yscale="log", xlabel="images $n$ or $m$", ylabel="sharpness (nats)")
    axes.set_xticks(sorted(ticks), [f"{tick:g}" for tick in sorted(ticks)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(frameon=False)


def _draw_ranks(axes: Axes, agreement: pd.DataFrame) -> None:
    letter(axes, "d", "order of the networks")
    keep_data(axes, agreement[["axis", "setting", "correlation", "low", "high", "networks"]])
    rows = agreement[::-1].reset_index(drop=True)
    for index, axis in enumerate(agreement["axis"].unique()):
        own = rows[rows["axis"] == axis]
        bars = np.array([own["correlation"] - own["low"], own["high"] - own["correlation"]])
        mark = {"color": HUES[index], "marker": _MARKERS[index], "markersize": 3.5, "elinewidth": 0.8}
        axes.errorbar(own["correlation"], own.index, xerr=bars, linestyle="none", **mark)
    labels = [
        row.setting if row.axis in ("normalisation", "search") else f"${_SYMBOLS[row.axis]}$ = {row.setting}"
        for row in rows.itertuples()
    ]
    axes.set_yticks(rows.index, [_NAMES.get(label, label) for label in labels])
    axes.axvline(THRESHOLD, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set_xlim(min(0, rows["low"].min()) - 0.05, 1.05)
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.set_xlabel("rank correlation with the reference")


_SYMBOLS = {"ρ": r"\rho", "n": "n", "m": "m"}
_NAMES = {"apgd": "Auto-PGD"}


def _name_radii(axes: Axes, radii: list[float]) -> None:
    axes.set_xticks(radii, [f"{radius:g}" for radius in radii])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(r"radius $\rho$")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"sharpness_sensitivity": sharpness_sensitivity}
"""Every figure by its file name."""
