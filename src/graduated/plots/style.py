"""How every figure looks: one encoding of batch size and learning rate, print sizes, reproducible files."""

import textwrap
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import matplotlib.style
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from graduated.plots.data import figure_data
from graduated.storage import atomic_path, write_table

COLUMN_WIDTH, PAGE_WIDTH = 3.5, 7.2
"""Widths in inches of one column and of a page."""

INK, MUTED, FAINT, SHADE = "#222222", "#6b6b6b", "#929292", "#ececec"
"""Text and axes; lines that belong to no batch size; lines behind those; backgrounds."""

MARKERS = ("o", "^", "s", "D", "v", "P", "h", "*", "<", ">")
"""Marker of the n-th smallest learning rate; crosses are kept for diverged runs."""

Colour = tuple[float, float, float]

_PALETTE, _LIGHTEST, _DARKEST = "mako_r", 0.37, 0.93
"""The lightest has a contrast of 3 to white, so that its lines need no outline."""

SUFFIXES = (".png", ".pdf", ".csv")
"""Of the files of a figure: for the web, for print, and what is drawn."""

_IMPRINT_SIZE, _IMPRINT_LINE, _IMPRINT_GAP, _IMPRINT_EDGE = 6, 0.1, 0.02, 0.04
"""Of an imprint: font size in points; height of a line, room above and room round it in inches."""

_IMPRINT_CHARACTERS = 22
"""Of a line of an imprint, per inch."""

_METADATA = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

_SETTINGS = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 7,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelpad": 3,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.6,
    "ytick.minor.size": 1.6,
    "lines.linewidth": 1.0,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 300,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
}


def style() -> AbstractContextManager[None]:
    """Return a context in which figures are drawn in the project's style, whatever the user's is."""
    return matplotlib.style.context(["default", _SETTINGS])


def batch_size_colours(batch_sizes: Iterable[int]) -> dict[int, Colour]:
    """Return a colour per batch size, from light to dark with growing batch size."""
    ordered = sorted(set(batch_sizes))
    palette = sns.color_palette(_PALETTE, as_cmap=True)
    step = (_DARKEST - _LIGHTEST) / max(len(ordered) - 1, 1)
    return {size: palette(_LIGHTEST + rank * step)[:3] for rank, size in enumerate(ordered)}


def learning_rate_markers(learning_rates: Iterable[float]) -> dict[float, str]:
    """Return a marker per learning rate.

    Raises:
        ValueError: There are more learning rates than markers that can be told apart.
    """
    ordered = sorted(set(learning_rates))
    if len(ordered) > len(MARKERS):
        raise ValueError(f"table: {len(ordered)} learning rates; at most {len(MARKERS)} can be told apart")
    return dict(zip(ordered, MARKERS, strict=False))


def save(figure: Figure, path: Path, imprint: str = "") -> None:
    """Write a figure, or its data, by the path's suffix; the same figure always gives the same bytes.

    Args:
        figure: The figure; saving leaves it as it was.
        path: The file to write.
        imprint: What stands below the figure, small and to the right; data bears none.

    Raises:
        ValueError: The suffix is none of ``SUFFIXES``.
    """
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: expected a figure's suffix to be one of {', '.join(SUFFIXES)}")
    if suffix == ".csv":
        write_table(path, figure_data(figure))
        return
    with style(), atomic_path(path) as partial, _imprinted(figure, imprint) as box:
        figure.savefig(partial, format=suffix[1:], metadata=_METADATA[suffix], bbox_inches=box)


def save_all(figure: Figure, folder: Path, name: str, imprint: str = "") -> None:
    """Write a figure to a folder in every format, and its data beside it.

    Args:
        figure: The figure.
        folder: Where to write.
        name: Of the files, without their suffix.
        imprint: What stands below the figure in ``save``.
    """
    for suffix in SUFFIXES:
        save(figure, folder / f"{name}{suffix}", imprint)


@contextmanager
def _imprinted(figure: Figure, imprint: str) -> Iterator[Bbox | None]:
    """Put an imprint below a figure, yield the box of both in inches, and take the imprint away again."""
    if not imprint:
        yield None
        return
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(imprint, int(width * _IMPRINT_CHARACTERS), break_on_hyphens=False)
    below = _IMPRINT_GAP + len(lines) * _IMPRINT_LINE + _IMPRINT_EDGE
    place = {"ha": "right", "va": "top", "in_layout": False, "parse_math": False}
    right, top = 1 - _IMPRINT_EDGE / width, -_IMPRINT_GAP / height
    text = figure.text(right, top, "\n".join(lines), fontsize=_IMPRINT_SIZE, color=MUTED, **place)
    try:
        yield Bbox([[0, -below], [width, height]])
    finally:
        text.remove()
