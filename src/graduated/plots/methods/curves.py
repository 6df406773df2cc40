"""Curves of methods that are compared: training loss and test accuracy against epochs and updates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from graduated.methods import EPOCHS, UPDATES
from graduated.plots.captions import describe_scale
from graduated.plots.methods import key
from graduated.plots.methods.marks import draw_courses, draw_outcomes
from graduated.plots.methods.table import Methods, prepare
from graduated.plots.page import letter, page, settle
from graduated.plots.scales import accuracy_axis, log_axis
from graduated.plots.style import MUTED, PAGE_WIDTH, style

_HEIGHT = 3.6
"""Of the panels, in inches."""

_STRIP = 0.3
"""Width of the outcomes beside a panel of width 1."""

_WIDE = 10
"""Ratio of the most to the fewest updates beyond which their axis is logarithmic."""


def method_curves(history: pd.DataFrame) -> Figure:
    """Draw training loss and test accuracy of every method against epochs and against parameter updates.

    Beside each panel stands where the methods are at equal cost: at the end of the epochs, and at the fewest
    updates of a method. The axis of updates is linear, for of a growing batch size the last stages, in which
    the methods part, take few of all updates, and a logarithmic one would hide them. Where all make the same
    number of updates in every epoch, one column is for both.

    Args:
        history: From ``graduated.methods.tabulate_methods``.

    Raises:
        ValueError: The table cannot be drawn; the message says why.
    """
    methods = prepare(history)
    bases = [EPOCHS] if methods.updates_per_epoch or methods.history.empty else [EPOCHS, UPDATES]
    with style():
        figure = page(_caption(methods, bases), PAGE_WIDTH, _HEIGHT + key.height(methods, PAGE_WIDTH))
        grid = figure.subplots(2, 2 * len(bases), sharey="row", width_ratios=[1, _STRIP] * len(bases))
        loss, accuracy = grid
        log_axis(loss[0], "y", _shown(methods, "train_loss"))
        loss[0].set_ylabel("training loss")
        accuracy_axis(accuracy[0], _shown(methods, "test_accuracy"))
        for column, basis in enumerate(bases):
            pair = grid[:, 2 * column : 2 * column + 2]
            for (panel, strip), metric in zip(pair, ("train_loss", "test_accuracy"), strict=True):
                _draw(panel, strip, methods, metric, basis)
            _name(pair, methods, basis)
        for mark, panel, strip in zip("abcd", grid[:, ::2].flat, grid[:, 1::2].flat, strict=False):
            letter(panel, mark)
            strip.set_label(mark)
        key.draw_key(figure, methods)
        return settle(figure)


def _shown(methods: Methods, metric: str) -> pd.Series:
    """Return what an axis must hold: the finished runs, for those that diverge leave any panel."""
    rows = methods.history if methods.finished.empty else methods.finished
    return rows[metric]


def _draw(panel: Axes, strip: Axes, methods: Methods, metric: str, basis: str) -> None:
    x, end = ("epoch", methods.epochs) if basis == EPOCHS else ("updates", methods.history["updates"].max())
    if basis == UPDATES and end > _WIDE * methods.budget:
        log_axis(panel, "x", methods.history["updates"])
    else:
        panel.set_xlim(0, 1.02 * end)
        panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    draw_courses(panel, methods, metric, x)
    draw_outcomes(strip, methods, metric, basis)
    if basis == UPDATES:
        panel.axvline(
            methods.budget, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0.5, label="budget"
        )


def _name(pair: np.ndarray, methods: Methods, basis: str) -> None:
    """Name the x axes of a column of panels and of the outcomes beside them."""
    (top, _), (bottom, outcomes) = pair
    top.tick_params(labelbottom=False)
    if basis == UPDATES:
        bottom.set_xlabel("parameter updates")
        outcomes.set_xlabel("at equal\nupdates")
        return
    rate = methods.updates_per_epoch
    bottom.set_xlabel(f"epoch ({rate} parameter updates each)" if rate else "epoch")
    outcomes.set_xlabel("at the\nlast epoch")


def _caption(methods: Methods, bases: Sequence[str]) -> str:
    sentences = [methods.caption, methods.marks(bars=True), describe_scale(_shown(methods, "test_accuracy"))]
    if UPDATES in bases and np.isfinite(methods.budget):
        sentences.append(
            f"Vertical line: the fewest updates of a method, {methods.budget:,.0f}; at equal updates: the "
            "last whole epoch of every method within them."
        )
    return " ".join(filter(None, sentences))
