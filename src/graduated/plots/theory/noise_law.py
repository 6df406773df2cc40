"""Figure of ``noise_law``: the mean square of the noise against the batch size along training."""

from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, style
from graduated.plots.theory.along_training import columns, time_label
from graduated.studies import Tables

_HEIGHT = 4.0
_KEYS = ["epoch", "mode", "replacement", "batch_size"]
_MOST_COLUMNS = 3


def _marks(colour: str, marker: str, size: float, face: str | None = None) -> dict[str, Any]:
    return {"color": colour, "marker": marker, "markersize": size, "markerfacecolor": face or colour}


_SERIES = {
    ("evaluation", True): ("with replacement", DASHES[0], _marks(HUES[0], "o", 4.5, "none")),
    ("evaluation", False): ("without replacement", DASHES[1], _marks(HUES[1], "s", 2.5)),
    ("training", False): ("training mode, without replacement", "none", _marks(HUES[2], "^", 3.5)),
}
"""Label, line of the prediction, and marks of a mode and sampling."""


def noise_law(tables: Tables) -> Figure:
    """Return the figure: above E‖ω‖²/C² against b, below measured over predicted in evaluation mode."""
    points = _over_seeds(tables["mean_squares"])
    epochs = columns(points["epoch"], _MOST_COLUMNS)
    seeds = tables["mean_squares"]["seed"].nunique()
    samples = tables["mean_squares"]["samples"].max()
    text = (
        f"ω: noise of the gradient of mini-batches of b of N = {samples} images; C²: variance of the "
        f"per-sample gradients (evaluation mode). Marks: means over {seeds} seeds; bars: 95 % intervals over "
        "mini-batches. Training mode: geometric means and min–max over seeds. Lines: predicted."
    )
    with style():
        figure = page(text, PAGE_WIDTH, _HEIGHT)
        above, below = figure.subplots(
            2, len(epochs), sharex=True, sharey="row", squeeze=False, height_ratios=(1.6, 1)
        )
        marks = iter(ascii_lowercase)
        for axes, epoch in zip(above, epochs, strict=True):
            letter(axes, next(marks), time_label(epoch))
        for axes in below:
            letter(axes, next(marks))
        for epoch, law, ratio in zip(epochs, above, below, strict=True):
            cells = points[points["epoch"] == epoch]
            _draw_law(law, cells)
            _draw_ratio(ratio, cells)
        above[0].set_ylabel(r"$\mathrm{E}\,\|\omega\|^2 / C^2$")
        below[0].set_ylabel("measured / predicted\n(evaluation mode)")
        above[0].legend(frameon=False, loc="upper right")
        return settle(figure)


def _over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per epoch, mode, sampling and b: measured / predicted over the seeds, and its spread."""
    ratio = table["mean_square"] / table["predicted"]
    half = (table["high"] - table["low"]) / 2 / table["predicted"]
    groups = table.assign(ratio=ratio, squared_half=half**2).groupby(_KEYS, as_index=False)
    points = groups.agg(
        ratio=("ratio", "mean"),
        geometric=("ratio", lambda values: np.exp(np.log(values).mean())),
        least=("ratio", "min"),
        most=("ratio", "max"),
        half=("squared_half", lambda values: np.sqrt(values.sum()) / len(values)),
        factor=("population_factor", "first"),
    )
    return points.assign(law=points["factor"] / points["batch_size"])


def _draw_law(axes: Axes, cells: pd.DataFrame) -> None:
    for (mode, replacement), (label, line, marks) in _SERIES.items():
        chosen = cells[(cells["mode"] == mode) & (cells["replacement"] == replacement)]
        b, law = chosen["batch_size"], chosen["law"]
        if mode == "training":
            value, low, high = (law * chosen[name] for name in ("geometric", "least", "most"))
        else:
            value, low, high = (law * (chosen["ratio"] + sign * chosen["half"]) for sign in (0, -1, 1))
            axes.plot(b, law, color=marks["color"], linestyle=line, zorder=1)
        drawn = chosen[_KEYS].assign(measured=value, low=low, high=high, predicted=law)
        keep_data(axes, drawn)
        bars = np.array([value - low, high - value])
        axes.errorbar(b, value, bars, label=label, linestyle="none", elinewidth=0.8, **marks)
    axes.set(xscale="log", yscale="log")
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=6))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_ratio(axes: Axes, cells: pd.DataFrame) -> None:
    axes.axhline(1, color=MUTED, linewidth=0.6, zorder=0)
    for (mode, replacement), (*_, marks) in _SERIES.items():
        if mode == "training":
            continue
        chosen = cells[(cells["mode"] == mode) & (cells["replacement"] == replacement)]
        low, high = (chosen["ratio"] + sign * chosen["half"] for sign in (-1, 1))
        keep_data(axes, chosen[[*_KEYS, "ratio"]].assign(low=low, high=high))
        b = chosen["batch_size"] * (1.06 if replacement else 0.94)
        axes.errorbar(b, chosen["ratio"], chosen["half"], linestyle="none", elinewidth=0.8, **marks)
    axes.set_xlabel("batch size $b$")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"noise_law": noise_law}
"""Every figure by its file name."""
