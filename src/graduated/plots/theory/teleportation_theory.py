"""Figures of ``teleportation_theory``: descents on two functions, and theorems beside what comes out."""

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import FAINT, INK, MUTED, PAGE_WIDTH, style
from graduated.studies import Tables

_ARMS = ("no teleport", "random rotation", "ascent", "steepest point")
_LOOKS = {arm: (hue, dashes) for arm, hue, dashes in zip(_ARMS, (INK, *HUES), DASHES, strict=False)}
_RATE = 0.08
"""η on Booth's function that is drawn; the other one ends in one step."""

_FLOOR = 1e-16
"""Losses below are rounding, and not drawn."""


def functions(tables: Tables) -> Figure:
    """Return paths and losses on Booth's function, losses on Rosenbrock's, and the steepness afterwards."""
    rosenbrock = tables["rosenbrock"]
    rate = rosenbrock["learning_rate"].iloc[0]
    text = (
        f"(a, b) Booth’s function, η = {_RATE:g}, teleport to the steepest point before the fifth step. "
        "(a) Grey: level sets visited; dotted: the teleport. (b) Lines: closed form. (c) Rosenbrock’s "
        f"function, η = {rate:g}, a teleport before every 100th step: medians and quartiles of "
        f"{rosenbrock['runs'].iloc[0]} first angles; losses below 10⁻¹⁶ are left out. (d) ‖∇L‖ over its "
        "maximum on the level set, after one teleport to that maximum."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.9)
        (paths, booth), (losses, ratios) = figure.subplots(2, 2)
        shown = tables["booth"][tables["booth"]["learning_rate"] == _RATE]
        _draw_paths(paths, shown, tables["booth_level_sets"])
        letter(paths, "a", "Booth’s function")
        _draw_booth(booth, shown)
        letter(booth, "b", "Booth’s function")
        _draw_rosenbrock(losses, rosenbrock[rosenbrock["learning_rate"] == rate])
        letter(losses, "c", "Rosenbrock’s function")
        _draw_ratios(ratios, tables["after_one"])
        letter(ratios, "d", "after one teleport")
        return settle(figure)


def _draw_paths(axes: Axes, booth: pd.DataFrame, outlines: pd.DataFrame) -> None:
    for _, outline in outlines.groupby("level"):
        axes.plot(outline["x"], outline["y"], color=FAINT, linewidth=0.6)
    plain, moved = (booth[booth["arm"] == arm] for arm in ("no teleport", "steepest point"))
    teleport = int((moved["predicted"].to_numpy() != plain["predicted"].to_numpy()).argmax()) - 1
    for cell, after in ((plain, 0), (moved, teleport)):
        arm = cell["arm"].iloc[0]
        hue, _ = _LOOKS[arm]
        shown = cell.iloc[after:]
        keep_data(axes, shown[["arm", "step", "x", "y", "loss"]])
        axes.plot(shown["x"], shown["y"], color=hue, marker="os"[arm != "no teleport"], markersize=3)
    here, there = plain.iloc[teleport], moved.iloc[teleport]
    axes.plot([here["x"], there["x"]], [here["y"], there["y"]], color=HUES[2], linestyle=DASHES[3])
    axes.plot(1, 3, marker="*", color=HUES[1], markersize=8, linestyle="none")
    leader = {"arrowprops": {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkB": 5}}
    axes.annotate("minimum", (1, 3), (3.5, 9), color=darkened(HUES[1]), **leader)
    axes.annotate("start", tuple(plain[["x", "y"]].iloc[0]), (5, -2), textcoords="offset points")
    axes.set(xlabel="$x$", ylabel="$y$", aspect="equal")


def _draw_booth(axes: Axes, booth: pd.DataFrame) -> None:
    ends = {}
    for arm, line in booth.groupby("arm", sort=False):
        hue, dashes = _LOOKS[arm]
        keep_data(axes, line[["arm", "step", "loss", "predicted"]])
        axes.plot(line["step"], line["predicted"], color=hue, linestyle=dashes)
        marker = "os"[arm != "no teleport"]
        axes.plot(line["step"], line["loss"], color=hue, marker=marker, markersize=3, linestyle="none")
        ends[arm] = tuple(line[["step", "predicted"]].iloc[-1])
    axes.set(yscale="log", xlabel="step", ylabel="loss")
    label_line_ends(axes, ends, "")


def _draw_rosenbrock(axes: Axes, losses: pd.DataFrame) -> None:
    ends = {}
    for arm in _ARMS:
        hue, dashes = _LOOKS[arm]
        line = losses[(losses["arm"] == arm) & (losses["median"] > _FLOOR)]
        keep_data(axes, line[["arm", "step", "lower", "median", "upper", "runs"]])
        axes.fill_between(line["step"], line["lower"], line["upper"], color=hue, alpha=0.15, linewidth=0)
        axes.plot(line["step"], line["median"], color=hue, linestyle=dashes)
        ends[arm] = tuple(line[["step", "median"]].iloc[-1])
    axes.set(yscale="log", xlabel="step", ylabel="loss", xlim=(0, losses["step"].max()), ylim=(_FLOOR, 1e4))
    label_line_ends(axes, ends, "")


def _draw_ratios(axes: Axes, ratios: pd.DataFrame) -> None:
    ends = {}
    for (function, line), hue, dashes in zip(ratios.groupby("function"), HUES, DASHES, strict=False):
        keep_data(axes, line[["function", "step", "loss", "ratio"]])
        axes.plot(line["step"] + 1, line["ratio"], color=hue, linestyle=dashes)
        ends[function] = (line["step"].iloc[-1] + 1, line["ratio"].iloc[-1])
    axes.set(xscale="log", yscale="log", xlabel="steps since the teleport, plus 1", ylim=(0.005, 1.6))
    axes.set_ylabel(r"$\|\nabla L(w_t)\|\,/\,\max\|\nabla L\|$")
    label_line_ends(axes, ends, "")


def theorems(tables: Tables) -> Figure:
    """Return errors of single steps, both sides of Theorem 3.1, and contraction against the learning rate."""
    newton, bound = tables["newton"], tables["bound"]
    others = newton.loc[newton["point"] != "steepest point", "n"].iloc[0]
    text = (
        "(a) Distance to the minimum after one step γ = ‖g‖²/gᵀHg, from steepest points of level sets and "
        f"from {others} random ones (geometric means). (b) min E max ‖∇L‖² over the orbit, with noise; 95 % "
        f"intervals over {bound['replicas'].iloc[0]} runs within the marks. (c) Worst (Lₜ/L₀)^(1/t) over "
        "starts; marks: measured, lines: closed form; μ = 2, L = 18. Thin line: η = 2/(L + μ)."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.7)
        errors, sides, rates = figure.subplots(1, 3)
        _draw_newton(errors, newton)
        letter(errors, "a", "Newton’s direction")
        _draw_bound(sides, bound[bound["noise"] == "with noise"])
        letter(sides, "b", "Theorem 3.1")
        _draw_rates(rates, tables["contraction"])
        letter(rates, "c", "strong convexity")
        return settle(figure)


def _draw_newton(axes: Axes, newton: pd.DataFrame) -> None:
    groups = newton.groupby(["function", "point"], sort=False)
    looks = zip("osD^", (HUES[0], HUES[0], HUES[1], HUES[1]), strict=True)
    for ((function, point), line), (marker, hue) in zip(groups, looks, strict=True):
        keep_data(axes, line[["function", "point", "level", "before", "after", "n"]])
        face = hue if point == "steepest point" else "white"
        look = {"marker": marker, "color": hue, "markerfacecolor": face, "markersize": 3, "linewidth": 0.7}
        axes.plot(line["before"], line["after"], label=f"{function}, {point.split()[0]}", **look)
    axes.set(xscale="log", yscale="log", xlabel=r"$\|w-w^*\|$ before", ylabel="after")
    axes.legend(frameon=False, loc="upper left", borderpad=0, labelspacing=0.25, handlelength=1.6)
    low, high = newton["after"].min(), newton["after"].max()
    axes.set_ylim(low / 3, high * (high / low) ** 0.55)


def _draw_bound(axes: Axes, bound: pd.DataFrame) -> None:
    right = bound.drop_duplicates("horizon")
    keep_data(axes, right[["horizon", "right"]], side="bound")
    axes.plot(right["horizon"], right["right"], color=MUTED, linestyle=DASHES[1], label="bound, $T^{-1/2}$")
    for (arm, line), hue, marker in zip(bound.groupby("arm"), HUES, "os", strict=False):
        keep_data(axes, line[["arm", "horizon", "left", "low", "high", "own", "replicas"]])
        axes.plot(line["horizon"], line["left"], color=hue, marker=marker, markersize=3, label=arm)
        if arm == "no teleport":
            look = {"color": hue, "marker": marker, "markerfacecolor": "white", "linestyle": DASHES[3]}
            axes.plot(line["horizon"], line["own"], markersize=3, label=r"no teleport, at $w_t$", **look)
    axes.set(xscale="log", yscale="log", xlabel="$T$", ylabel=r"$\min_t E\,\|\nabla L\|^2$")
    axes.set_ylim(bound[["left", "own"]].min().min() / 60, 2)
    axes.legend(frameon=False, loc="lower left", borderpad=0, labelspacing=0.25, handlelength=2)


def _draw_rates(axes: Axes, contraction: pd.DataFrame) -> None:
    low, high = 2.0, 18.0
    booth = contraction[contraction["function"] == "Booth"]
    for (arm, line), hue, marker, dashes in zip(booth.groupby("arm"), HUES, "os", DASHES, strict=False):
        keep_data(axes, line[["function", "arm", "relative_rate", "contraction", "predicted"]])
        grid = pd.Series(range(41)) / 20
        slow, fast = (1 - grid * low / high) ** 2, (1 - grid) ** 2
        exact = fast if arm == "steepest point" else slow.where(slow > fast, fast)
        axes.plot(grid, exact, color=hue, linestyle=dashes, linewidth=0.8)
        look = {"color": hue, "marker": marker, "markersize": 3.5, "linestyle": "none"}
        axes.plot(line["relative_rate"], line["contraction"], label=f"Booth, {arm}", **look)
    rounds = contraction[contraction["function"].str.contains("curvature 2$")]
    keep_data(axes, rounds[["function", "arm", "relative_rate", "contraction", "predicted"]])
    look = {"color": INK, "marker": "x", "markersize": 4, "linestyle": "none"}
    axes.plot(rounds["relative_rate"], rounds["contraction"], label=r"round, $\mu$: both", **look)
    axes.axvline(2 * high / (low + high), color=MUTED, linewidth=0.6, zorder=0)
    axes.set(xlabel=r"$\eta L$", ylabel="contraction of the loss", ylim=(0, 1.6), xlim=(0, 2))
    axes.set_yticks([0, 0.5, 1])
    axes.legend(frameon=False, loc="upper left", borderpad=0, labelspacing=0.25, handlelength=1.6)


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "teleportation_functions": functions,
    "teleportation_theorems": theorems,
}
"""Every figure by its file name."""
