"""Figure of ``hessian_spectrum``: densities of the eigenvalues along training, and λη/2 beside the edge."""

from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, style
from graduated.plots.theory.along_training import columns, place, time_label
from graduated.studies import Tables

_HEIGHT = 5.2
_MOST_COLUMNS = 4
_OFFSET = 0.05

_SMALLEST_SHARE = 1e-3
"""Where the axis of a density ends, as a share of what a single eigenvalue contributes."""

_MODES: dict[str, dict[str, Any]] = {
    "evaluation": {"color": HUES[0], "linestyle": DASHES[0], "marker": "o"},
    "training": {"color": HUES[1], "linestyle": DASHES[1], "marker": "^"},
}
"""Look of a mode of batch normalisation."""


def hessian_spectrum(tables: Tables) -> Figure:
    """Return the figure: densities by epoch and mode; below λη/2, and the share of negative curvature."""
    spectra, extremes = tables["spectra"], tables["extremes"]
    epochs = columns(extremes["epoch"], _MOST_COLUMNS)
    modes = [mode for mode in _MODES if mode in set(extremes["mode"])]
    *marks, left, right = ascii_lowercase[: len(modes) * len(epochs) + 2]
    eigenvalues, seeds = extremes["eigenvalues"].max(), extremes["seed"].nunique()
    statistics = ", batch norm in evaluation and in training mode" if len(modes) > 1 else ""
    span = "–".join(dict.fromkeys((marks[0], marks[-1])))
    text = (
        f"Hessian of the training loss ({eigenvalues:,} eigenvalues λ){statistics}. ({span}) Density by "
        f"Lanczos quadrature, a line for each of {seeds} seeds, down to {_SMALLEST_SHARE:g} of a single "
        f"eigenvalue's. ({left}, {right}) Means and min–max over seeds. ({left}) Of the largest λ; above 1, "
        f"gradient descent on the quadratic approximation diverges. ({right}) In the sum of |λ|."
    )
    with style():
        figure = page(text, PAGE_WIDTH, _HEIGHT * (1 + len(modes)) / 3)
        above, below = figure.subfigures(2, 1, height_ratios=(len(modes), 1))
        panels = above.subplots(len(modes), len(epochs), squeeze=False)
        for row, mode in zip(panels, modes, strict=True):
            row[0].set_ylabel(f"density,\n{mode} mode")
            for axes, epoch in zip(row, epochs, strict=True):
                chosen = (spectra["epoch"] == epoch) & (spectra["mode"] == mode)
                _draw_densities(axes, spectra[chosen], _SMALLEST_SHARE / eigenvalues, _MODES[mode]["color"])
        titles = [time_label(epoch) for epoch in epochs] + [""] * (len(marks) - len(epochs))
        for axes, mark, title in zip(panels.flat, marks, titles, strict=True):
            letter(axes, mark, title)
        for axes in panels[-1]:
            axes.set_xlabel(r"eigenvalue $\lambda$")
        ratio, negative = below.subplots(1, 2)
        letter(ratio, left, "edge of stability")
        ratio.axhline(1, color=MUTED, linewidth=0.8, linestyle=":", zorder=0)
        _draw_course(ratio, extremes, "stability_ratio")
        ratio.set(yscale="log", ylabel=r"$\lambda_{\max}\,\eta/2$")
        letter(negative, right, "negative curvature")
        _draw_course(negative, extremes, "negative_share")
        negative.set(ylabel="share of negative $\\lambda$", ylim=(0, None))
        negative.legend(frameon=False, loc="upper right")
        return settle(figure)


def _draw_densities(axes: Axes, curves: pd.DataFrame, floor: float, colour: str) -> None:
    """Draw the density of every seed, on a logarithmic axis that ends at a share of the peak."""
    for _seed, curve in curves.groupby("seed"):
        axes.plot(curve["eigenvalue"], curve["density"], linewidth=0.6, color=colour)
    keep_data(axes, curves)
    axes.set_yscale("log")
    if len(curves):
        axes.set_ylim(floor * curves["density"].max(), 2 * curves["density"].max())


def _draw_course(axes: Axes, extremes: pd.DataFrame, column: str) -> None:
    """Draw mean, least and most over the seeds against the epoch, by mode."""
    for number, (mode, look) in enumerate(_MODES.items()):
        cells = extremes[extremes["mode"] == mode].dropna(subset=column)
        if cells.empty:
            continue
        spread = cells.groupby("epoch")[column].agg(["mean", "min", "max"])
        keep_data(axes, spread.reset_index(), mode=mode, quantity=column)
        bars = np.array([spread["mean"] - spread["min"], spread["max"] - spread["mean"]])
        x = place(spread.index) + _OFFSET * (2 * number - 1)
        axes.errorbar(x, spread["mean"], bars, label=f"{mode} mode", markersize=4, elinewidth=0.8, **look)
    epochs = sorted(extremes["epoch"].unique())
    axes.set_xticks(place(epochs), [f"{epoch}" for epoch in epochs])
    axes.set_xlabel("epoch")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"hessian_spectrum": hessian_spectrum}
"""Every figure by its file name."""
