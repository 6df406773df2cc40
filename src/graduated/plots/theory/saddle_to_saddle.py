"""Figures of ``saddle_to_saddle``: plateaus, the laws of escape and alignment, the fast algorithm."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_MARKERS = "os^D"

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


def stages(tables: Tables) -> Figure:
    """Return the loss by steps, and the singular values of W₂W₁, of one data set."""
    paths = tables["paths"]
    middle = sorted(paths["scale"].unique())[paths["scale"].nunique() // 2]
    text = (
        "Gradient descent on a linear network of two layers, one data set with whitened inputs. (a) Loss "
        "from three "
        "initial scales ε; grey: losses L₀, L₁, … of reduced-rank regressions. (b) Norm of the gradient and "
        "(c) "
        f"singular values of W₂W₁ from ε = {_power(middle)}."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.4)
        losses, norms, values = figure.subplots(1, 3)
        _draw_losses(losses, paths)
        letter(losses, "a", "loss")
        _draw_path(norms, paths[paths["scale"] == middle], ["gradient_norm"])
        norms.set_ylabel(r"$\|\nabla L\|$")
        letter(norms, "b", "norm of the gradient")
        names = [name for name in paths if name.startswith("singular_value_")]
        _draw_path(values, paths[paths["scale"] == middle], names)
        values.set_ylabel("singular value of $W_2W_1$")
        letter(values, "c", "rank by rank")
        return settle(figure)


def _power(scale: float) -> str:
    return rf"$10^{{{np.log10(scale):.0f}}}$"


def _draw_losses(axes: Axes, paths: pd.DataFrame) -> None:
    optima = [name for name in paths if name.startswith("optimum_")]
    for rank, name in enumerate(optima):
        level = paths[name].iloc[0]
        axes.axhline(level, color=MUTED, linewidth=0.6, linestyle=DASHES[3], zorder=1)
        place = {"xycoords": ("axes fraction", "data"), "xytext": (1, 2), "textcoords": "offset points"}
        axes.annotate(f"$L_{rank}$", (1, level), color=MUTED, ha="right", **place)
    for (scale, line), hue, dashes in zip(paths.groupby("scale"), HUES, DASHES, strict=False):
        keep_data(axes, line[["step", "loss", *optima]], scale=scale)
        axes.plot(
            line["step"], line["loss"], color=hue, linestyle=dashes, label=rf"$\varepsilon$ = {_power(scale)}"
        )
    axes.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, 1.08 * paths["step"].max()))
    axes.legend(loc="lower left", frameon=False, borderpad=0, handlelength=2.4)


def _draw_path(axes: Axes, line: pd.DataFrame, columns: list[str]) -> None:
    keep_data(axes, line[["scale", "step", *columns]])
    for rank, (column, dashes) in enumerate(zip(columns, DASHES, strict=False), start=1):
        hue = HUES[rank - 1] if len(columns) > 1 else INK
        axes.plot(line["step"], line[column], color=hue, linestyle=dashes)
        if len(columns) > 1:
            last = line[["step", column]].iloc[-1]
            place = {"xytext": (0, -4), "textcoords": "offset points", "ha": "right", "va": "top"}
            axes.annotate(f"$s_{rank}$", last, color=darkened(hue), **place)
    axes.set(yscale="log", xlabel="step", xlim=(0, None))


def laws(tables: Tables) -> Figure:
    """Return escape times of two and three layers and misalignment against ε, with the predicted slopes."""
    table, aligned, deep = tables["stages"], tables["alignment"], tables["deep"]
    sets = table["set"].nunique()
    text = (
        f"Marks: means over {sets} data sets, 95 % intervals within or on them. (a) First step past each "
        "stage k, whitened "
        "inputs; lines of the predicted slopes 1/log(1 + ηs_k). (b) ‖U(I − q₁q₁ᵀ)‖/‖Uq₁‖ of the units U as "
        "networks "
        "leave the origin, correlated inputs; line of the predicted exponent p. (c) The same of ReLU "
        "networks against "
        f"the number of samples, ε = {_power(aligned['scale'].max())}. (d) Escape of linear networks of "
        "three layers; "
        "line of slope 1."
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


def _summary(table: pd.DataFrame, by: str, column: str) -> pd.DataFrame:
    """Return means and 1.96 standard errors over the data sets."""
    groups = table.groupby(by)[column]
    return pd.DataFrame(
        {"value": groups.mean(), "reach": 1.96 * groups.sem(), "n": groups.size()}
    ).reset_index()


def _draw_marks(
    axes: Axes, means: pd.DataFrame, x: str, marker: str, hue: str, *, size: float = 4, **keys: object
) -> None:
    keep_data(axes, means, **keys)
    look = {"fmt": marker, "color": hue, "markersize": size, "markerfacecolor": "white", "elinewidth": 0.8}
    axes.errorbar(means[x], means["value"], yerr=means["reach"], **look)


def _scale_axis(axes: Axes, scales: pd.Series) -> None:
    axes.set(xscale="log", xlabel=r"initial scale $\varepsilon$")
    axes.set_xlim(4 * scales.max(), scales.min() / 4)
    exponents = np.arange(np.ceil(np.log10(scales.min())), np.log10(scales.max()) + 0.1, 2)
    axes.xaxis.set_major_locator(FixedLocator(10.0**exponents))
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_escapes(axes: Axes, table: pd.DataFrame, slopes: pd.DataFrame) -> None:
    small = table[table["scale"] <= 1e-2]
    predicted = slopes[slopes["data"] == "whitened"].groupby("rank")["predicted"].mean()
    _scale_axis(axes, small["scale"])
    ends = {}
    for (rank, line), hue, marker in zip(small.groupby("rank"), HUES, _MARKERS, strict=False):
        means = _summary(line, "scale", "escape")
        _draw_marks(axes, means, "scale", marker, hue, rank=rank, predicted_slope=predicted[rank])
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
    _scale_axis(axes, aligned["scale"])
    rate = exponents.loc[exponents["activation"] != "linear", "learning_rate"].iloc[0]
    samples = aligned.groupby(["activation", "data"])["samples"].agg("first")
    ends = {}
    for ((activation, data), name), hue, marker in zip(_NETWORKS.items(), HUES, _MARKERS, strict=False):
        own = aligned[(aligned["activation"] == activation) & (aligned["data"] == data)]
        own = own[(own["learning_rate"] == rate) & (own["samples"] == samples[activation, data])]
        means = _summary(own.assign(log=np.log10(own["misalignment"])), "scale", "log")
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
        axes.errorbar(means["scale"], means["value"], yerr=whiskers, elinewidth=0.8, **look)
        ends[name] = (means["scale"].iloc[0], means["value"].iloc[0])
        if activation == "linear":
            p = exponents[(exponents["activation"] == "linear") & (exponents["data"] == data)]
            p = p[p["learning_rate"] == rate]["predicted"].mean()
            anchor = np.log(means["value"]).mean() - p * np.log(means["scale"]).mean()
            axes.plot(means["scale"], np.exp(anchor) * means["scale"] ** p, color=INK, linewidth=0.8)
    axes.set_ylabel("misalignment")
    label_line_ends(axes, ends, "network")


def _draw_samples(axes: Axes, aligned: pd.DataFrame) -> None:
    relu = aligned[(aligned["activation"] == "ReLU") & (aligned["data"] == "correlated")]
    relu = relu[
        (relu["scale"] == relu["scale"].max()) & (relu["learning_rate"] == relu["learning_rate"].max())
    ]
    means = _summary(relu, "samples", "misalignment")
    _draw_marks(axes, means, "samples", "D", HUES[3])
    axes.set(xscale="log", yscale="log", xlabel="samples $n$", ylabel="misalignment")
    axes.set_xticks(means["samples"], [str(samples) for samples in means["samples"]])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(means["value"].min() / 2, 2 * means["value"].max())


def _draw_depth(axes: Axes, deep: pd.DataFrame) -> None:
    axes.set(
        xscale="log", yscale="log", xlabel=r"initial scale $\varepsilon$", ylabel="steps until the escape"
    )
    looks = zip(("together", "layer by layer"), HUES, "os", (6.5, 3.5), strict=False)
    for updates, hue, marker, size in looks:
        means = _summary(deep[deep["updates"] == updates], "scale", "escape")
        _draw_marks(axes, means, "scale", marker, hue, size=size, updates=updates)
        axes.plot(
            [], [], marker, color=hue, markerfacecolor="white", markersize=size, label=f"layers {updates}"
        )
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


def fast_algorithm(tables: Tables) -> Figure:
    """Return the loss by both algorithms, and their steps against ε and the tolerance."""
    steps, descents = tables["steps"], tables["descents"]
    tolerance = descents["tolerance"].max()
    text = (
        f"(a, b) Loss of one data set from ε = {_power(steps['scale'].min())}, whitened and correlated "
        "inputs: plateaus, "
        f"and none when a network is moved off every point with ‖∇L‖ < {tolerance:g}. (c) Steps until the "
        "loss is "
        f"1.01 times that of the teacher's rank, correlated inputs, means over {steps['set'].nunique()} data "
        "sets with 95 % "
        "intervals; without a mark, where some data set stopped short of that loss."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.4)
        *paths, counts = figure.subplots(1, 3)
        for mark, axes, data in zip("ab", paths, ("whitened", "correlated"), strict=True):
            _draw_descents(axes, descents[descents["data"] == data], data)
            letter(axes, mark, f"{data} inputs")
        paths[0].legend(loc="lower left", frameon=False, borderpad=0)
        _draw_counts(counts, steps[steps["data"] == "correlated"])
        letter(counts, "c", "steps to learn")
        return settle(figure)


def _draw_descents(axes: Axes, descents: pd.DataFrame, data: str) -> None:
    for (algorithm, line), hue, dashes in zip(
        descents.groupby("algorithm", sort=False), HUES, DASHES, strict=False
    ):
        keep_data(axes, line[["step", "loss"]], data=data, algorithm=algorithm)
        axes.plot(line["step"], line["loss"], color=hue, linestyle=dashes, label=algorithm)
    axes.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, None))


def _draw_counts(axes: Axes, steps: pd.DataFrame) -> None:
    _scale_axis(axes, steps["scale"])
    ends = {}
    groups = steps.groupby(["algorithm", "tolerance"], dropna=False, sort=False)
    for ((algorithm, tolerance), line), hue, marker in zip(groups, HUES, _MARKERS, strict=False):
        learned = line.groupby("scale").filter(lambda cell: cell["learned"].notna().all())
        if learned.empty:
            continue
        means = _summary(learned, "scale", "learned")
        _draw_marks(axes, means, "scale", marker, hue, size=3.5, algorithm=algorithm, tolerance=tolerance)
        axes.plot(means["scale"], means["value"], color=hue, linewidth=0.7)
        name = "descent" if algorithm == "gradient descent" else f"fast, {tolerance:g}"
        ends[name] = (means["scale"].iloc[0], means["value"].iloc[0])
    axes.set(ylabel="steps", ylim=(0, None))
    label_line_ends(axes, ends, "")


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "saddle_stages": stages,
    "saddle_laws": laws,
    "saddle_fast_algorithm": fast_algorithm,
}
"""Every figure by its file name."""
