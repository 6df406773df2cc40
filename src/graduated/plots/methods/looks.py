"""One look per method, the same in every figure: family is hue, parameter is lightness, method is marker."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle

import seaborn as sns
from matplotlib.colors import to_rgb

from graduated.plots.contrast import lightest
from graduated.plots.page import DASHES, HUES, Dashes
from graduated.plots.style import MARKERS, Colour

WHITE: Colour = (1.0, 1.0, 1.0)
"""What fills an open marker."""

_PARAMETER = re.compile(r"(?P<family>.+?)\s*=\s*(?P<value>-?\d+(\.\d+)?(e-?\d+)?)")


@dataclass(frozen=True)
class Look:
    """How a method is drawn.

    Attributes:
        family: The method's name without its parameter.
        colour: Of line, band and marker.
        dashes: Of its line.
        marker: Its shape.
        face: What fills it.
    """

    family: str
    colour: Colour
    dashes: Dashes
    marker: str
    face: Colour


def looks_of(names: Sequence[str]) -> dict[str, Look]:
    """Return the looks of methods; they can be told apart in grey by their markers.

    Methods whose names differ only in a number after an equals sign, such as ``poly p=0.5`` and ``poly p=2``,
    are a family: they share a hue, from light to dark with the number, in alternating dashes. The markers of
    every other family are filled.

    Args:
        names: Of the methods, in the order of the figures' keys.

    Raises:
        ValueError: There are more methods than can be told apart.
    """
    if len(names) > 2 * len(MARKERS):
        raise ValueError(f"history: {len(names)} methods; at most {2 * len(MARKERS)} can be told apart")
    families = defaultdict(dict)
    for name in names:
        family, value = _split(name)
        families[family][name] = value
    colours, dashes, filled = {}, {}, {}
    for rank, members in enumerate(families.values()):
        ordered = sorted(members, key=members.get)
        colours |= zip(ordered, _shades(HUES[rank % len(HUES)], len(ordered)), strict=True)
        dashes |= zip(ordered, cycle(DASHES), strict=False)
        filled |= dict.fromkeys(members, rank % 2 == 1)
    markers = _markers(filled[name] for name in names)
    return {
        name: Look(_split(name)[0], colours[name], dashes[name], marker, colours[name] if full else WHITE)
        for name, (marker, full) in zip(names, markers, strict=True)
    }


def _markers(filled: Iterable[bool]) -> list[tuple[str, bool]]:
    """Return a marker, and whether it is filled, for each wish that it be; no two are the same."""
    chosen = []
    for rank, wish in enumerate(filled):
        start = rank % len(MARKERS)
        shapes = MARKERS[start:] + MARKERS[:start]
        free = ((shape, full) for full in (wish, not wish) for shape in shapes)
        chosen.append(next(marker for marker in free if marker not in chosen))
    return chosen


def _split(name: str) -> tuple[str, float]:
    match = _PARAMETER.fullmatch(name)
    return (match["family"], float(match["value"])) if match else (name, 0.0)


def _shades(hue: str, number: int) -> list[Colour]:
    """Return shades of a hue from the lightest that stands out from white to a dark one; of one, the hue."""
    if number == 1:
        return [to_rgb(hue)]
    dark = sns.blend_palette([hue, "black"], as_cmap=True)(0.75)[:3]
    return [tuple(colour) for colour in sns.blend_palette([lightest(hue), dark], number)]
