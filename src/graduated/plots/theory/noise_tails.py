"""Figures of ``noise_tails``: histograms, quantiles, tail indices and moments of the noise along training."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy import stats

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, page, settle
from graduated.plots.style import MUTED, PAGE_WIDTH, style
from graduated.plots.theory.along_training import columns, time_label
from graduated.plots.theory.tail_index import moment_scaling, tail_index
from graduated.studies import Tables

_VIEWS = {
    "raw coordinates": {"color": HUES[1], "linestyle": DASHES[1]},
    "standardised coordinates": {"color": HUES[0], "linestyle": DASHES[0]},
    "projections": {"color": HUES[2], "linestyle": DASHES[3]},
}
"""Lines of the views of the noise."""

_MOST_COLUMNS = 4


def noise_histograms(tables: Tables) -> Figure:
    """Return histograms of the noise's coordinates, a row per batch size and a column per epoch."""
    table = tables["histograms"]
    chosen = table[(table["mode"] == "training") & (table["sample"] != "projections")]
    text = (
        "Coordinates of the noise of mini-batch gradients, batch normalisation in training mode; raw: in "
        "units of their common standard deviation; standardised: each by its own. Means over "
        f"{_counts(tables)}."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.6)
        for axes, cells in _panels(figure, chosen, "coordinate / std. deviation", "density"):
            for name, group in cells.groupby("sample"):
                density = group.groupby("centre")["density"].mean()
                keep_data(axes, density.reset_index(), **_keys(group))
                axes.step(density.index, density.where(density > 0), where="mid", label=name, **_VIEWS[name])
            centres = np.linspace(-4.6, 4.6, 200)
            normal = stats.norm.pdf(centres)
            axes.plot(centres, normal, color=MUTED, linestyle=DASHES[3], linewidth=0.8, label="normal law")
            axes.set(yscale="log", ylim=(1e-5, 10))
            axes.yaxis.set_minor_locator(NullLocator())
        return settle(figure)


def noise_quantiles(tables: Tables) -> Figure:
    """Return normal quantile plots of the noise, a row per batch size and a column per epoch."""
    table = tables["quantiles"]
    text = (
        "Quantiles of the noise of mini-batch gradients against those of the normal law (grey line), batch "
        "normalisation in training mode. Projections: on random unit vectors, each standardised. Means over "
        f"{_counts(tables)}."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.6)
        chosen = table[table["mode"] == "training"]
        for axes, cells in _panels(figure, chosen, "normal quantile", "quantile of the noise"):
            ends = cells["normal"].min(), cells["normal"].max()
            axes.plot(ends, ends, color=MUTED, linewidth=0.8)
            for name, group in cells.groupby("sample"):
                observed = group.groupby("normal")["observed"].mean()
                keep_data(axes, observed.reset_index(), **_keys(group))
                axes.plot(observed.index, observed, label=name, **_VIEWS[name])
        return settle(figure)


def _keys(group: pd.DataFrame) -> dict[str, object]:
    """Return the batch size, epoch and sample that all rows of a group share."""
    return group.iloc[0][["batch_size", "epoch", "sample"]].to_dict()


def _counts(tables: Tables) -> str:
    moments = tables["moments"]
    return f"{moments['seed'].nunique()} seeds with {moments['batches'].max()} mini-batches each"


def _panels(figure: Figure, table: pd.DataFrame, x: str, y: str) -> Iterator[tuple[Axes, pd.DataFrame]]:
    """Yield a panel per batch size (row) and epoch (column), labelled, and its rows of the table."""
    epochs, sizes = columns(table["epoch"], _MOST_COLUMNS), sorted(table["batch_size"].unique())
    grid = figure.subplots(len(sizes), len(epochs), sharex=True, sharey=True, squeeze=False)
    for row, size in zip(grid, sizes, strict=True):
        for axes, epoch in zip(row, epochs, strict=True):
            yield axes, table[(table["batch_size"] == size) & (table["epoch"] == epoch)]
        row[0].set_ylabel(f"$b$ = {size}\n{y}")
    for top, bottom, epoch in zip(grid[0], grid[-1], epochs, strict=True):
        top.set_title(time_label(epoch))
        bottom.set_xlabel(x)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside upper center", ncols=len(labels))


FIGURES: dict[str, Callable[[Tables], Figure]] = {
    "noise_histograms": noise_histograms,
    "noise_quantiles": noise_quantiles,
    "tail_index": tail_index,
    "moment_scaling": moment_scaling,
}
"""Every figure by its file name."""
