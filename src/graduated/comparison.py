"""Differences between two results tables."""

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


def _measured_columns(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    sharpness = [column for column in first if "sharpness" in column and column in second]
    return ["status", "gradient_variance", "smoothing", *METRICS, *sharpness]


def _equal(one: object, other: object, tolerance: float) -> bool:
    if not isinstance(one, float) or not isinstance(other, float):
        return one == other
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=tolerance)
