"""The panel of complexity T(b)·b against b, whose minimum is the critical batch size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from graduated.plots.data import keep_data
from graduated.plots.scales import log_axis, tick_values
from graduated.plots.style import INK, MUTED, SHADE, Colour

_HEADROOM = 1.3
"""Factor by which the axis exceeds the values, for what is written above them."""

_BARS = {"color": INK, "elinewidth": 0.9, "markersize": 4}


def draw_complexity(axes: Axes, critical: Mapping[str, Any], colour: Colour | str) -> None:
    """Draw mean, least and greatest T(b)·b over the seeds, the minimum b* and its interval.

    Batch sizes that no seed brought to ε have a cross at the upper edge.

    Args:
        axes: The axes.
        critical: ``critical_batch_size`` of the record of C².
        colour: Of the line at b*.
    """
    table = pd.DataFrame(critical["complexity"]).astype(float)
    keep_data(axes, table.rename(columns={"mean": "complexity", "min": "low", "max": "high"}))
    _set_axes(axes, table)
    censored, nowhere = table["reached"] < table["seeds"], table["reached"] == 0
    for rows, label, look in (
        (table[~censored], "reached", {"marker": "o"}),
        (table[censored & ~nowhere], "partly reached", {"marker": "x", "linestyle": "none"}),
    ):
        bars = [rows["mean"] - rows["min"], rows["max"] - rows["mean"]]
        axes.errorbar(rows["batch_size"], rows["mean"], bars, label=label, **_BARS, **look)
    for size in table.loc[nowhere, "batch_size"]:
        edge = {"transform": axes.get_xaxis_transform(), "clip_on": False, "label": "not reached"}
        axes.plot(size, 1, "x", color=INK, markersize=4, **edge)
    if critical["critical_batch_size"] is None:
        centre = {"transform": axes.transAxes, "ha": "center", "va": "center", "color": MUTED}
        axes.text(0.5, 0.5, "no batch size reached\n$\\epsilon$ in every seed", **centre)
    else:
        _draw_minimum(axes, critical, colour)


def _set_axes(axes: Axes, table: pd.DataFrame) -> None:
    axes.set(xlabel="batch size $b$", ylabel=r"$T(b)\cdot b$ (per-sample gradients)")
    log_axis(axes, "x", table["batch_size"])
    log_axis(axes, "y", table[["mean", "min", "max"]].stack())
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * _HEADROOM)
    if high < 10 * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    tick_values(axes.xaxis, list(table["batch_size"]), room=0.1)


def _draw_minimum(axes: Axes, critical: Mapping[str, Any], colour: Colour | str) -> None:
    best = critical["critical_batch_size"]
    low, high = (bound * best / critical["gradient_variance"] for bound in critical["interval"])
    axes.axvspan(low, high, color=SHADE, linewidth=0, zorder=0, label="interval")
    axes.axvline(best, color=colour, linewidth=0.9, zorder=0.5, label="minimum")
    name = f"$b^*$ = {best}" + (", at the edge" if critical["at_edge"] else "")
    right = best < np.sqrt(np.prod(axes.get_xlim()))
    place = {"xytext": (3 if right else -3, -2), "textcoords": "offset points", "va": "top"}
    axes.annotate(
        name, (best, 1), xycoords=axes.get_xaxis_transform(), ha="left" if right else "right", **place
    )
