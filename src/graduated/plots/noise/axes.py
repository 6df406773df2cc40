"""What the figures of C² share: names of the estimators, the line of the constant, the axis of epochs."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from graduated.plots.style import MUTED

SOURCES = {
    "per_sample": "per sample",
    "two_batch_sizes": "two batch sizes",
    "critical_batch_size": "critical batch size",
    "reported": "reported",
}
"""What the estimates of C² are called in figures."""

CONSTANT = {"color": MUTED, "linestyle": (0, (4, 3)), "linewidth": 0.9, "label": "constant"}
"""Look of the C² that makes the δ axis."""

_MARGIN = 0.35
"""Room before the first and after the last epoch, in doublings."""


def short(value: float) -> str:
    """Return a C² as figures show it: three digits, or whole from 1000 on."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def epoch_axis(axes: Axes, epochs: Iterable[int], room: float) -> None:
    """Make the x axis that of epochs: linear from 0 to 1, logarithmic from there, ticks where measured.

    Args:
        axes: The axes.
        epochs: Epochs at which something was measured.
        room: Least distance of two labels as a share of the axis; of two too close the later one stays.
    """
    ordered = np.unique(list(epochs))
    axes.set_xscale("symlog", base=2, linthresh=1)
    axes.set_xlim(-_MARGIN, max(1, ordered[-1]) * 2**_MARGIN)
    places = (axes.transData - axes.transAxes).transform([(epoch, 1) for epoch in ordered])[:, 0]
    labels, before = [], np.inf
    for epoch, place in zip(ordered[::-1], places[::-1], strict=True):
        fits = before - place >= room
        labels.append(f"{epoch}" if fits else "")
        before = place if fits else before
    axes.set_xticks(ordered, labels[::-1])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("epoch")
