"""Tail indices of the noise against the batch size, and how its moments scale with it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from graduated.plots.data import keep_data
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, style
from graduated.plots.theory.along_training import columns, time_label
from graduated.studies import Tables

_MOST_COLUMNS = 4
_TAIL = 0.05
"""Share of the largest entries in the Hill estimates shown."""

_HIGHEST = 100
"""Tail index up to which the axes go at most; beyond it there is no tail to be seen."""


@dataclass(frozen=True)
class _Series:
    """One kind of estimate and its marks; a label that begins with an underscore is not in the key."""

    label: str
    mode: str
    sample: str
    colour: str
    marker: str
    law: str = "sgd"

    def chosen(self, tails: pd.DataFrame) -> pd.DataFrame:
        match = (tails["mode"] == self.mode) & (tails["sample"] == self.sample) & (tails["law"] == self.law)
        return tails[match]

    @property
    def marks(self) -> dict[str, object]:
        face = "white" if self.mode == "evaluation" else self.colour
        return {"color": self.colour, "marker": self.marker, "markerfacecolor": face, "markersize": 3.2}


_HILL = (
    _Series("projections", "training", "projections", HUES[0], "o"),
    _Series("norms", "training", "norms", HUES[1], "^"),
    _Series("_projections", "evaluation", "projections", HUES[0], "o"),
    _Series("_norms", "evaluation", "norms", HUES[1], "^"),
)
_SAME_SCALES = "gaussian of the same scales"
_BLOCK = (
    _Series("projections", "training", "projections", HUES[0], "o"),
    _Series("pooled raw coordinates", "training", "raw coordinates", HUES[2], "s"),
    _Series("normal noise of the same scales, pooled", "training", "raw coordinates", INK, "x", _SAME_SCALES),
)
_BANDS = {"gaussian": "normal", "student_t3": "Student $t_3$", "cauchy": "Cauchy"}


def tail_index(tables: Tables) -> Figure:
    """Return tail indices against b: Hill's above, the block estimator's below, a column per epoch."""
    epochs = columns(tables["tails"]["epoch"], _MOST_COLUMNS)
    seeds, batches = tables["tails"]["seed"].nunique(), tables["moments"]["batches"].max()
    text = (
        f"Tail index of the noise of mini-batch gradients. Above: Hill’s estimator, largest {_TAIL:.0%}; "
        "below: block estimator, of projections over mini-batches and of coordinates pooled as they are. "
        f"Marks: geometric means over {seeds} seeds with {batches} mini-batches each, hollow in evaluation "
        "mode; bars: 95 % intervals over mini-batches. Bands: independent draws of known laws, mean and 95 % "
        "of repetitions."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 4.4)
        grid = figure.subplots(2, len(epochs), sharex=True, sharey="row", squeeze=False)
        for estimator, series, row in zip(("hill", "block"), (_HILL, _BLOCK), grid, strict=True):
            tails, controls = (_of(tables[name], estimator) for name in ("tails", "controls"))
            for axes, epoch in zip(row, epochs, strict=True):
                _draw_bands(axes, controls, named=axes is row[-1])
                for place, each in enumerate(series):
                    cells = each.chosen(tails[tails["epoch"] == epoch])
                    if len(cells):  # few mini-batches have no tail of norms
                        _draw_indices(axes, cells, each, 1.12 ** (place - (len(series) - 1) / 2))
        for axes, epoch in zip(grid[0], epochs, strict=True):
            axes.set_title(time_label(epoch))
        _finish(grid, sorted(tables["tails"]["batch_size"].unique()))
        entries = {}
        for axes in grid[:, 0]:
            handles, labels = axes.get_legend_handles_labels()
            entries |= dict(zip(labels, handles, strict=True))
        figure.legend(entries.values(), entries.keys(), frameon=False, loc="outside upper center", ncols=4)
        return settle(figure)


def _of(table: pd.DataFrame, estimator: str) -> pd.DataFrame:
    chosen = table[table["estimator"] == estimator]
    return chosen[np.isclose(chosen["fraction"], _TAIL)] if estimator == "hill" else chosen


def _draw_bands(axes: Axes, controls: pd.DataFrame, named: bool) -> None:
    known = controls[controls["sample"] == "projections"].set_index("law").loc[list(_BANDS)]
    if named:
        keep_data(axes, known[["estimator", "value", "low", "high"]].reset_index())
    for law, name in _BANDS.items():
        axes.axhspan(known.loc[law, "low"], known.loc[law, "high"], color=MUTED, alpha=0.15, linewidth=0)
        axes.axhline(known.loc[law, "value"], color=MUTED, linewidth=0.5, linestyle=DASHES[3], zorder=0)
        if named:
            place = {"xycoords": ("axes fraction", "data"), "va": "center", "color": MUTED}
            axes.annotate(name, (1.03, known.loc[law, "value"]), annotation_clip=False, **place)


def _draw_indices(axes: Axes, cells: pd.DataFrame, series: _Series, shift: float) -> None:
    """Draw the geometric mean over seeds."""
    logs = cells.assign(value=np.log(cells["value"]), square=np.log(cells["high"] / cells["low"]) ** 2 / 4)
    groups = logs.groupby("batch_size")
    value, half = np.exp(groups["value"].mean()), np.sqrt(groups["square"].sum()) / groups.size()
    drawn = pd.DataFrame({"value": value, "low": value * np.exp(-half), "high": value * np.exp(half)})
    keys = cells.iloc[0][["epoch", "estimator", "mode", "sample", "law"]].to_dict()
    keep_data(axes, drawn.reset_index(), **keys)
    bars = np.array([value - value * np.exp(-half), value * np.exp(half) - value])
    options = {"label": series.label, "linestyle": "none", "elinewidth": 0.8, **series.marks}
    axes.errorbar(value.index * shift, value, bars, **options)


def _finish(grid: np.ndarray, sizes: list[int]) -> None:
    for row, name in zip(grid, ("Hill’s", "block"), strict=True):
        row[0].set_ylabel(f"tail index $\\alpha$ ({name})")
    for axes in grid.flat:
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size}" for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
    for axes in grid[0]:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(top=min(axes.get_ylim()[1], _HIGHEST))
    for axes in grid[-1]:
        axes.set_xlabel("batch size $b$")


def moment_scaling(tables: Tables) -> Figure:
    """Return the exponent of b in E‖ω‖^p against p, a panel per mode."""
    slopes = tables["moment_slopes"]
    epochs = columns(slopes["epoch"], _MOST_COLUMNS)
    seeds, sizes = (tables["moments"][name].nunique() for name in ("seed", "batch_size"))
    text = (
        f"Exponent of b in the moments of the noise’s norm, fitted over {sizes} batch sizes and {seeds} "
        "seeds; bars: 95 % intervals. Line: −p/2, noise in proportion to 1/√b."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.4)
        panels = figure.subplots(1, 2, sharex=True)
        for mark, axes, mode in zip("ab", panels, ("evaluation", "training"), strict=True):
            letter(axes, mark, f"{mode} mode")
            chosen = slopes[slopes["mode"] == mode]
            for place, epoch in enumerate(epochs):
                cells = chosen[chosen["epoch"] == epoch].sort_values("order")
                keep_data(axes, cells[["mode", "epoch", "order", "value", "low", "high", "expected"]])
                bars = [cells["value"] - cells["low"], cells["high"] - cells["value"]]
                options = {"color": HUES[place], "marker": "os^D"[place], "markersize": 3, "elinewidth": 0.8}
                options["linestyle"] = DASHES[place]
                order = cells["order"] + 0.04 * (place - (len(epochs) - 1) / 2)
                axes.errorbar(order, cells["value"], bars, label=time_label(epoch), **options)
            expected = chosen.groupby("order")["expected"].first()
            axes.plot(expected.index, expected, color=INK, linewidth=0.8, zorder=0)
            axes.xaxis.set_major_locator(FixedLocator(expected.index))
            axes.set_xlabel("order $p$")
        panels[0].set_ylabel(r"exponent of $b$ in $\mathrm{E}\,\|\omega\|^p$")
        panels[0].legend(frameon=False)
        return settle(figure)
