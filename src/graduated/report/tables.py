"""Tables of the report, and how numbers are written in them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        title: Its heading.
        numeric: Whether its cells are numbers, set to the right.
        choice: Whether it has few values, of which the reader chooses one to see.
        code: Whether its cells are names or values of files, set in the typeface of code.
    """

    title: str
    numeric: bool = False
    choice: bool = False
    code: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in a row under a column.

    Attributes:
        text: What is read first.
        note: A second line, smaller.
        key: What the column is sorted by, if not the text.
        link: An anchor of the page, or an address.
    """

    text: str
    note: str = ""
    key: float | None = None
    link: str = ""


@dataclass(frozen=True)
class Table:
    """A table that can be sorted and filtered.

    Attributes:
        name: Its anchor in the page.
        columns: From left to right.
        rows: Cells in the order of the columns.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def counts(values: Iterable[str], order: Sequence[str]) -> Mapping[str, int]:
    """Return how often each of some values occurs, in their order; those that do not are left out."""
    found = list(values)
    return {value: found.count(value) for value in order if value in found}


def number(value: float, digits: int = 3) -> str:
    """Return a number for reading: rounded, 2·10⁻¹³ for the very small, – where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if 1000 <= abs(value) < 1e6:
        return f"{value:,.0f}".replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits}g}".replace("-", "−").partition("e")
    if not exponent:
        return mantissa
    power = "10" + str(int(exponent.replace("−", "-"))).translate(_SUPERSCRIPTS)
    return {"1": power, "−1": f"−{power}"}.get(mantissa, f"{mantissa}·{power}")


def interval(value: float, low: float, high: float) -> str:
    """Return a number with its interval, which is left out where it is missing or, as written, a point.

    Args:
        value: The number.
        low: Lower end; NaN where there is none.
        high: Upper end, likewise.
    """
    ends = [number(low), number(high)]
    return number(value) if ends[0] == ends[1] else f"{number(value)} [{', '.join(ends)}]"
