"""The record of C²: every estimate with its uncertainty, and the one that makes the δ axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from graduated.noise.critical_batch_size import CriticalBatchSize, critical_batch_size
from graduated.noise.summary import GradientVarianceSummary, summarize


def noise_record(
    estimates: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Combine what the probes measured.

    Args:
        estimates: Rows of the probe along a training: seed, epoch, gradient_variance, standard_error,
            gradient_norm; and two_batch_sizes, with gradient_variance and standard_error, where measured.
        steps: Rows of the critical-batch-size probes: batch_size, seed, steps (None where not reached).
        settings: axis, reported; learning_rate and threshold of the critical-batch-size probes.

    Returns:
        A record with per_sample, two_batch_sizes where measured, critical_batch_size and reported; axis,
        which of them makes it and its C²; and gradient_norm, the largest norm of the full gradient seen, K in
        arXiv 2402.02325.

    Raises:
        ValueError: The axis is to come from an estimate that there is not, or that is not positive.
    """
    probes = {key: settings[key] for key in ("learning_rate", "threshold")}
    critical = critical_batch_size(pd.DataFrame(steps).astype({"steps": float}).assign(**probes))
    record = {
        "per_sample": _along_training(summarize(pd.DataFrame(estimates))),
        **_two_batch_sizes(estimates),
        "critical_batch_size": _critical(critical),
        "reported": {"gradient_variance": settings["reported"]},
    }
    axis = settings["axis"]
    variance = record[axis]["gradient_variance"]
    if variance is None or variance <= 0:
        reason = critical.reason if variance is None else f"{variance:.3g}, which is not positive"
        raise ValueError(f"noise.axis: {axis!r} gave no C² ({reason}); choose another axis")
    gradient_norm = max(row["gradient_norm"] for row in estimates)
    return {
        **record,
        "axis": {"source": axis, "gradient_variance": variance},
        "gradient_norm": gradient_norm,
    }


def _two_batch_sizes(estimates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [
        {key: row[key] for key in ("seed", "epoch")} | row["two_batch_sizes"]
        for row in estimates
        if "two_batch_sizes" in row
    ]
    return {"two_batch_sizes": _along_training(summarize(pd.DataFrame(rows)))} if rows else {}


def _along_training(summary: GradientVarianceSummary) -> dict[str, Any]:
    return {
        "gradient_variance": summary.value,
        "interval": summary.interval,
        "interval_from": summary.interval_from,
        "seeds": summary.seeds,
        "checkpoints": summary.checkpoints.to_dict("records"),
    }


def _critical(critical: CriticalBatchSize) -> dict[str, Any]:
    complexity = critical.complexity.astype(object).where(critical.complexity.notna(), None)
    return {
        "gradient_variance": critical.gradient_variance,
        "interval": critical.gradient_variance_interval,
        "critical_batch_size": critical.critical_batch_size,
        "at_edge": critical.at_edge,
        "censored": critical.censored,
        "reason": critical.reason,
        "complexity": complexity.to_dict("records"),
    }
