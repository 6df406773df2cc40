"""One tidy table, one row per run: specification, C², δ, accuracies, losses, sharpness, status, provenance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from graduated.experiment.run import Run
from graduated.noise.smoothing import smoothing
from graduated.storage import DamagedFileError

PROVENANCE = ["git_commit", "python", "torch", "torchvision", "numpy", "device", "threads"]


def tabulate(
    wanted: Sequence[str],
    packs: Iterable[Mapping[str, Any]],
    sharpness: Mapping[str, Iterable[Mapping[str, Any]]],
    noise: Mapping[str, Any],
    preset: str,
) -> pd.DataFrame:
    """Join the records of a preset.

    Args:
        wanted: Ids of the preset's runs, in the order of the rows.
        packs: Records of the trained packs.
        sharpness: Records of each measure, by its name; the first measure fills column ``sharpness``.
        noise: The record of C².
        preset: Its name.

    Returns:
        The table; what differs between two repetitions (times, memory) is in ``tabulate_cost`` instead.

    Raises:
        DamagedFileError: A run has no record.
    """
    runs = {run["run"]: _run_row(run, pack) for pack in packs for run in pack["runs"]}
    _require(wanted, runs, "training")
    table = pd.DataFrame([{"preset": preset, **runs[run]} for run in wanted])
    variance = noise["axis"]["gradient_variance"]
    table["gradient_variance"] = variance
    table["noise_ratio"] = table["learning_rate"] / np.sqrt(table["batch_size"])
    table["smoothing"] = smoothing(table["learning_rate"], table["batch_size"], variance)
    for index, (name, records) in enumerate(sharpness.items()):
        values = {row["run"]: row["sharpness"] for record in records for row in record["runs"]}
        _require(wanted, values, f"sharpness {name}")
        if index == 0:
            table["sharpness"] = [values[run] for run in wanted]
        table[f"sharpness_{name}"] = [values[run] for run in wanted]
    return _order_columns(table).convert_dtypes(convert_string=False, convert_boolean=False)


def _run_row(run: Mapping[str, Any], pack: Mapping[str, Any]) -> dict[str, Any]:
    specification = asdict(Run.from_specification(run["specification"]))
    specification["model_options"] = ",".join(f"{key}={value}" for key, value in specification["model_options"])
    outcome = {key: value for key, value in run.items() if key not in ("specification", "run")}
    return {
        "run": run["run"],
        **specification,
        **outcome,
        "pack": pack["pack"],
        "weights_sha256": pack["checksums"]["weights"],
        "training_sources": pack["sources"],
        **{key: pack["environment"][key] for key in PROVENANCE},
    }


def _require(wanted: Sequence[str], found: Mapping[str, Any], what: str) -> None:
    if missing := [run for run in wanted if run not in found]:
        raise DamagedFileError(f"results: no {what} record of run {missing[0]} ({len(missing)} missing)")


def _order_columns(table: pd.DataFrame) -> pd.DataFrame:
    last = ["pack", "weights_sha256", "training_sources", *PROVENANCE]
    return table[[column for column in table if column not in last] + last]


def tabulate_history(histories: Iterable[pd.DataFrame], wanted: Sequence[str], variance: float) -> pd.DataFrame:
    """Join the per-epoch histories of the wanted runs and add δ at every epoch."""
    history = pd.concat(histories, ignore_index=True)
    history = history[history["run"].isin(set(wanted))].reset_index(drop=True)
    history["smoothing"] = smoothing(history["learning_rate"], history["batch_size"], variance)
    return history


def tabulate_cost(packs: Iterable[Mapping[str, Any]], timings: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return what each pack cost: wall time, peak memory, median images a second over all its replicas."""
    return pd.DataFrame(
        {
            "pack": pack["pack"],
            "runs": len(pack["runs"]),
            "images_per_second": timing["images_per_second"].median(),
            **pack["cost"],
        }
        for pack, timing in zip(packs, timings, strict=True)
    )
