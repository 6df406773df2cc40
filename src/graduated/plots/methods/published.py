"""Our curves beside published ones of methods of the same names, and whether both rank the methods alike."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator
from scipy.stats import spearmanr

from graduated.methods import EPOCHS
from graduated.plots.data import keep_data
from graduated.plots.methods import key
from graduated.plots.methods.marks import draw_course, line_look
from graduated.plots.methods.table import Methods, prepare
from graduated.plots.page import letter, page, settle
from graduated.plots.scales import accuracy_axis, log_axis
from graduated.plots.style import MUTED, PAGE_WIDTH, style

_HEIGHT = 3.7
"""Of the panels, in inches."""

_DIGITS = 9
"""Decimals that ranks are by: means that differ by rounding alone are ties."""

_COLUMNS = ("method", "published_name", "dataset", "model", "epochs", "epoch", "test_accuracy", "train_loss")
_QUANTITIES = {"test_accuracy": "accuracy", "train_loss": "loss"}


def beside_published(history: pd.DataFrame, published: pd.DataFrame) -> Figure:
    """Draw our curves (left) beside published ones (middle) against the fraction of training, and both ranks.

    Ours are drawn at the fractions at which the published ones are known. Of the same dataset and model, the
    y axes side by side are the same. Methods are ranked by what they end with, ours by the mean over seeds.

    Args:
        history: From ``graduated.methods.tabulate_methods``.
        published: One row per method and epoch: method, published_name (what the authors call it), dataset,
            model, epochs (length of the training), epoch, test_accuracy in per cent, train_loss.

    Raises:
        ValueError: A table cannot be drawn, or no method is in both; the message says why.
    """
    methods, theirs = _in_both(prepare(history), published)
    with style():
        room = _HEIGHT + key.height(methods, PAGE_WIDTH)
        figure = page(_caption(methods, theirs), PAGE_WIDTH, room)
        grid = figure.subplots(2, 3)
        for (ours, other, ranks), quantity in zip(grid, _QUANTITIES, strict=True):
            _draw_courses(ours, other, methods, theirs, quantity)
            _draw_ranks(ranks, methods, theirs, quantity)
        letter(grid[0, 0], "a", f"ours: {_setting(methods.history)}")
        letter(grid[0, 1], "c", f"published: {_setting(theirs)}")
        letter(grid[1, 0], "b")
        letter(grid[1, 1], "d")
        key.draw_key(figure, methods)
        return settle(figure)


def _in_both(methods: Methods, published: pd.DataFrame) -> tuple[Methods, pd.DataFrame]:
    missing = [column for column in _COLUMNS if column not in published]
    if missing:
        found = ", ".join(map(str, published))
        raise ValueError(f"published: missing column(s) {', '.join(missing)}; found {found}")
    shared = {name: look for name, look in methods.looks.items() if name in set(published["method"])}
    if not shared:
        raise ValueError(
            f"published: no method of ours is in it; ours: {', '.join(methods.looks)}; "
            f"published: {', '.join(published['method'].unique())}"
        )
    history = methods.history[methods.history["method"].isin(list(shared))]
    theirs = published[published["method"].isin(list(shared))].sort_values("epoch")
    return replace(methods, history=history, looks=shared), theirs


def _setting(table: pd.DataFrame) -> str:
    return ", ".join(str(table[column].iloc[0]) for column in ("dataset", "model"))


def _draw_courses(ours: Axes, other: Axes, methods: Methods, theirs: pd.DataFrame, quantity: str) -> None:
    fractions = theirs["epoch"] / theirs["epochs"]
    epochs = np.unique(np.maximum(1, np.round(fractions * methods.epochs)))
    courses = {
        method: methods.course(method, quantity).loc[lambda rows: rows.index.isin(epochs)]
        for method in methods.looks
    }
    drawn = ["low", "high"] if methods.banded else ["mean"]
    values = [pd.concat([course[drawn].stack() for course in courses.values()]), theirs[quantity]]
    if _setting(theirs) == _setting(methods.history):
        values = [pd.concat(values)] * 2
    for axes, shown in zip((ours, other), values, strict=True):
        axes.set(xlabel="fraction of training", xlim=(fractions.min() - 0.03, 1.03))
        axes.xaxis.set_major_locator(FixedLocator(fractions.unique()))
        if quantity == "train_loss":
            log_axis(axes, "y", shown)
            axes.set_ylabel("training loss")
        else:
            accuracy_axis(axes, shown)
    for method, course in courses.items():
        draw_course(ours, methods, method, course.index / methods.epochs, course)
        keep_data(ours, methods.shown(course, quantity, "epoch"), kind="mean", method=method)
        rows = theirs[theirs["method"] == method]
        keep_data(other, rows[["epoch", quantity]], kind="published", method=method)
        look = line_look(methods, method, len(rows))
        other.plot(rows["epoch"] / rows["epochs"], rows[quantity], label=f"published {method}", **look)


def _draw_ranks(axes: Axes, methods: Methods, theirs: pd.DataFrame, quantity: str) -> None:
    """Draw our rank of each method against the published one, with a bar over the seeds' own ranks."""
    ascending = quantity == "train_loss"
    ends = pd.DataFrame(
        {
            "ours": {method: methods.outcome(method, quantity, EPOCHS)[0] for method in methods.looks},
            "published": theirs.groupby("method")[quantity].last(),
        }
    )
    ends = ends.dropna().round(_DIGITS)
    ranks = ends.rank(ascending=ascending)
    last = methods.finished[methods.finished["epoch"] == methods.epochs]
    seeds = last.pivot(index="seed", columns="method", values=quantity).reindex(columns=ends.index)
    bars = seeds.dropna().round(_DIGITS).rank(axis=1, ascending=ascending).agg(["min", "max"])
    limits = (0.4, len(methods.looks) + 0.6)
    name = _QUANTITIES[quantity]
    axes.set(xlim=limits, ylim=limits, xlabel=f"published rank ({name})", ylabel=f"our rank ({name})")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True))
    axes.axline((1, 1), slope=1, color=MUTED, linewidth=0.6, zorder=0)
    bounds = bars.T.rename(columns={"min": "low", "max": "high"})
    keep_data(axes, ranks.join(bounds).reset_index(names="method"), kind=f"rank of {name}")
    for method, rank in ranks.iterrows():
        look = methods.looks[method]
        axes.vlines(
            rank["published"], *bars[method], color=look.colour, linewidth=0.9, label=f"range {method}"
        )
        axes.plot(rank["published"], rank["ours"], label=f"rank {method}", **line_look(methods, method, 1))
    letter(axes, "f" if ascending else "e", _correlation(ends))


def _correlation(ends: pd.DataFrame) -> str:
    if (ends.nunique() < 2).any() or len(ends) < 3:
        return f"$n$ = {len(ends)}"
    value = spearmanr(ends["ours"], ends["published"]).statistic
    return f"$r_s = {value:.2f}$, $n$ = {len(ends)}"


def _caption(methods: Methods, theirs: pd.DataFrame) -> str:
    epochs = ", ".join(map(str, sorted(theirs["epoch"].unique())))
    sentences = [
        f"(a, b) Ours: {methods.caption} {methods.marks(bars=False)}",
        f"(c, d) Published: {_setting(theirs)}, {theirs['epochs'].iloc[0]} epochs, read off the authors’ "
        f"vector figure at epochs {epochs}; one run or a mean: not stated.",
        "(e, f) Ranks at the end, 1 is best, and Spearman’s rank correlation $r_s$"
        + ("." if methods.runs["seed"].nunique() < 2 else "; bars: min–max over the seeds’ own ranks."),
    ]
    names = theirs.drop_duplicates("method").set_index("method")["published_name"][list(methods.looks)]
    renamed = names[names != names.index]
    if len(renamed):
        sentences.append(
            f"Published as {', '.join(renamed)}, without a formula; it may not be that of "
            f"{', '.join(renamed.index)}."
        )
    if _setting(theirs) != _setting(methods.history):
        sentences.append("The vertical axes of ours and of the published curves differ.")
    return " ".join(sentences)
