"""The key to the methods, at the foot of a figure: families in columns of their own."""

from collections import defaultdict

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from graduated.plots.methods.table import Methods
from graduated.plots.page import reserve

_ROW = 0.155
"""Height of a row in inches."""

_CHARACTER, _SAMPLE = 0.056, 0.42
"""Width of a character, and of a line's sample with the room round it, in inches."""


def arrange(methods: Methods, width: float) -> list[list[str]]:
    """Return the names in columns of equal length, in as few rows as fit; empty names fill them up.

    Args:
        methods: What is drawn.
        width: Room in inches.
    """
    rows = 1
    while True:
        columns = _columns(methods, rows)
        longest = [max(len(_label(methods, name)) for name in column) for column in columns]
        if sum(_SAMPLE + _CHARACTER * length for length in longest) <= width or rows >= len(methods.looks):
            return columns
        rows += 1


def _columns(methods: Methods, rows: int) -> list[list[str]]:
    """Return columns of a number of rows; a family of several starts one, and no other goes into it."""
    families = defaultdict(list)
    for name, look in methods.looks.items():
        families[look.family].append(name)
    blocks, alone = [], []
    for members in families.values():
        if len(members) > 1:
            blocks.append(members)
        else:
            if not alone:
                blocks.append(alone)
            alone += members
    columns = [block[start : start + rows] for block in blocks for start in range(0, len(block), rows)]
    return [column + [""] * (rows - len(column)) for column in columns]


def height(methods: Methods, width: float) -> float:
    """Return the height of the key in inches."""
    columns = arrange(methods, width)
    return _ROW * len(columns[0]) + 0.08 if columns else 0.0


def draw_key(figure: Figure, methods: Methods) -> None:
    """Draw the key above a page's caption, and take its height from the room of the panels."""
    width = figure.get_figwidth()
    columns = arrange(methods, width)
    if not columns:
        return
    bottom = reserve(figure, height(methods, width))
    names = [name for column in columns for name in column]
    legend = figure.legend(
        [_sample(methods, name) for name in names],
        [_label(methods, name) for name in names],
        loc="lower center",
        bbox_to_anchor=(0.5, bottom),
        ncols=len(columns),
        frameon=False,
        fontsize=7,
        handlelength=2.6,
        handletextpad=0.5,
        columnspacing=1.3,
        labelspacing=0.25,
        borderpad=0.1,
        borderaxespad=0,
    )
    legend.set_in_layout(False)


def _label(methods: Methods, name: str) -> str:
    runs = methods.runs[methods.runs["method"] == name]
    diverged = (runs["status"] == "diverged").sum()
    return f"{name} ({diverged} of {len(runs)} diverged)" if diverged else name


def _sample(methods: Methods, name: str) -> Line2D:
    if not name:
        return Line2D([], [], linestyle="none")
    look = methods.looks[name]
    return Line2D(
        [],
        [],
        color=look.colour,
        linestyle=look.dashes,
        marker=look.marker,
        markersize=3.6,
        markerfacecolor=look.face,
        markeredgewidth=0.7,
    )
