"""Labels at the ends of lines, kept from touching one another."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from graduated.plots.style import MUTED


def label_line_ends(
    axes: Axes, ends: Mapping[str, tuple[float, float]], title: str, gap: float = 0.085
) -> None:
    """Label lines at the right of the panel, each joined to its line's end by a thin leader.

    Args:
        axes: The axes, whose limits are final.
        ends: The last point of each line, by label.
        title: Written above the labels.
        gap: Least distance of two labels, as a share of the axes' height.
    """
    if not ends:
        return
    to_axes = axes.transData - axes.transAxes
    heights = spread([to_axes.transform(end)[1] for end in ends.values()], gap)
    for (label, end), height in zip(ends.items(), heights, strict=True):
        axes.annotate(
            label,
            end,
            xytext=(1.07, height),
            textcoords="axes fraction",
            va="center_baseline",
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3},
        )
    axes.annotate(
        title, (1.07, max(heights) + gap), xycoords="axes fraction", va="center_baseline", color=MUTED
    )


def spread(heights: Sequence[float], gap: float) -> np.ndarray:
    """Return heights at least a gap apart, in the same order, each near its own and none outside [0, 1]."""
    heights = np.clip(heights, 0, 1)
    order = np.argsort(heights, kind="stable")
    spaced = heights[order]
    for index in range(1, len(spaced)):
        spaced[index] = max(spaced[index], spaced[index - 1] + gap)
    spaced[-1] = min(spaced[-1], 1)
    for index in range(len(spaced) - 2, -1, -1):
        spaced[index] = min(spaced[index], spaced[index + 1] - gap)
    result = np.empty_like(spaced)
    result[order] = spaced
    return result
