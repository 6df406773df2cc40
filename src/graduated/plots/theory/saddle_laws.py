"""Figure of ``saddle_to_saddle``: escape times and alignment against the initial scale, as predicted."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy import stats

from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import HUES, letter, page, settle
from graduated.plots.scales import log_axis
from graduated.plots.style import INK, PAGE_WIDTH, style
from graduated.studies import Tables

MARKERS = "os^D"

_ASYMPTOTIC = 1e-6
"""Largest ε of the fits."""

_NETWORKS = {
    ("linear", "correlated"): "linear",
    ("tanh", "correlated"): "tanh",
    ("ReLU", "symmetric"): "ReLU, $\\pm x$",
    ("ReLU", "correlated"): "ReLU",
}
_SIZES = {"linear": 6.5, "tanh": 3.5}
"""Of marks that lie on one another, in points."""

_UPDATES = {"together": "all layers together", "layer by layer": "layer by layer"}


def power(scale: float) -> str:
    """Return a number as mathematics if it is a power of ten, else in figures."""
    exponent = round(np.log10(scale))
    return rf"$10^{{{exponent}}}$" if np.isclose(scale, 10.0**exponent, rtol=1e-9, atol=0) else f"{scale:g}"


def laws(tables: Tables) -> Figure:
    """Return escape times of two and three layers and misalignment against ε, with the predicted slopes."""
    table, aligned, deep = tables["stages"], tables["alignment"], tables["deep"]
    sets = table["set"].nunique()
    text = (
        f"Marks: means over {sets} data sets, 95 % intervals within or on them. (a) First step past each "
        "stage k, whitened inputs; lines of the predicted slopes $1/\\log(1 + \\eta s_k)$. (b) ‖U(I − "
        "q₁q₁ᵀ)‖/‖Uq₁‖ of the units U as networks leave the origin, correlated inputs, geometric means; "
        "line of the predicted exponent p. (c) The same of ReLU networks against the number of samples, ε = "
        f"{power(aligned['scale'].max())}. (d) Escape of linear networks of three layers; line of slope 1."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.4)
        (escapes, units), (samples, depth) = figure.subplots(2, 2)
        _draw_escapes(escapes, table[table["data"] == "whitened"], tables["slopes"])
        letter(escapes, "a", "escape times")
        _draw_alignment(units, aligned, tables["exponents"])
        letter(units, "b", "misalignment of units")
        _draw_samples(samples, aligned)
        letter(samples, "c", "ReLU: misalignment against samples")
        _draw_depth(depth, deep)
        letter(depth, "d", "three layers: escape time")
        return settle(figure)


def summary(table: pd.DataFrame, by: str, column: str) -> pd.DataFrame:
    """Return means over the data sets, half their 95 % intervals (t) and numbers, by a column."""
    groups = table.groupby(by)[column]
    number = groups.size()
    reach = stats.t.ppf(0.975, number - 1) * groups.sem()
    return pd.DataFrame({"value": groups.mean(), "reach": reach, "n": number}).reset_index()


def draw_marks(
    axes: Axes, means: pd.DataFrame, x: str, marker: str, hue: str, *, size: float = 4, **keys: object
) -> None:
    """Draw means with their intervals, from ``summary``; keys name them in the figure's data."""
    keep_data(axes, means, **keys)
    look = {"fmt": marker, "color": hue, "markersize": size, "markerfacecolor": "white", "elinewidth": 0.8}
    axes.errorbar(means[x], means["value"], yerr=means["reach"], **look)


def scale_axis(axes: Axes, scales: pd.Series) -> None:
    """Make the lower axis one of ε, falling to the right."""
    axes.set(xscale="log", xlabel=r"initial scale $\varepsilon$")
    axes.set_xlim(4 * scales.max(), scales.min() / 4)
    lowest, highest = np.round(np.log10([scales.min(), scales.max()]))
    exponents = np.arange(lowest, highest + 1, 2 if highest - lowest <= 6 else 4)
    axes.xaxis.set_major_locator(FixedLocator(10.0**exponents))
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_escapes(axes: Axes, table: pd.DataFrame, slopes: pd.DataFrame) -> None:
    small = table[table["scale"] <= 1e-2]
    predicted = slopes[slopes["data"] == "whitened"].groupby("rank")["predicted"].mean()
    scale_axis(axes, small["scale"])
    ends = {}
    for (rank, line), hue, marker in zip(small.groupby("rank"), HUES, MARKERS, strict=False):
        means = summary(line, "scale", "escape")
        draw_marks(axes, means, "scale", marker, hue, rank=rank, predicted_slope=predicted[rank])
        fitted = means[means["scale"] <= _ASYMPTOTIC]
        folds = -np.log(means["scale"])
        offset = (fitted["value"] + predicted[rank] * np.log(fitted["scale"])).mean()
        height = offset + predicted[rank] * folds
        axes.plot(means["scale"], height, color=hue, linewidth=0.8)
        ends[f"$k = {rank}$"] = (means["scale"].iloc[0], height.iloc[0])
    axes.set(ylabel="steps until the escape", ylim=(0, None))
    label_line_ends(axes, ends, "stage")


def _draw_alignment(axes: Axes, aligned: pd.DataFrame, exponents: pd.DataFrame) -> None:
    axes.set_yscale("log")
    scale_axis(axes, aligned["scale"])
    rate = exponents.loc[exponents["activation"] != "linear", "learning_rate"].iloc[0]
    samples = aligned.groupby(["activation", "data"])["samples"].agg("first")
    for ((activation, data), name), hue, marker in zip(_NETWORKS.items(), HUES, MARKERS, strict=False):
        own = aligned[(aligned["activation"] == activation) & (aligned["data"] == data)]
        own = own[(own["learning_rate"] == rate) & (own["samples"] == samples[activation, data])]
        means = summary(own.assign(log=np.log10(own["misalignment"])), "scale", "log")
        means = means.assign(
            low=10 ** (means["value"] - means["reach"]), high=10 ** (means["value"] + means["reach"])
        )
        means["value"] = 10 ** means["value"]
        keep_data(axes, means.drop(columns="reach"), activation=activation, data=data)
        whiskers = [means["value"] - means["low"], means["high"] - means["value"]]
        look = {
            "fmt": marker,
            "color": hue,
            "markersize": _SIZES.get(activation, 4),
            "markerfacecolor": "none",
        }
        axes.errorbar(means["scale"], means["value"], yerr=whiskers, elinewidth=0.8, label=name, **look)
        if activation == "linear":
            p = exponents[(exponents["activation"] == "linear") & (exponents["data"] == data)]
            p = p[p["learning_rate"] == rate]["predicted"].mean()
            anchor = np.log(means["value"]).mean() - p * np.log(means["scale"]).mean()
            axes.plot(means["scale"], np.exp(anchor) * means["scale"] ** p, color=INK, linewidth=0.8)
    axes.set_ylabel("misalignment")
    axes.legend(loc="lower left", frameon=False, borderpad=0)


def _draw_samples(axes: Axes, aligned: pd.DataFrame) -> None:
    relu = aligned[(aligned["activation"] == "ReLU") & (aligned["data"] == "correlated")]
    relu = relu[
        (relu["scale"] == relu["scale"].max()) & (relu["learning_rate"] == relu["learning_rate"].max())
    ]
    means = summary(relu, "samples", "misalignment")
    draw_marks(axes, means, "samples", "D", HUES[3])
    axes.set(xscale="log", xlabel="samples $n$", ylabel="misalignment")
    axes.set_xticks(means["samples"], [str(samples) for samples in means["samples"]])
    axes.xaxis.set_minor_locator(NullLocator())
    log_axis(axes, "y", [*(means["value"] - means["reach"]), *(means["value"] + means["reach"])])


def _draw_depth(axes: Axes, deep: pd.DataFrame) -> None:
    axes.set(
        xscale="log", yscale="log", xlabel=r"initial scale $\varepsilon$", ylabel="steps until the escape"
    )
    looks = zip(_UPDATES.items(), HUES, "os", (6.5, 3.5), strict=False)
    for (updates, name), hue, marker, size in looks:
        means = summary(deep[deep["updates"] == updates], "scale", "escape")
        draw_marks(axes, means, "scale", marker, hue, size=size, updates=updates)
        axes.plot([], [], marker, color=hue, markerfacecolor="white", markersize=size, label=name)
        if updates == "together":
            first = means.iloc[0]
            axes.plot(
                means["scale"], first["value"] * first["scale"] / means["scale"], color=INK, linewidth=0.8
            )
    scales = sorted(deep["scale"].unique())
    axes.set_xticks(scales, [f"{scale:g}" for scale in scales])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(1.5 * scales[-1], scales[0] / 1.5)
    axes.legend(loc="upper left", frameon=False, borderpad=0)
