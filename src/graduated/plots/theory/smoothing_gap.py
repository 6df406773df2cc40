"""Figure of ``smoothing_gap``: how much of Lemma 2.2's bound is used, and the norm of the noise."""

from collections.abc import Callable

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.contrast import lightest
from graduated.plots.data import keep_data
from graduated.plots.labels import label_line_ends
from graduated.plots.page import DASHES, HUES, letter, page, settle
from graduated.plots.style import INK, MUTED, PAGE_WIDTH, SHADE, style
from graduated.studies import Tables

_DROP_WAVE = ("gaussian", "rayleigh")
_COLUMNS = ["function", "law", "dimension", "smoothing", "ratio"]
_SHOWN = {"ball": "unit ball"}


def gap(tables: Tables) -> Figure:
    """Return the share of the bound that the gap takes, and E‖u‖ against the dimension."""
    text = (
        "(a) Greatest |f̂ − f| over E‖u‖δL, exact; sines: Σ sin(x)/√d, like the cone ‖x‖ with noise from "
        "N(0, I/d); Drop-Wave in one dimension. (b) Lines: E‖u‖, exact; marks: means of "
        f"{tables['norms']['samples'].iloc[0]} samples, 95 % intervals within the marks; grey: E‖u‖ ≤ 1."
    )
    with style():
        figure = page(text, PAGE_WIDTH, 2.6)
        left, right = figure.subplots(1, 2)
        _draw_ratio(left, tables["gaps"])
        letter(left, "a", "share of the bound")
        _draw_norms(right, tables["norms"])
        letter(right, "b", "norm of the noise")
        return settle(figure)


def _draw_ratio(axes: Axes, gaps: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", ylim=(2e-4, 2))
    axes.set(xlabel=r"degree of smoothing $\delta$", ylabel=r"$\max|\hat f_\delta-f|\,/\,E\|u\|\delta L$")
    ends = {}
    cone = gaps[gaps["function"] == "cone"].groupby("smoothing")["ratio"].max()
    keep_data(axes, cone.reset_index(), function="cone")
    axes.plot(cone.index, cone, color=INK, linewidth=1.4)
    ends["cone, any $d$"] = (cone.index[-1], cone.iloc[-1])
    sines = gaps[(gaps["function"] == "sines") & (gaps["law"] == "N(0, I/d)")]
    keep_data(axes, sines[_COLUMNS])
    shades = sns.blend_palette([lightest(HUES[0]), HUES[0]], sines["dimension"].nunique())
    for (dimension, line), shade in zip(sines.groupby("dimension"), shades, strict=True):
        axes.plot(line["smoothing"], line["ratio"], color=shade)
        ends[f"sines, $d={dimension}$"] = tuple(line[["smoothing", "ratio"]].iloc[-1])
    for law, hue, dashes in zip(_DROP_WAVE, HUES[1:], DASHES[1:], strict=False):
        line = gaps[(gaps["function"] == "drop_wave") & (gaps["law"] == law)]
        keep_data(axes, line[_COLUMNS])
        axes.plot(line["smoothing"], line["ratio"], color=hue, linestyle=dashes)
        ends[f"Drop-Wave, {law.capitalize()}"] = tuple(line[["smoothing", "ratio"]].iloc[-1])
    axes.set_xlim(gaps["smoothing"].min(), gaps["smoothing"].max())
    label_line_ends(axes, ends, "")


def _draw_norms(axes: Axes, norms: pd.DataFrame) -> None:
    axes.set(xscale="log", yscale="log", xlabel="dimension $d$", ylabel=r"$E\|u\|$")
    axes.axhspan(norms["mean_norm"].min() * 0.8, 1, color=SHADE, linewidth=0, zorder=0)
    ends = {}
    for (law, line), hue, marker in zip(norms.groupby("law", sort=False), HUES, "os^D", strict=False):
        axes.plot(line["dimension"], line["mean_norm"], color=hue)
        errors = 1.96 * line["standard_error"]
        low, high = (line["sampled_mean_norm"] + sign * errors for sign in (-1, 1))
        shown = line[["law", "dimension", "mean_norm", "sampled_mean_norm"]]
        keep_data(axes, shown.assign(low=low, high=high))
        look = {"fmt": marker, "color": hue, "markersize": 3.5, "markeredgewidth": 0, "elinewidth": 0.8}
        axes.errorbar(line["dimension"], line["sampled_mean_norm"], errors, **look)
        ends[_SHOWN.get(law, law)] = tuple(line[["dimension", "mean_norm"]].iloc[-1])
    axes.set_ylim(norms["mean_norm"].min() * 0.8, norms["mean_norm"].max() * 1.3)
    axes.axhline(1, color=MUTED, linewidth=0.6, linestyle=DASHES[1], zorder=1)
    label_line_ends(axes, ends, "")


FIGURES: dict[str, Callable[[Tables], Figure]] = {"smoothing_gap": gap}
"""Every figure by its file name."""
