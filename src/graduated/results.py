"""One tidy table, one row per run: specification, status, C², δ, losses, accuracies, sharpness, origin."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from graduated.experiment.run import Run
from graduated.noise.smoothing import smoothing
from graduated.storage import DamagedFileError

VARIANCE = ["gradient_variance", "gradient_variance_low", "gradient_variance_high"]
SMOOTHING = ["smoothing", "smoothing_low", "smoothing_high"]
OUTCOME = ["status", "diverged_epoch", *VARIANCE, "noise_ratio", *SMOOTHING]
METRICS = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
ENVIRONMENT = ["git_commit", "python", "torch", "torchvision", "numpy", "device", "threads"]
SHARPNESS_FURTHER = ["low", "high", "stability_ratio"]
"""What a record of sharpness may hold beside the value, and the table then too."""
PROVENANCE = ["pack", "weights_sha256", "training_sources", *ENVIRONMENT]


def tabulate(
    specification: Mapping[str, Any],
    packs: Iterable[Mapping[str, Any]],
    sharpness: Sequence[Mapping[str, Any]],
    noise: Mapping[str, Any],
) -> pd.DataFrame:
    """Join the records of a preset.

    Args:
        specification: preset; runs, the ids in the order of the rows; measures of sharpness by name, of which
            the first fills the column ``sharpness``. Each has a column ``sharpness_NAME``, and where it has
            an interval ``sharpness_NAME_low`` and ``_high``.
        packs: Records of the trained packs.
        sharpness: Records of sharpness, one per measure and pack.
        noise: The record of C².

    Returns:
        The table. The intervals of C² and δ (_low, _high) are those of the estimate that makes the axis, and
        missing where it has none. What differs between two repetitions (times, memory) is in
        ``tabulate_cost`` instead.

    Raises:
        DamagedFileError: A run has no record.
    """
    wanted = specification["runs"]
    runs = {run["run"]: _run_row(run, pack) for pack in packs for run in pack["runs"]}
    _require(wanted, runs, "training")
    table = pd.DataFrame([{"preset": specification["preset"], **runs[run]} for run in wanted])
    table["noise_ratio"] = table["learning_rate"] / np.sqrt(table["batch_size"])
    for variance, delta, value in zip(VARIANCE, SMOOTHING, _axis_with_interval(noise), strict=True):
        table[variance], table[delta] = value, math.nan
        if math.isfinite(value):
            table[delta] = smoothing(table["learning_rate"], table["batch_size"], value)
    for name in specification["measures"]:
        records = [record for record in sharpness if record["measure"] == name]
        values = {row["run"]: row for record in records for row in record["runs"]}
        _require(wanted, values, f"sharpness {name}")
        table[f"sharpness_{name}"] = [_number(values[run]["sharpness"]) for run in wanted]
        for further in SHARPNESS_FURTHER:
            if any(further in row for row in values.values()):
                table[f"sharpness_{name}_{further}"] = [_number(values[run][further]) for run in wanted]
        if "sharpness" not in table:
            table["sharpness"] = table[f"sharpness_{name}"]
            table["sharpness_measure"] = records[0]["title"]
            table["sharpness_radius"] = _number(records[0]["radius"])
    return _order_columns(table)


def _axis_with_interval(noise: Mapping[str, Any]) -> list[float]:
    """Return the C² of the δ axis, and the ends of its interval."""
    axis = noise["axis"]
    interval = noise[axis["source"]].get("interval") or (math.nan, math.nan)
    return [axis["gradient_variance"], *map(_number, interval)]


def _run_row(run: Mapping[str, Any], pack: Mapping[str, Any]) -> dict[str, Any]:
    specification = asdict(Run.from_specification(run["specification"]))
    for name in ("model_options", "schedule_options", "perturbation"):
        specification[name] = ",".join(f"{key}={value}" for key, value in specification[name])
    metrics = {name: _number(run[name]) for name in METRICS}
    return {
        "run": run["run"],
        **specification,
        "status": run["status"],
        "diverged_epoch": run["diverged_epoch"],
        **metrics,
        "pack": pack["pack"],
        "weights_sha256": pack["checksums"]["weights"],
        "training_sources": pack["sources"],
        **{key: pack["environment"][key] for key in ENVIRONMENT},
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _require(wanted: Sequence[str], found: Mapping[str, Any], what: str) -> None:
    if missing := [run for run in wanted if run not in found]:
        raise DamagedFileError(f"results: no {what} record of run {missing[0]} ({len(missing)} missing)")


def _order_columns(table: pd.DataFrame) -> pd.DataFrame:
    integers = ["train_samples", "diverged_epoch"]
    table[integers] = table[integers].astype("Int64")
    named = [*OUTCOME, *METRICS, *PROVENANCE]
    specification = [column for column in table if column not in named and "sharpness" not in column]
    sharpness = [column for column in table if "sharpness" in column]
    return table[[*specification, *OUTCOME, *METRICS, *sharpness, *PROVENANCE]]


def tabulate_history(
    histories: Iterable[pd.DataFrame], wanted: Sequence[str], variance: float
) -> pd.DataFrame:
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


def summarise(table: pd.DataFrame, noise: Mapping[str, Any]) -> str:
    """Return a few lines for the terminal: C², and accuracy and sharpness of every cell, means over seeds."""
    radius = table["sharpness_radius"].iloc[0]
    measure = f"{table['sharpness_measure'].iloc[0]} sharpness"
    measure += "" if math.isnan(radius) else f", ρ = {radius:g}"
    parts = [
        _describe_noise(noise),
        f"Test accuracy (%), mean of {table['seed'].nunique()} seeds; "
        f"{(table['status'] == 'diverged').sum()} of {len(table)} runs diverged",
        _cells(table.assign(percent=100 * table["test_accuracy"]), "percent", "{:.1f}"),
        f"Sharpness ({measure}), mean",
        _cells(table, "sharpness", "{:.2g}"),
    ]
    return "\n\n".join(parts)


def _describe_noise(noise: Mapping[str, Any]) -> str:
    lines = []
    for source in ("per_sample", "two_batch_sizes", "critical_batch_size", "reported"):
        estimate = noise.get(source, {"gradient_variance": None})
        if estimate["gradient_variance"] is None:
            continue
        interval = "[{:.3g}, {:.3g}]".format(*estimate["interval"]) if "interval" in estimate else ""
        axis = "  <- δ axis" if noise["axis"]["source"] == source else ""
        lines.append(f"C² {source:20s} {estimate['gradient_variance']:8.3g} {interval:18s}{axis}".rstrip())
    return "\n".join(lines)


def _cells(table: pd.DataFrame, column: str, pattern: str) -> str:
    cells = table.pivot_table(index="learning_rate", columns="batch_size", values=column, dropna=False)
    cells.index, cells.columns = [f"η = {rate:g}" for rate in cells.index], [f"b = {size}" for size in cells]
    return cells.to_string(float_format=pattern.format, na_rep="-")
