"""How the tables of docs/benchmarks.md are written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]


def figure(spread: Mapping[str, float]) -> str:
    """Return median and range of a measurement."""
    return f"{number(spread['median'])} ({number(spread['low'])}–{number(spread['high'])})"


def number(value: float) -> str:
    """Return a number as tables show it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines) + "\n"


def machine(record: Record) -> str:
    """Return a line on where a record was measured."""
    known = record["environment"]
    torch = f"PyTorch {known['torch']}" + (f", CUDA {known['cuda']}" if "cuda" in known else "")
    repetitions = record["settings"]["repetitions"]
    where = f"{known['device']}, {known['cores']} CPU cores, {torch}, Python {known['python']}"
    return f"*{where}; {repetitions} repetitions.*\n\n"


def device(record: Record) -> str:
    """Return the kind of device a record was measured on, for headings."""
    return "GPU" if "cuda" in record["environment"] else "CPU"
