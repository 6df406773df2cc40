"""Figure of ``descent_identity``: both sides of the identity, their differences, and Lemma 2.1."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import FAINT, INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_MARKERS = "os^Dv"
_FUNCTIONS = {"rastrigin": "Rastrigin", "quadratic": "quadratic"}


def descent_identity(tables: Tables) -> Figure:
    """Return the figure: sides against each other, quantiles of their differences, variance against b."""
    comparisons, enumeration = tables["comparisons"], tables["enumeration"]
    text = (
        f"(a) {(comparisons['function'] == 'rastrigin').sum()} comparisons over points, η, δ and laws of the "
        "noise; grey: against a step on f itself; dashed: equality. (b) Sorted differences of "
        f"{len(comparisons)} comparisons; shaded: 95 % of each lie there if the identity holds. (c) All "
        f"mini-batches of a finite sum, at {enumeration['point'].nunique()} points, which coincide; "
        "lines: 1 and (n − b)/(n − 1)."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.35)
        sides, quantiles, variance = figure.subplots(1, 3)
        _draw_sides(sides, comparisons)
        _draw_quantiles(quantiles, comparisons)
        _draw_variance(variance, enumeration)
        letter(sides, "a", "both sides, Rastrigin")
        letter(quantiles, "b", "left less right side")
        letter(variance, "c", "noise of a mini-batch")
        return settle(figure)


def _draw_sides(axes: Axes, comparisons: pd.DataFrame) -> None:
    shown = comparisons[comparisons["function"] == "rastrigin"]
    keep_data(axes, shown[["law", "right", "left", "unsmoothed"]])
    for (law, cell), marker, hue in zip(shown.groupby("law", sort=False), _MARKERS, HUES, strict=False):
        look = {"linewidths": 0.4, "facecolors": "none", "edgecolors": hue, "marker": marker, "s": 7}
        axes.scatter(cell["right"], cell["left"], **look, label=law.capitalize(), rasterized=True)
    axes.scatter(shown["unsmoothed"], shown["left"], s=3, color=FAINT, linewidths=0, zorder=0)
    axes.annotate("step on $f$", (0.97, 0.2), xycoords="axes fraction", ha="right", color=MUTED)
    axes.axline((0, 0), slope=1, color=INK, linewidth=0.6, linestyle=DASHES[1], zorder=3)
    axes.set_xlabel(r"step on $\hat f_\delta$: $-\eta\nabla\hat f_\delta(y)$, closed form")
    axes.set_ylabel(r"mean step of SGD, $y' - y$")
    axes.legend(loc="upper left", frameon=False, handletextpad=0.1, borderpad=0, markerscale=1.3)


def _draw_quantiles(axes: Axes, comparisons: pd.DataFrame) -> None:
    smallest = comparisons.groupby("function").size().min()
    expected, low, high = _normal_quantiles(smallest)
    axes.fill_between(expected, low, high, color=SHADE, linewidth=0)
    looks = zip(_FUNCTIONS.items(), "os", HUES, strict=False)
    for (function, name), marker, hue in looks:
        sorted_scores = np.sort(comparisons.loc[comparisons["function"] == function, "z"])
        places, _, _ = _normal_quantiles(len(sorted_scores))
        scores = pd.DataFrame({"normal_quantile": places, "standard_errors": sorted_scores})
        keep_data(axes, scores, function=function)
        look = {"linestyle": "none", "markersize": 2.2, "markeredgewidth": 0.5, "markerfacecolor": "none"}
        axes.plot(places, sorted_scores, marker=marker, color=hue, **look, label=name, rasterized=True)
    axes.axline((0, 0), slope=1, color=INK, linewidth=0.6, linestyle=DASHES[1], zorder=3)
    axes.set_xlabel("quantile of the standard normal law")
    axes.set_ylabel("difference, in standard errors")
    axes.legend(loc="upper left", frameon=False, handletextpad=0.1, borderpad=0, markerscale=2)


def _normal_quantiles(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the medians of sorted standard normal numbers, and the ends of their 95 % intervals."""
    rank = np.arange(1, number + 1)
    return tuple(
        stats.norm.ppf(stats.beta.ppf(share, rank, number + 1 - rank)) for share in (0.5, 0.025, 0.975)
    )


def _draw_variance(axes: Axes, enumeration: pd.DataFrame) -> None:
    ratio = enumeration["noise_variance"] * enumeration["batch_size"] / enumeration["gradient_variance"]
    table = enumeration.assign(ratio=ratio)
    samples = int(table.loc[~table["replacement"], "batch_size"].max())
    sizes = np.arange(1, samples + 1)
    lines = {True: np.ones(samples), False: (samples - sizes) / (samples - 1)}
    names = {True: "with replacement", False: "without"}
    for (replacement, line), marker, hue, dashes in zip(lines.items(), "os", HUES, DASHES, strict=False):
        axes.plot(sizes, line, color=hue, linestyle=dashes, linewidth=0.8)
        cell = table[table["replacement"] == replacement]
        keep_data(axes, cell[["replacement", "point", "batch_size", "ratio"]])
        look = {"facecolors": "none", "edgecolors": hue, "linewidths": 0.7, "marker": marker, "s": 14}
        axes.scatter(cell["batch_size"], cell["ratio"], **look, zorder=3)
        place = {"xytext": (3, 5), "textcoords": "offset points", "color": darkened(hue)}
        axes.annotate(names[replacement], (sizes[1], line[1]), **place)
    axes.set(xlabel="batch size $b$", ylim=(-0.05, 1.2), xticks=sizes)
    axes.set_ylabel(r"$\mathrm{E}\,\|\nabla f_S - \nabla f\|^2 \cdot b\,/\,C^2$")
    axes.axhline(0, color=MUTED, linewidth=0.4, zorder=1)


FIGURES: dict[str, Callable[[Tables], Figure]] = {"descent_identity": descent_identity}
"""Every figure by its file name."""
