"""Differences between two results tables, and between the verdicts they led to."""

import math

import pandas as pd

from graduated.results import METRICS


def compare(first: pd.DataFrame, second: pd.DataFrame, tolerance: float = 0.0) -> list[str]:
    """List what differs between two results tables, one line each.

    Compared are the runs themselves, their status, losses, accuracies, sharpness, C² and δ; provenance may
    differ.

    Args:
        first: A results table.
        second: Another.
        tolerance: Largest relative difference of a number that passes; 0 wants equality.
    """
    first, second = first.set_index("run"), second.set_index("run")
    differences = [f"{run}: only in the first table" for run in first.index.difference(second.index)]
    differences += [f"{run}: only in the second table" for run in second.index.difference(first.index)]
    for run in first.index.intersection(second.index, sort=False):
        for column in _measured_columns(first, second):
            one, other = first.at[run, column], second.at[run, column]
            if not _equal(one, other, tolerance):
                differences.append(f"{run}: {column} {one} and {other}")
    return differences


def compare_verdicts(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    """List the claims whose verdicts differ between two tables of the judge, one line each.

    Args:
        first: A table of ``graduated.claims.judge``.
        second: Another.
    """
    key = ["claim", "runs"]
    both = first.merge(second, on=key, how="outer", suffixes=("", "_second"))
    both = both.fillna({"verdict": "not judged", "verdict_second": "not judged"})
    changed = both[both["verdict"] != both["verdict_second"]]
    return [
        f"claim {row.claim} ({row.runs} runs): {row.verdict} ({row.value:.3g}) and "
        f"{row.verdict_second} ({row.value_second:.3g})"
        for row in changed.itertuples()
    ]


def _measured_columns(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    sharpness = [column for column in first if "sharpness" in column and column in second]
    return ["status", "gradient_variance", "smoothing", *METRICS, *sharpness]


def _equal(one: object, other: object, tolerance: float) -> bool:
    if not isinstance(one, float) or not isinstance(other, float):
        return one == other
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=tolerance)
