"""The files of a measurement: the table, and beside it where it comes from."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from graduated.provenance import Stopwatch, environment
from graduated.sources import digest
from graduated.storage import sha256, write_json, write_table


def check_output(path: Path) -> None:
    """Verify that a table can be written, by its name and by a trial.

    Raises:
        ValueError: It cannot.
    """
    if path.suffix != ".csv" or path.is_dir():
        raise ValueError(f"--output {path}: expected the name of a CSV file, NAME.csv")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(f"--output {path}: cannot be written there ({error.strerror})") from None


def provenance(
    arguments: argparse.Namespace, program: str, device: torch.device, watch: Stopwatch
) -> dict[str, Any]:
    """Return what a table depends on: settings, the checkpoint's SHA-256, sources, versions; and its cost.

    Args:
        arguments: Of the program; its own network, batches and loss count as sources.
        program: Its ``__file__``.
        device: That it computed on.
        watch: Started with the program.
    """
    settings = {
        name: str(value) if isinstance(value, Path) else value for name, value in vars(arguments).items()
    }
    checkpoint = arguments.checkpoint
    return {
        "settings": settings,
        "inputs": {"checkpoint": sha256(checkpoint)} if checkpoint else {},
        "sources": digest(Path(program), (arguments.network, arguments.batches, arguments.loss)),
        "environment": environment(device),
        "cost": watch.cost(),
    }


def write_measured(path: Path, table: pd.DataFrame, origin: dict[str, Any]) -> None:
    """Write a table as NAME.csv, and where it comes from, with its SHA-256, as NAME.json."""
    write_table(path, table)
    write_json(path.with_suffix(".json"), {**origin, "checksums": {path.name: sha256(path)}})
