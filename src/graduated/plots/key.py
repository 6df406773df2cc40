"""The key to the encoding: batch sizes as a bar of colours, learning rates as a row of markers."""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from graduated.plots.results import Results
from graduated.plots.style import INK, MUTED

_CHARACTER = 0.062
"""Width of a digit in inches."""


def draw_batch_size_key(axes: Axes, results: Results, width: float) -> None:
    """Draw the colours of the batch sizes, light to dark, over the whole of otherwise empty axes.

    Args:
        axes: The axes.
        results: Names the batch sizes and their colours.
        width: Of the axes, in inches; labels that would touch are left out.
    """
    _start(axes, "batch size $b$")
    number = max(len(results.colours), 1)
    longest = max((len(f"{size:g}") for size in results.colours), default=0)
    every = ceil(number * (longest + 0.7) * _CHARACTER / width)
    for rank, (batch_size, colour) in enumerate(results.colours.items()):
        axes.add_patch(Rectangle((rank / number, 0.36), 1 / number, 0.24, color=colour, linewidth=0))
        if rank % every == 0:
            axes.text((rank + 0.5) / number, 0.28, f"{batch_size:g}", ha="center", va="top")


def draw_learning_rate_key(axes: Axes, results: Results) -> None:
    """Draw the markers of the learning rates over the whole of otherwise empty axes."""
    _start(axes, r"learning rate $\eta$")
    number = max(len(results.markers), 1)
    for rank, (learning_rate, marker) in enumerate(results.markers.items()):
        centre = (rank + 0.5) / number
        axes.scatter(centre, 0.48, s=16, marker=marker, color="white", edgecolors=INK, linewidths=0.7)
        axes.text(centre, 0.28, f"{learning_rate:g}", ha="center", va="top")


def _start(axes: Axes, title: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    axes.text(0, 1, title, va="top", color=MUTED)
