"""How far two machines part that computed the same: two archives of a preset, pack by pack."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from graduated.results import METRICS

Files = Mapping[str, bytes]
MEASURED = ("estimates", "steps")
"""What a probe's record holds beside where it comes from and what it cost."""


@dataclass(frozen=True)
class Spread:
    """One task that two machines have done.

    Attributes:
        name: Path of its record.
        same: Whether all is the same to the last bit: weights, history and sharpness, or a probe's numbers.
        largest: The largest difference in any run, by what was measured; infinite where one of the two is no
            number.
    """

    name: str
    same: bool
    largest: Mapping[str, float]

    def __str__(self) -> str:
        numbers = [f"{name} {value:.2g}" for name, value in self.largest.items() if value]
        return f"{self.name}: {'the same' if self.same else ', '.join(['differs', *numbers])}"


def compare_archives(first: Files, second: Files) -> list[Spread]:
    """Compare the packs and probes that both of two archives hold.

    Args:
        first: The files of an archive by their paths (``graduated.campaign.archive.read_archive``).
        second: Those of another.
    """
    shared = sorted(first.keys() & second.keys())
    return [_compare(path, first, second) for path in shared if _is_pack(path) or path.startswith("noise/")]


def computed_on(files: Files) -> str:
    """Return what the packs of an archive were computed on: devices, PyTorch and Python."""
    records = [json.loads(content) for path, content in files.items() if _is_pack(path)]
    known = {tuple(one["environment"][key] for key in ("device", "torch", "python")) for one in records}
    return "; ".join(f"{device}, PyTorch {torch}, Python {python}" for device, torch, python in sorted(known))


def _is_pack(path: str) -> bool:
    return path.startswith("training/") and path.endswith("/record.json")


def _compare(path: str, first: Files, second: Files) -> Spread:
    one, other = (json.loads(files[path]).get("checksums") for files in (first, second))
    ours, theirs = (_measured(path, files) for files in (first, second))
    shared = [name for name in ours if name in theirs]
    largest = {name: max(map(_difference, ours[name], theirs[name]), default=0.0) for name in shared}
    return Spread(path, one == other and ours == theirs, largest)


def _measured(path: str, files: Files) -> dict[str, list[Any]]:
    """Return what was measured, by its name, one value for each run or row."""
    record = json.loads(files[path])
    if not _is_pack(path):
        rows = [_numbers(row) for row in next(record[key] for key in MEASURED if key in record)]
        return {name: [row.get(name) for row in rows] for name in dict.fromkeys(chain(*rows))}
    measured = {metric: [run[metric] for run in record["runs"]] for metric in METRICS}
    for name in sorted(files):
        if name.startswith("sharpness/") and name.endswith(f"/{PurePosixPath(path).parent.name}.json"):
            sharpness = [run["sharpness"] for run in json.loads(files[name])["runs"]]
            measured[f"sharpness {PurePosixPath(name).parent.name}"] = sharpness
    return measured


def _numbers(row: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the numbers of a probe's row by name; those of another estimator by both names."""
    parts = {name: value for name, value in row.items() if isinstance(value, Mapping)}
    nested = {f"{part} {name}": number for part, held in parts.items() for name, number in held.items()}
    return {name: value for name, value in row.items() if name not in parts} | nested


def _difference(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    return abs(one - other)
