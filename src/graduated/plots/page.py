"""The page of a figure of studies or methods: panels above, a caption at the foot, all in inches."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from graduated.plots.captions import FONT_SIZE, LINE_HEIGHT, LINE_SPACING, wrap

Dashes = str | tuple[int, tuple[float, ...]]

DASHES: tuple[Dashes, ...] = ("-", (0, (5, 1.5)), (0, (2.5, 1.2)), (0, (1, 1)))
"""Line styles that can be told apart, most solid first."""

HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7d2ae8", "#5a2a00")
"""Colours that colour-blind readers can tell apart, and that stand out from white; four of Okabe & Ito."""

EDGE = 0.04
"""Room round a figure and between panels, in inches."""


def page(caption: str, width: float, height: float) -> Figure:
    """Return an empty figure with its caption; draw into it, then ``settle`` it, all within ``style()``.

    Args:
        caption: One or two sentences: what is shown, n, what intervals mean.
        width: Of the figure, in inches.
        height: Of the room for panels, in inches; the caption's comes below.
    """
    lines = wrap(caption, width - 2 * EDGE)
    below = (lines.count("\n") + 1) * LINE_HEIGHT + 2 * EDGE
    total = height + below
    figure = Figure(figsize=(width, total), layout="constrained")
    figure.get_layout_engine().set(rect=(0, below / total, 1, height / total), h_pad=EDGE, w_pad=EDGE)
    place = {"va": "bottom", "fontsize": FONT_SIZE, "linespacing": LINE_SPACING}
    figure.text(EDGE / width, EDGE / total, lines, **place)
    return figure


def reserve(figure: Figure, height: float) -> float:
    """Take room for a key from below the panels of a page.

    Args:
        figure: From ``page``.
        height: In inches.

    Returns:
        The lower edge of that room, as a share of the figure's height.
    """
    layout = figure.get_layout_engine()
    left, bottom, across, room = layout.get()["rect"]
    share = height / figure.get_figheight()
    layout.set(rect=(left, bottom + share, across, room - share))
    return bottom


def settle(figure: Figure) -> Figure:
    """Lay the figure out once and for all, so that saving it again, or in another format, moves nothing."""
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")
    return figure


def in_bold(mark: str) -> str:
    """Return a panel's letter as it stands in figures and captions: (a)."""
    return f"$\\bf{{({mark})}}$"


def letter(axes: Axes, mark: str, title: str = "") -> None:
    """Head a panel with its letter and a few words."""
    axes.set_title(f"{in_bold(mark)}  {title}".rstrip(), loc="left")
    axes.set_label(mark)
