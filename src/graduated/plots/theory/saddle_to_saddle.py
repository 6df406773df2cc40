"""Figures of ``saddle_to_saddle``: plateaus, the laws of escape and alignment, the fast algorithm."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, style
from graduated.plots.theory.saddle_laws import MARKERS, draw_marks, laws, power, scale_axis, summary
from graduated.studies import Tables


def stages(tables: Tables) -> Figure:
    """Return the loss by steps, and the singular values of W₂W₁, of one data set."""
    paths = tables["paths"]
    middle = sorted(paths["scale"].unique())[paths["scale"].nunique() // 2]
    text = (
        "Gradient descent on a linear network of two layers, one data set with whitened inputs. (a) Loss "
        "from several initial scales ε; grey: losses $L_0$, $L_1$, … of reduced-rank regressions. (b) Norm "
        f"of the gradient and (c) singular values of W₂W₁ from ε = {power(middle)}."
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
            line["step"], line["loss"], color=hue, linestyle=dashes, label=rf"$\varepsilon$ = {power(scale)}"
        )
    axes.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, 1.08 * paths["step"].max()))
    axes.set_ylim(bottom=paths[optima[-1]].iloc[0] / 20)
    axes.legend(loc="lower left", frameon=False, borderpad=0, handlelength=2.4)


def _draw_path(axes: Axes, line: pd.DataFrame, columns: list[str]) -> None:
    keep_data(axes, line[["scale", "step", *columns]])
    for rank, (column, dashes) in enumerate(zip(columns, DASHES, strict=False), start=1):
        hue = HUES[rank - 1] if len(columns) > 1 else INK
        axes.plot(line["step"], line[column], color=hue, linestyle=dashes)
        if len(columns) > 1:
            middle = line[line[column] ** 2 >= line[column].min() * line[column].max()].iloc[0]
            place = {"xytext": (4, -4), "textcoords": "offset points", "va": "center"}
            axes.annotate(f"$s_{rank}$", middle[["step", column]], color=darkened(hue), **place)
    axes.set(yscale="log", xlabel="step", xlim=(0, None))


def fast_algorithm(tables: Tables) -> Figure:
    """Return the loss by both algorithms, and their steps against ε and the tolerance."""
    steps, descents = tables["steps"], tables["descents"]
    tolerance = descents["tolerance"].max()
    text = (
        f"(a, b) Loss of one data set from ε = {power(steps['scale'].min())}: plateaus, and short ones where "
        f"a network is moved off points with ‖∇L‖ < {tolerance:g}. (c) Steps until the loss is 1.01 times "
        "that of the teacher's rank, correlated inputs, for several such bounds; means over "
        f"{steps['set'].nunique()} data sets with 95 % intervals. No marks, where some data set stopped "
        "short of that loss."
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
    axes.set_ylim(bottom=descents["loss"].min() / 8)


def _draw_counts(axes: Axes, steps: pd.DataFrame) -> None:
    scale_axis(axes, steps["scale"])
    ends = {}
    groups = steps.groupby(["algorithm", "tolerance"], dropna=False, sort=False)
    for ((algorithm, tolerance), line), hue, marker in zip(groups, HUES, MARKERS, strict=False):
        learned = line.groupby("scale").filter(lambda cell: cell["learned"].notna().all())
        if learned["scale"].nunique() < 2:
            continue
        means = summary(learned, "scale", "learned")
        draw_marks(axes, means, "scale", marker, hue, size=3.5, algorithm=algorithm, tolerance=tolerance)
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
