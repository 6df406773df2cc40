"""C² by the estimators that may make the δ axis, and the complexity whose minimum is one of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.data import keep_data
from graduated.plots.noise.axes import CONSTANT, SOURCES, epoch_axis, short
from graduated.plots.noise.complexity import draw_complexity
from graduated.plots.page import HUES, letter, page, settle
from graduated.plots.scales import log_axis
from graduated.plots.style import PAGE_WIDTH, style

_HEIGHT = 2.6
"""Of the panels, in inches."""

_APART = 0.3
"""Distance of two estimators in their panel, as a share of the other panels' width."""

_HEADROOM = 0.08
"""Share of the axis of C² that numbers above the highest bar get."""

_LOOKS = {
    "per_sample": {"color": HUES[0], "marker": "o"},
    "two_batch_sizes": {"color": HUES[3], "marker": "^"},
    "critical_batch_size": {"color": HUES[1], "marker": "s"},
    "reported": {"color": HUES[2], "marker": "D"},
}
_ALONG = ("per_sample", "two_batch_sizes")
"""Estimators that measure at checkpoints of the probe trainings."""

_BARS = {"linestyle": "none", "elinewidth": 0.9, "markersize": 4}


def noise_estimators_compared(record: Mapping[str, Any]) -> Figure:
    """Draw C² along the probe trainings, C² by each estimator, and T(b)·b against b.

    Args:
        record: The record of C², from ``graduated.noise.axis.noise_record``.
    """
    estimates = {source: record[source] for source in SOURCES if source in record}
    if estimates["reported"]["gradient_variance"] is None:
        del estimates["reported"]
    checkpoints = {
        source: pd.DataFrame(record[source]["checkpoints"]) for source in _ALONG if source in record
    }
    with style():
        figure = page(_caption(record), PAGE_WIDTH, _HEIGHT)
        widths = 1, _APART * max(2, len(estimates) - 1), 1
        along, beside, complexity = figure.subplots(1, 3, width_ratios=widths)
        beside.sharey(along)
        _variance_axis(along, checkpoints, estimates)
        for source, points in checkpoints.items():
            _draw_checkpoints(along, source, points)
        epoch_axis(along, checkpoints["per_sample"]["epoch"], room=0.09)
        _draw_estimates(beside, estimates)
        for axes in (along, beside):
            axes.axhline(record["axis"]["gradient_variance"], zorder=0.5, **CONSTANT)
        draw_complexity(complexity, record["critical_batch_size"], _LOOKS["critical_batch_size"]["color"])
        titles = ("along training", "by estimator", "complexity")
        for mark, axes, title in zip("abc", figure.axes, titles, strict=True):
            letter(axes, mark, title)
        return settle(figure)


def _variance_axis(axes: Axes, checkpoints: Mapping[str, pd.DataFrame], estimates: Mapping[str, Any]) -> None:
    ends = ["gradient_variance", "low", "high"]
    shown = [number for points in checkpoints.values() for number in points[ends].stack()]
    for estimate in estimates.values():
        shown += [estimate["gradient_variance"] or np.nan, *(estimate.get("interval") or ())]
    log_axis(axes, "y", shown)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** _HEADROOM)
    axes.set_ylabel("variance $C^2$ of one\nsample’s gradient")


def _draw_checkpoints(axes: Axes, source: str, points: pd.DataFrame) -> None:
    value = points["gradient_variance"]
    bars = [value - points["low"], points["high"] - value]
    look = {**_BARS, **_LOOKS[source], "linestyle": "-"}
    keep_data(axes, points, estimator=source)
    axes.errorbar(points["epoch"], value, bars, label=source, **look)


def _draw_estimates(axes: Axes, estimates: Mapping[str, Mapping[str, Any]]) -> None:
    for place, (source, estimate) in enumerate(estimates.items()):
        value = estimate["gradient_variance"]
        if value is None:
            middle = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "center"}
            ground = {"facecolor": "white", "linewidth": 0, "pad": 1}
            axes.text(place, 0.5, "not reached", rotation=90, bbox=ground, **middle)
            continue
        low, high = estimate.get("interval", (value, value))
        keep_data(
            axes, pd.DataFrame({"gradient_variance": [value], "low": [low], "high": [high]}), estimator=source
        )
        axes.errorbar(place, value, [[value - low], [high - value]], label=source, **_BARS, **_LOOKS[source])
        above = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center"}
        axes.annotate(short(value), (place, high), **above)
    axes.set_xticks(range(len(estimates)), [SOURCES[source].replace(" ", "\n") for source in estimates])
    axes.set_xlim(-0.5, len(estimates) - 0.5)
    axes.tick_params(labelleft=False)


def _caption(record: Mapping[str, Any]) -> str:
    probe, critical = record["per_sample"], record["critical_batch_size"]
    kind = "Student’s t over seeds" if probe["interval_from"] == "seeds" else "over samples"
    sentences = [
        "(a) Circles: per-sample gradients, batch normalisation in evaluation mode"
        + ("; triangles: norms at two batch sizes, as in training." if "two_batch_sizes" in record else "."),
        f"Means of {_seeds(probe)}; bars: 95 % intervals ({kind}).",
        "Bars that leave the panel reach 0." if _reach_zero(record) else "",
        "(b) Averages of (a) over time, 95 % intervals; critical batch size: C² ≈ b*ε²/η, bar: all "
        "b that may be b*, for the minimum is flat and seeds differ; dashed: the constant of the δ axis.",
        f"(c) Gradients computed until ε is reached: means of {_seeds(critical['complexity'][0])}; bars: "
        "min–max; shaded: the bar of (b).",
        "×: means of the seeds that reached ε where not all did; at the upper edge: none did."
        if critical["censored"]
        else "",
    ]
    return " ".join(filter(None, sentences))


def _reach_zero(record: Mapping[str, Any]) -> bool:
    along = (record[source]["checkpoints"] for source in _ALONG if source in record)
    return any(row["low"] <= 0 for checkpoints in along for row in checkpoints)


def _seeds(counted: Mapping[str, Any]) -> str:
    return f"n = {counted['seeds']} seed{'s' * (counted['seeds'] > 1)}"
