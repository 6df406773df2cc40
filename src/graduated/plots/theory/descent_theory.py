"""Figure of ``descent_theory``: ways in a valley, contraction, momentum, and initial weights."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.contrast import darkened
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import FAINT, INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_MARKERS = "o^s"
_LEAST = 1e-4
"""Where the axis of coefficients ends."""

_SHOWN_RATE = 0.5
"""Of the contraction, in units of the largest stable learning rate."""


def descent_theory(tables: Tables) -> Figure:
    """Return the four panels."""
    activations, modes = tables["activations"], tables["coefficients"]
    networks = activations["network"].nunique()
    text = (
        "(a) Gradient descent on ½(0.1x² + y²), 15 steps. (b) Marks: coefficients of eigenvectors, the axes "
        "turned at random; lines: (1 − ηλ)^t; numbers: ηλ. (c) On a quadratic, in the long run; dotted: a "
        "learning rate of η/(1 − μ) without momentum. (d) Weights from N(0, ε²), "
        f"{activations['width'].max():,} units a layer; thick: geometric means of {networks} networks; grey: "
        "single networks; black: (Mε²/2)^layer."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.7)
        (valley, contraction), (momentum, depth) = figure.subplots(2, 2)
        _draw_valley(valley, tables["zigzag"])
        letter(valley, "a", "ways in a valley")
        _draw_contraction(contraction, modes)
        letter(contraction, "b", "contraction by eigenvector")
        _draw_momentum(momentum, tables["rates"])
        letter(momentum, "c", "momentum")
        _draw_depth(depth, activations)
        letter(depth, "d", "scale of initial weights")
        return settle(figure)


def _draw_valley(axes: Axes, ways: pd.DataFrame) -> None:
    flat, steep = np.meshgrid(np.linspace(-0.15, 1.1, 100), np.linspace(-0.42, 0.42, 100))
    axes.contour(flat, steep, 0.05 * flat**2 + 0.5 * steep**2, levels=7, colors=FAINT, linewidths=0.4)
    for (relative, way), hue, marker, dashes in zip(
        ways.groupby("relative_rate", sort=False), HUES, _MARKERS, DASHES, strict=False
    ):
        keep_data(axes, way)
        look = {"marker": marker, "markersize": 2.8, "markeredgewidth": 0, "linestyle": dashes}
        axes.plot(way["flat"], way["steep"], color=hue, linewidth=0.8, **look, label=f"{2 * relative:.2g}")
    axes.plot(0, 0, "+", color=INK, markersize=6)
    axes.set(xlabel="flat direction", ylabel="steep direction", xlim=(-0.15, 1.1), ylim=(-0.42, 0.55))
    look = {"loc": "upper left", "ncols": 3, "frameon": False, "borderpad": 0.1, "columnspacing": 1.2}
    axes.legend(title=r"$\eta\lambda$ of the steep direction", title_fontsize=7, fontsize=7, **look)


def _draw_contraction(axes: Axes, modes: pd.DataFrame) -> None:
    chosen = modes["momentum"].eq(0) & modes["relative_rate"].eq(_SHOWN_RATE) & modes["step"].gt(0)
    shown = modes[chosen & modes["condition"].eq(modes["condition"].max())]
    shown = shown[shown["coefficient"] > _LEAST]
    keep_data(axes, shown[["curvature", "step", "coefficient", "predicted"]])
    last = int(modes["step"].max())
    steps = np.geomspace(1, last, 200)
    axes.set(xscale="log", yscale="log", xlim=(0.9, last * 1.1), ylim=(_LEAST, 2))
    for _, own in list(shown.groupby("mode"))[::2]:
        curvature = own["curvature"].iloc[0]
        line = (1 - curvature) ** steps
        axes.plot(steps[line > _LEAST], line[line > _LEAST], color=HUES[0], linewidth=0.8)
        axes.plot(own["step"], own["coefficient"], "o", color=INK, markersize=2.8, markeredgewidth=0)
        end = steps[line > _LEAST][-1], line[line > _LEAST][-1]
        place = {"textcoords": "offset points", "ha": "right"}
        cut = end[0] < last
        place |= {"xytext": (-4, 2 if cut else -3), "va": "bottom" if cut else "top"}
        axes.annotate(f"{curvature:.2g}", end, **place)
    axes.set(xlabel="step $t$", ylabel="coefficient over that at the start")


def _draw_momentum(axes: Axes, rates: pd.DataFrame) -> None:
    keep_data(axes, rates)
    greatest = rates["curvature"].max()
    axes.set(xscale="log", xlim=(rates["curvature"].min(), greatest), ylim=(0, 1.3))
    axes.axhspan(1, 1.3, color=SHADE, linewidth=0, zorder=0)
    for (momentum, own), hue, dashes in zip(rates.groupby("momentum"), HUES, DASHES, strict=False):
        axes.plot(own["curvature"], own["rate"], color=hue, linestyle=dashes, label=rf"$\mu={momentum:g}$")
    effective = own[own["effective"].le(1) & (own["curvature"] < (1 - momentum))]
    axes.plot(effective["curvature"], effective["effective"], color=INK, linestyle=DASHES[3], linewidth=0.8)
    axes.axhline(momentum**0.5, color=MUTED, linewidth=0.5)
    place = {"xytext": (2, -2), "textcoords": "offset points", "va": "top", "color": darkened(MUTED)}
    axes.annotate(r"$\sqrt{\mu}$", (rates["curvature"].min(), momentum**0.5), **place)
    place = {"xycoords": "axes fraction", "va": "top", "color": darkened(MUTED, 6)}
    axes.annotate("diverges", (0.02, 0.98), **place)
    axes.set(xlabel=r"$\eta\lambda$", ylabel="factor of the distance per step")
    axes.legend(loc="lower left", frameon=False, borderpad=0.1)


def _draw_depth(axes: Axes, activations: pd.DataFrame) -> None:
    shown = activations[activations["width"] == activations["width"].max()]
    keep_data(axes, shown[["scale", "network", "layer", "mean_square"]])
    layers = shown["layer"].max()
    axes.set(yscale="log", xlim=(0, layers), xlabel="layer", ylabel=r"$E\,z^2$")
    ends = {}
    for (scale, own), hue, dashes in zip(shown.groupby("scale"), HUES, DASHES, strict=False):
        networks = own.pivot(index="layer", columns="network", values="mean_square")
        axes.plot(networks.index, networks, color=FAINT, linewidth=0.4)
        means = np.exp(np.log(networks).mean(axis=1))
        axes.plot(means.index, means, color=hue, linestyle=dashes, linewidth=1.6)
        axes.plot(means.index, (scale / 2) ** means.index.to_numpy(float), color=INK, linewidth=0.5)
        ends[rf"$\varepsilon^2={scale:g}/M$"] = (layers, means.iloc[-1])
    axes.set_ylim(axes.get_ylim())
    label_line_ends(axes, ends, "")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"descent_theory": descent_theory}
"""Every figure by its file name."""
