"""What methods set along training: the degree of smoothing, learning rate, batch size and momentum."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from graduated.plots.data import keep_data
from graduated.plots.methods import key
from graduated.plots.methods.marks import line_look
from graduated.plots.methods.table import Methods, prepare
from graduated.plots.page import letter, page, settle
from graduated.plots.scales import SMOOTHING, log_axis, tick_values
from graduated.plots.style import PAGE_WIDTH, style

_NAMES = {
    "learning_rate": r"learning rate $\eta$",
    "batch_size": "batch size $b$",
    "momentum": r"momentum $\beta$",
}
_TALL, _SHORT = 2.3, 1.0
"""Heights of the panel of δ and of the others, in inches."""

_LEAST = 5
"""What the axis of δ spans at least, for two labels on it."""

_DECADES = 5
"""How far below the greatest δ its axis reaches."""

_KINDS = {
    "smoothing": ("-", "solid: by the formula of the optimizer"),
    "effective_smoothing": ((0, (4, 2)), "dashed: by the effective learning rate"),
    "perturbation": ((0, (1, 1.2)), r"dotted: $\delta_m$ of the explicit perturbation"),
}
"""Dashes of each degree of smoothing, and what the panel's head says of them."""


def smoothing_along_training(history: pd.DataFrame) -> Figure:
    """Draw δ of every method against epochs, and below it what makes it: learning rate, batch size, momentum.

    Args:
        history: From ``graduated.methods.tabulate_methods``.

    Raises:
        ValueError: The table cannot be drawn; the message says why.
    """
    methods = prepare(history)
    varied = [name for name in _NAMES if methods.history[name].nunique() > 1]
    heights = [_TALL] + [_SHORT] * len(varied)
    with style():
        room = sum(heights) + key.height(methods, PAGE_WIDTH)
        figure = page(_caption(methods, varied), PAGE_WIDTH, room)
        panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        panels[0].set_xlim(0, methods.epochs)
        panels[0].xaxis.set_major_locator(MaxNLocator(6, integer=True))
        _draw_smoothing(panels[0], methods)
        for axes, name in zip(panels[1:], varied, strict=True):
            _limit(axes, name, methods.history[name])
            axes.set_ylabel(_NAMES[name])
            _draw(axes, methods, name, methods.looks)
        panels[-1].set_xlabel("epoch")
        for mark, axes in zip("bcd", panels[1:], strict=False):
            letter(axes, mark)
        figure.align_ylabels(panels)
        key.draw_key(figure, methods)
        return settle(figure)


def _draw_smoothing(axes: Axes, methods: Methods) -> None:
    drawn = {kind: methods_of for kind in _KINDS if (methods_of := _methods_of(methods, kind))}
    shown = pd.concat([methods.history["smoothing"], *(methods.history[kind] for kind in drawn)])
    log_axis(axes, "y", [shown.max() / _LEAST, *shown[shown >= shown.max() / 10**_DECADES]])
    axes.set_ylabel(SMOOTHING)
    for kind, names in drawn.items():
        _draw(axes, methods, kind, names, **({"linestyle": _KINDS[kind][0]} if len(drawn) > 1 else {}))
    letter(axes, "a", "; ".join(_KINDS[kind][1] for kind in drawn) if len(drawn) > 1 else "")


def _methods_of(methods: Methods, kind: str) -> list[str]:
    """Return the methods of which a kind of δ is drawn: where it is not 0, nor the optimizer's again."""
    rows = methods.history
    drawn = rows[kind] > 0
    if kind == "effective_smoothing":
        drawn &= ~np.isclose(rows["effective_smoothing"], rows["smoothing"])
    chosen = rows.loc[drawn, "method"].unique()
    return [method for method in methods.looks if method in chosen]


def _draw(axes: Axes, methods: Methods, column: str, names: Iterable[str], **look: Any) -> None:
    """Draw what holds during whole epochs, from the beginning of the first to the end of the last."""
    for method in names:
        values = methods.settings(method)[column]
        keep_data(axes, values.reset_index(), method=method)
        own = line_look(methods, method, len(values)) | look
        start, step = own.pop("markevery")
        axes.plot(
            np.concatenate([[values.index[0] - 1], values.index - 0.5, values.index[-1:]]),
            np.pad(values, 1, mode="edge"),
            drawstyle="steps-mid",
            markevery=slice(start + 1, -1, step),
            label=f"{column} {method}",
            **own,
        )


def _limit(axes: Axes, column: str, values: pd.Series) -> None:
    """Limit the y axis: logarithmic for batch sizes, from zero for the others."""
    if column == "batch_size":
        log_axis(axes, "y", values)
        exponents = np.arange(np.ceil(np.log2(values.min())), np.floor(np.log2(values.max())) + 1)
        tick_values(axes.yaxis, 2**exponents, room=0.2)
    else:
        axes.set_ylim(-0.06 * values.max(), 1.08 * values.max())
        axes.yaxis.set_major_locator(MaxNLocator(4))


def _caption(methods: Methods, varied: Sequence[str]) -> str:
    sentences = [methods.caption, "Settings do not depend on the seed."]
    for name, title in _NAMES.items():
        if name not in varied and methods.history[name].any():
            value = methods.history[name].iloc[0]
            sentences.append(f"{title[0].upper()}{title[1:]}\u00a0=\u00a0{value:g} throughout.")
    return " ".join(sentences)
