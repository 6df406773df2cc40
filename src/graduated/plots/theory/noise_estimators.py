"""Figure of ``noise_estimators``: C² and the gradient-noise scale along training, by estimator."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import PAGE_WIDTH, style
from graduated.plots.theory.along_training import place
from graduated.studies import Tables

_HEIGHT = 2.5
_OFFSET = 0.06

_SERIES: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("per sample", "evaluation"): (
        "per sample, evaluation mode",
        {
            "color": HUES[0],
            "marker": "o",
            "markerfacecolor": "none",
            "markersize": 5.5,
            "linestyle": DASHES[0],
        },
    ),
    ("two batch sizes", "evaluation"): (
        "two batch sizes, evaluation mode",
        {"color": HUES[1], "marker": "s", "markersize": 2.5, "linestyle": DASHES[1]},
    ),
    ("two batch sizes", "training"): (
        "two batch sizes, training mode",
        {"color": HUES[2], "marker": "^", "markersize": 3.5, "linestyle": DASHES[2]},
    ),
}
"""Label and look of an estimator and mode."""


def noise_estimators(tables: Tables) -> Figure:
    """Return the figure: left C², right the noise scale C²/‖∇f‖², both against the epoch."""
    table = tables["estimates"]
    text = (
        "C²: variance of one sample's gradient. Marks: geometric means over "
        f"{table['seed'].nunique()} seeds; bars: min–max. Two batch sizes: {_pairs(table)} pairs of "
        "mini-batches each. No mark where an estimate is not positive and finite in every seed."
    )
    with style():
        figure = page(text, PAGE_WIDTH, _HEIGHT)
        left, right = figure.subplots(1, 2, sharex=True)
        letter(left, "a", "variance")
        letter(right, "b", "gradient-noise scale")
        for number, (series, (label, look)) in enumerate(_SERIES.items()):
            cells = table[(table["estimator"] == series[0]) & (table["mode"] == series[1])]
            if len(cells):
                offset = _OFFSET * (number - 1)
                _draw(left, cells, "gradient_variance", offset, label=label, **look)
                _draw(right, cells, "noise_scale", offset, **look)
        left.set_ylabel("$C^2$")
        right.set_ylabel(r"$C^2/\|\nabla f\|^2$ (samples)")
        epochs = np.sort(table["epoch"].unique())
        for axes in (left, right):
            axes.set(xlabel="epoch", yscale="log")
            axes.set_xticks(place(epochs), [f"{epoch}" for epoch in epochs])
        left.legend(frameon=False, loc="best")
        return settle(figure)


def _pairs(table: pd.DataFrame) -> int:
    return int(table.loc[table["estimator"] == "two batch sizes", "averaged"].max())


def _draw(axes: Axes, cells: pd.DataFrame, column: str, offset: float, **look: Any) -> None:
    values = cells.pivot(index="epoch", columns="seed", values=column)
    values = np.log(values.where(values > 0).dropna())
    if values.empty:
        return
    mean = np.exp(values.mean(axis=1))
    low, high = np.exp(values.min(axis=1)), np.exp(values.max(axis=1))
    drawn = pd.DataFrame({column: mean, "low": low, "high": high}).reset_index()
    keep_data(axes, drawn, estimator=cells["estimator"].iloc[0], mode=cells["mode"].iloc[0])
    bars = np.array([mean - low, high - mean])
    axes.errorbar(place(mean.index) + offset, mean, bars, elinewidth=0.8, **look)


FIGURES: dict[str, Callable[[Tables], Figure]] = {"noise_estimators": noise_estimators}
"""Every figure by its file name."""
