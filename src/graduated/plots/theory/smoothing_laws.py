"""Figures of ``smoothing_laws``: two functions smoothed by seven laws, and whether their estimates settle."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import FAINT, MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_FUNCTIONS = {"rastrigin": "Rastrigin", "drop_wave": "Drop-Wave"}
_LIGHT = {
    "gaussian": "Gaussian",
    "uniform": "uniform",
    "exponential": "exponential",
    "rayleigh": "Rayleigh",
}
_HEAVY = {"cauchy": "Cauchy", "levy": "Lévy", "pareto": "Pareto"}
_TAILS = {"light": _LIGHT, "heavy": _HEAVY}
_MARKERS = "o^sD"
_CURVE = ["function", "law", "x", "value"]
_EVERY = 4
"""Of how many points on the grid one is marked."""


def smoothed(tables: Tables) -> Figure:
    """Return both functions smoothed by light- and by heavy-tailed noise, exactly and by Monte Carlo."""
    table, curves = tables["smoothed"], tables["curves"]
    first = table.iloc[0]
    text = (
        f"Grey: the function. Lines: smoothed with δ = {first['smoothing']:g}, exact. Marks: means of "
        f"{first['draws']} draws, at every {_EVERY}th of {table['x'].nunique()} x, with 95 % normal "
        "intervals, most of them within the marks. "
        "(b) The smoothed function is infinite; the marks are means that do not settle."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.4)
        panels = figure.subplots(2, 2, sharex=True)
        places = [(function, tail) for function in _FUNCTIONS for tail in _TAILS]
        for mark, axes, (function, tail) in zip("abcd", panels.flat, places, strict=True):
            own = (data[data["function"] == function] for data in (table, curves))
            _draw_panel(axes, *own, _TAILS[tail])
            letter(axes, mark, f"{_FUNCTIONS[function]}, {tail}-tailed noise")
        panels[0, 0].set_ylim(top=62)
        panels[0, 1].set(yscale="log", ylim=(0.3, 1e19))
        for axes, columns in zip(panels[0], (2, 3), strict=True):
            axes.legend(loc="upper center", ncols=columns, frameon=False, handlelength=2.4)
        for axes in panels[1]:
            axes.set_xlabel("$x$")
        for axes in panels[:, 0]:
            axes.set_ylabel(r"$\hat f_\delta(x)$")
        return settle(figure)


def _draw_panel(axes: Axes, table: pd.DataFrame, curves: pd.DataFrame, laws: dict[str, str]) -> None:
    original = curves[curves["law"] == "none"]
    keep_data(axes, original[_CURVE])
    axes.plot(original["x"], original["value"], color=FAINT, linewidth=0.5, zorder=1)
    for (law, name), marker, hue, dashes in zip(laws.items(), _MARKERS, HUES, DASHES, strict=False):
        points, curve = table[table["law"] == law], curves[curves["law"] == law]
        exists = curve["value"].abs().max() < float("inf")
        if exists:
            keep_data(axes, curve[_CURVE])
            axes.plot(curve["x"], curve["value"], color=hue, linestyle=dashes, zorder=3)
        shown = points.iloc[_EVERY // 2 :: _EVERY]
        errors = 1.96 * shown["standard_error"] if exists else None
        keep_data(axes, _means(shown, errors))
        axes.errorbar(
            shown["x"],
            shown["smoothed"],
            yerr=errors,
            linestyle="none",
            color=hue,
            marker=marker,
            markersize=2.6,
            markeredgewidth=0,
            elinewidth=0.6,
            zorder=4,
        )
        look = {"linestyle": dashes if exists else "none", "marker": marker, "markersize": 3}
        axes.plot([], [], color=hue, markeredgewidth=0, **look, label=name)
    axes.set_xlim(-5, 5)


def _means(shown: pd.DataFrame, errors: pd.Series | None) -> pd.DataFrame:
    """Return Monte-Carlo means, and the ends of their intervals where there are any."""
    rows = shown[["function", "law", "x", "smoothed"]]
    if errors is None:
        return rows
    return rows.assign(low=rows["smoothed"] - errors, high=rows["smoothed"] + errors)


def means(tables: Tables) -> Figure:
    """Return the spread of repeated Monte-Carlo means against the number of draws, and its exponents."""
    table, exponents = tables["settling"], tables["exponents"]
    text = (
        f"(a, b) Interquartile range of {exponents['repetitions'].iloc[0]} independent Monte-Carlo means at "
        "x = 0.5; grey: light-tailed laws. "
        "(c) Exponents of these lines with 95 % bootstrap intervals over the repetitions; open: Drop-Wave; "
        "dashed: −1/2 of means that settle; ticks: as stable laws predict."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.4)
        *spreads, summary = figure.subplots(1, 3)
        for mark, axes, function in zip("ab", spreads, _FUNCTIONS, strict=True):
            _draw_spread(axes, table[table["function"] == function])
            letter(axes, mark, _FUNCTIONS[function])
        spreads[0].set_ylabel("spread of the means")
        _draw_exponents(summary, exponents)
        letter(summary, "c", "exponents")
        return settle(figure)


def _looks() -> dict[str, tuple[str, str, str]]:
    """Return name, marker and colour by law."""
    looks = {law: (name, mark, MUTED) for (law, name), mark in zip(_LIGHT.items(), "vPhX", strict=True)}
    heavy = zip(_HEAVY.items(), _MARKERS, HUES, strict=False)
    return looks | {law: (name, mark, hue) for (law, name), mark, hue in heavy}


def _draw_spread(axes: Axes, table: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="draws of the noise per mean")
    for law, (_, marker, hue) in _looks().items():
        line = table[table["law"] == law]
        keep_data(axes, line[["function", "law", "draws", "spread"]])
        axes.plot(line["draws"], line["spread"], color=hue, marker=marker, markersize=3, markeredgewidth=0)


def _draw_exponents(axes: Axes, exponents: pd.DataFrame) -> None:
    looks = _looks()
    keep_data(axes, exponents[["function", "law", "exponent", "low", "high", "expected", "repetitions"]])
    axes.axvline(-0.5, color=MUTED, linewidth=0.6, linestyle=DASHES[1], zorder=1)
    for height, (law, (_, marker, hue)) in enumerate(looks.items()):
        for function, shift in (("rastrigin", 0.16), ("drop_wave", -0.16)):
            (row,) = exponents[(exponents["law"] == law) & (exponents["function"] == function)].itertuples()
            whiskers = [[row.exponent - row.low], [row.high - row.exponent]]
            face = hue if function == "rastrigin" else "white"
            place = {"x": row.exponent, "y": height + shift, "xerr": whiskers}
            axes.errorbar(
                **place, fmt=marker, color=hue, markerfacecolor=face, markersize=3.5, elinewidth=0.8
            )
            axes.plot(row.expected, height + shift, marker="|", color="black", markersize=6, zorder=1)
    axes.set_yticks(range(len(looks)), [name for name, _, _ in looks.values()])
    axes.set_xlabel("exponent of the number of draws")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"smoothing_laws": smoothed, "smoothing_laws_means": means}
"""Every figure by its file name."""
