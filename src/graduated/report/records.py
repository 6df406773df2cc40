"""What a preset's records tell, as tables of the report: C², cost, environment, checksums."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from graduated.report.tables import Cell, Column, Table, interval, number
from graduated.storage import sha256

ESTIMATES = {
    "per_sample": "per-sample gradients, mean over a training",
    "critical_batch_size": "critical batch size, the authors' way",
    "reported": "reported in the papers",
}

ENVIRONMENT = ["git_commit", "device", "threads", "python", "torch", "torchvision", "numpy", "precision"]
"""Columns of the results table that say where a run was trained."""


def noise_table(noise: Mapping[str, Any]) -> Table:
    """Return the estimates of C².

    Args:
        noise: The record that ``scripts/summarise_noise.py`` leaves.
    """
    columns = [Column("Estimate"), Column("C²", numeric=True), Column("Makes the axis δ")]
    rows = []
    for name, title in ESTIMATES.items():
        value = noise[name]["gradient_variance"]
        if value is not None:
            low, high = noise[name].get("interval") or (value, value)
            used = "yes" if noise["axis"]["source"] == name else "no"
            rows.append([Cell(title), Cell(interval(value, low, high), key=value), Cell(used)])
    return Table("noise", columns, rows)


def cost_table(cost: pd.DataFrame) -> Table:
    """Return what each pack of runs cost.

    Args:
        cost: A row per pack: wall time, peak memory, images a second over its runs.
    """
    columns = [
        Column("Pack", code=True),
        *(Column(title, numeric=True) for title in ("Runs", "Images/s", "Hours")),
        *(Column(title, numeric=True) for title in ("Peak memory, MiB", "On the GPU, MiB")),
    ]
    rows = [
        [
            Cell(pack.pack),
            *(Cell(number(value), key=value) for value in (pack.runs, pack.images_per_second)),
            Cell(number(pack.wall_seconds / 3600), key=pack.wall_seconds),
            *(Cell(number(value), key=value) for value in (pack.peak_memory_mib, pack.peak_gpu_memory_mib)),
        ]
        for pack in cost.itertuples()
    ]
    return Table("cost", columns, rows)


def environment_table(results: pd.DataFrame) -> Table:
    """Return where the runs were trained: the values that occur, and in how many runs.

    Args:
        results: The results table, one row per run.
    """
    columns = [Column("What"), Column("Value", code=True), Column("Runs", numeric=True)]
    rows = [
        [Cell(name.replace("_", " ")), Cell(str(value)), Cell(str(runs), key=runs)]
        for name in [*ENVIRONMENT, "training_sources"]
        for value, runs in results[name].value_counts(sort=False).items()
    ]
    return Table("environment", columns, rows)


def checksums_table(files: Sequence[Path], results: pd.DataFrame) -> Table:
    """Return SHA-256 of the tables and of the weights of every run.

    Args:
        files: The tables.
        results: The results table, which names the weights' checksums.
    """
    columns = [Column("File", code=True), Column("Run", code=True), Column("SHA-256", code=True)]
    rows = [[Cell(path.as_posix()), Cell(""), Cell(sha256(path))] for path in files]
    for run in results.itertuples():
        weights = f"results/{run.preset}/training/{run.pack}/weights.safetensors"
        rows.append([Cell(weights), Cell(run.run), Cell(run.weights_sha256)])
    return Table("checksums", columns, rows)
