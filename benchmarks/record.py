"""What the benchmarks share: arguments, and the record of numbers and environment that they leave."""

import argparse
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import _source  # noqa: F401
from graduated.device import cores
from graduated.provenance import environment
from graduated.storage import write_json

RESULTS = Path(__file__).resolve().parent / "results"


def benchmark_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the arguments of every benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to compute")
    parser.add_argument("--repetitions", type=int, default=5, help="interleaved measurements of each arm")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON file to write")
    return parser


def add_peer_argument(parser: argparse.ArgumentParser, address: str) -> None:
    """Add the argument that names a checkout of somebody else's code."""
    parser.add_argument("--peer", type=Path, metavar="FOLDER", help=f"a checkout of {address}")


def write_record(
    folder: Path,
    name: str,
    device: torch.device,
    settings: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> Path:
    """Write numbers and environment to ``NAME-DEVICE.json`` and return its path.

    Args:
        folder: Where to.
        name: The benchmark, and what of it where there are several.
        device: Where it was measured.
        settings: What was the same in all rows.
        rows: One per measurement.
    """
    machine = {**environment(device), "cores": cores(), "system": f"{platform.system()} {platform.machine()}"}
    if device.type == "cuda":
        machine["cuda"] = torch.version.cuda
    path = Path(folder) / f"{name}-{device.type}.json"
    record = {"benchmark": name, "environment": machine, "settings": dict(settings), "rows": list(rows)}
    write_json(path, record)
    print(path)
    return path
