"""Every claim judged on one preset: the statistic per seed, its mean, interval, p and verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from graduated.claims import grid, methods
from graduated.claims.declarations import ALL_RUNS, TRAINED_RUNS, Claim, Declarations
from graduated.claims.grid import NotEnoughDataError, better_trained
from graduated.claims.regions import agree
from graduated.intervals import mean_interval
from graduated.methods import at_equal_cost
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED

LEVEL = 0.95

BEFORE, AFTERWARDS = "before", "afterwards"
"""Whether a claim was declared before or after the results were seen."""

WEAKER = "weaker than claimed: the interval lies between the thresholds"
UNSURE = "neither threshold is passed significantly"
"""Why a verdict that could be reached is inconclusive."""

RANGES = {"trend": (-1, 1), "trend_within": (-1, 1), "partial_trend": (-1, 1), "divergence": (0, 1)}
"""Between which numbers a statistic lies, where it cannot be any; intervals end there."""

COLUMNS = [
    *("preset", "claim", "runs", "statement", "source", "panel", "statistic", "threshold"),
    *("value", "low", "high", "p_value", "p_adjusted", "n_seeds", "n_runs", "verdict", "reason", "declared"),
]


@dataclass(frozen=True)
class Evidence:
    """What a preset measured.

    Attributes:
        runs: The results table, one row per run of the grid.
        histories: The histories of the methods of each comparison, from ``tabulate_methods``.
    """

    runs: pd.DataFrame
    histories: Mapping[str, pd.DataFrame]


def judge(declarations: Declarations, evidence: Evidence) -> pd.DataFrame:
    """Judge every claim that is not left to a study.

    The unit of replication is the seed: a statistic is worked out for each, and Student's t over seeds gives
    the interval and p, which Holm's method adjusts for the number of claims judged on the preset: those on
    trained runs by themselves, and those declared after the results were seen by themselves.

    Args:
        declarations: The claims.
        evidence: What the preset measured.

    Returns:
        A row per claim and kind of runs that it is judged on; ``COLUMNS``. A claim that could not be worked
        out has no value and the reason.
    """
    runs = evidence.runs.assign(ratio=evidence.runs["learning_rate"] / evidence.runs["batch_size"])
    parts = {ALL_RUNS: runs, TRAINED_RUNS: better_trained(runs)}
    rows = []
    for claim in declarations.claims:
        if claim.study:
            continue
        if claim.comparison:
            rows.append(_row(claim, ALL_RUNS, *_on_methods(claim, evidence.histories, declarations.needs)))
            continue
        for name in claim.runs:
            rows.append(_row(claim, name, *_on_grid(claim, parts[name], runs, declarations.needs)))
    return _with_verdicts(pd.DataFrame(rows)).assign(preset=runs["preset"].iloc[0])[COLUMNS]


def _on_grid(
    claim: Claim, runs: pd.DataFrame, grid_runs: pd.DataFrame, needs: Mapping[str, int]
) -> tuple[list[float], int, str]:
    for column, least in (("batch_size", "batch_sizes"), ("learning_rate", "learning_rates")):
        if (found := grid_runs[column].nunique()) < needs[least]:
            return [], len(runs), f"{found} {least.replace('_', ' ')} of at least {needs[least]}"
    function = grid.STATISTICS[claim.statistic]
    sample, reason = _per_seed(function, runs, grid_runs["seed"].unique(), claim.options)
    return sample, len(runs), reason or _too_few(sample, needs)


def _on_methods(
    claim: Claim, histories: Mapping[str, pd.DataFrame], needs: Mapping[str, int]
) -> tuple[list[float], int, str]:
    if claim.comparison not in histories:
        return [], 0, f"the preset has no comparison {claim.comparison}"
    history = histories[claim.comparison]
    standings = at_equal_cost(history)
    function = methods.STATISTICS[claim.statistic]
    sample, reason = _per_seed(function, standings, history["seed"].unique(), claim.options)
    return sample, history["run"].nunique(), reason or _too_few(sample, needs)


def _per_seed(
    function: Any, table: pd.DataFrame, seeds: Sequence[int], options: Mapping[str, Any]
) -> tuple[list[float], str]:
    """Return the statistic of those seeds that allow it; if none does, why not."""
    sample, reasons = [], []
    for seed in sorted(seeds):
        try:
            sample.append(function(table, seed, **options))
        except NotEnoughDataError as error:
            reasons.append(str(error))
    return sample, "" if sample else reasons[0]


def _too_few(sample: Sequence[float], needs: Mapping[str, int]) -> str:
    return f"{len(sample)} seeds of at least {needs['seeds']}" if len(sample) < needs["seeds"] else ""


def _row(claim: Claim, runs: str, sample: Sequence[float], n_runs: int, reason: str) -> dict[str, Any]:
    value = low = high = p_supported = p_contradicted = np.nan
    if len(sample) > 1:
        value, low, high = mean_interval(sample, LEVEL)
        if agree(sample):
            low = high = value
        low, high = np.clip([low, high], *RANGES.get(claim.statistic, (-np.inf, np.inf)))
        if claim.comparison and agree(sample):
            reason = reason or "all seeds give the same number: no spread to judge by"
    elif sample:
        value = sample[0]
    if not reason:
        p_supported, p_contradicted = claim.supported.p_value(sample), claim.contradicted.p_value(sample)
    return {
        "claim": claim.id,
        "runs": runs,
        "statement": claim.statement,
        "source": claim.source,
        "panel": claim.panel,
        "statistic": claim.measure,
        "threshold": f"supported {claim.supported}, contradicted {claim.contradicted}",
        "value": value,
        "low": low,
        "high": high,
        "p_value": min(1.0, 2 * min(p_supported, p_contradicted)),
        "supports": p_supported < p_contradicted,
        "n_seeds": len(sample),
        "n_runs": n_runs,
        "reason": reason,
        "weaker": claim.supported.misses(low, high) and claim.contradicted.misses(low, high),
        "declared": AFTERWARDS if runs in claim.afterwards else BEFORE,
    }


def _with_verdicts(rows: pd.DataFrame) -> pd.DataFrame:
    judged = rows["reason"] == ""
    rows["p_adjusted"], rows["verdict"] = np.nan, INCONCLUSIVE
    for _, family in rows[judged].groupby(["runs", "declared"]):
        rows.loc[family.index, "p_adjusted"] = multipletests(family["p_value"], method="holm")[1]
    sure = rows["p_adjusted"] < 1 - LEVEL
    rows.loc[sure & rows["supports"], "verdict"] = SUPPORTED
    rows.loc[sure & ~rows["supports"], "verdict"] = CONTRADICTED
    rows.loc[judged & ~sure, "reason"] = np.where(rows.loc[judged & ~sure, "weaker"], WEAKER, UNSURE)
    rows.loc[~judged, "p_value"] = np.nan
    return rows
