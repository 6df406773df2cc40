"""Whether settings of sharpness agree: rank correlation and ratio over the same networks, and verdicts."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from graduated.streams import stream_seed
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Verdict, outcome_of
from graduated.studies.settings import SharpnessSensitivity

NONE = "none"
"""The reference's normalisation."""

Setting = Mapping[str, float | int | str]
"""A value of each of AXES."""

AXES = {
    "radius": "ρ",
    "samples": "n",
    "batch_size": "m",
    "normalisation": "normalisation",
    "method": "search",
}
"""What is varied, one at a time, and its symbol."""

LEAST_CORRELATION = 0.8
"""Rank correlation from which on two settings count as agreeing."""

LARGEST_GAIN = 0.01
"""Share of the sharpness that a better search may add."""

_RESAMPLES = 499
_SOURCE = "assumed by arXiv 2311.08745, Figure 3"


def agreement(settings: SharpnessSensitivity, values: pd.DataFrame) -> pd.DataFrame:
    """Compare every setting that differs from the reference in one respect with the reference.

    Args:
        settings: Of the study.
        values: Table of the study.

    Returns:
        By axis and setting: Spearman's rank correlation over the networks (runs at several epochs) with its
        95 % bootstrap interval over runs, and the geometric mean of the ratio to the reference with Student's
        over runs; NaN where the values do not vary or runs are too few.
    """
    reference = _reference(settings)
    base = _networks(values, reference)
    rows = []
    for axis, value in _settings(values, reference):
        other = _networks(values, {**reference, axis: value})
        first, second = (table.loc[base.index.intersection(other.index)] for table in (base, other))
        row = {"axis": AXES[axis], "setting": f"{value:g}" if axis == "radius" else str(value)}
        purpose = f"sharpness_sensitivity/{axis}/{value}"
        correlated = _rank_correlation(first, second, np.random.default_rng(stream_seed(0, purpose)))
        rows.append({**row, **correlated, **_ratio(first, second), "networks": first.size})
    return pd.DataFrame(rows)


def gains(settings: SharpnessSensitivity, values: pd.DataFrame) -> pd.DataFrame:
    """Return what Auto-PGD finds beyond the released search, as a share of it, by radius.

    Mean over runs of each run's mean over epochs, with Student's 95 % interval; least and most of a network.

    Args:
        settings: Of the study.
        values: Table of the study.
    """
    rows = []
    for radius in settings.radius:
        released, apgd = (
            _networks(values, {**_reference(settings), "radius": radius, "method": method})
            for method in ("released", "apgd")
        )
        gain = apgd / released - 1
        spread = {"least": gain.min(axis=None), "most": gain.max(axis=None), "runs": len(gain)}
        rows.append({"radius": radius, **_student(gain.mean(axis=1), "gain"), **spread})
    return pd.DataFrame(rows)


def _reference(settings: SharpnessSensitivity) -> dict[str, Any]:
    return {
        "radius": settings.reference_radius,
        "samples": settings.reference_samples,
        "batch_size": settings.reference_batch_size,
        "normalisation": NONE,
        "method": "released",
    }


def _settings(
    values: pd.DataFrame, reference: Mapping[str, float | int | str]
) -> Iterator[tuple[str, object]]:
    for axis in AXES:
        for value in values[axis].unique():
            if value != reference[axis]:
                yield axis, value


def _networks(values: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the sharpness of every run that never diverged (rows) at every epoch (columns)."""
    chosen = values[np.logical_and.reduce([values[axis] == value for axis, value in setting.items()])]
    return chosen.pivot(index="seed", columns="epoch", values="sharpness").dropna()


def _rank_correlation(
    first: pd.DataFrame, second: pd.DataFrame, generator: np.random.Generator
) -> dict[str, float]:
    def correlation(runs: np.ndarray) -> float:
        ranks = [stats.rankdata(table.to_numpy()[runs.astype(int)]) for table in (first, second)]
        return float(np.corrcoef(*ranks)[0, 1])

    runs = np.arange(len(first))
    if first.size < 3 or len(runs) < 2:
        return dict.fromkeys(("correlation", "low", "high"), np.nan)
    with np.errstate(invalid="ignore"):
        options = {"n_resamples": _RESAMPLES, "vectorized": False, "method": "percentile"}
        interval = stats.bootstrap((runs,), correlation, rng=generator, **options).confidence_interval
        value = correlation(runs)
    low, high = float(interval.low), float(interval.high)
    return {"correlation": value, "low": min(value, low), "high": max(value, high)}


def _ratio(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, float]:
    logs = _student(np.log(second / first).mean(axis=1), "ratio")
    return {name: float(np.exp(value)) for name, value in logs.items()}


def _student(values: pd.Series, name: str) -> dict[str, float]:
    if len(values) < 2:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    low, high = DescrStatsW(values).tconfint_mean()
    return {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}


def verdicts(settings: SharpnessSensitivity, tables: Mapping[str, pd.DataFrame]) -> list[Verdict]:
    """Judge whether the search finds the maximum, and whether the order of networks depends on the setting.

    Args:
        settings: Of the study.
        tables: Of the study.
    """
    judged = (settings.reference_radius, settings.radius[-1])
    rows = tables["gains"][tables["gains"]["radius"].isin(judged)].dropna(subset="gain")
    searches = [_search_verdict(row) for _, row in rows.iterrows()]
    axes = tables["agreement"].dropna(subset="correlation").groupby("axis", sort=False)
    return [*searches, *(_order_verdict(axis, rows, settings) for axis, rows in axes if axis != "search")]


def _search_verdict(row: pd.Series) -> Verdict:
    value, low, high = (float(row[name]) for name in ("gain", "gain_low", "gain_high"))
    return Verdict(
        f"The released search finds the worst case within ρ = {row['radius']:g}",
        _SOURCE,
        outcome_of(low, high, below=LARGEST_GAIN),
        "what Auto-PGD with restarts finds beyond it, as a share, mean over runs",
        value,
        low,
        high,
        int(row["runs"]),
        "runs",
        f"Threshold: {LARGEST_GAIN:.0%}. Single networks: {row['least']:+.1%} to {row['most']:+.1%}. "
        "Auto-PGD, too, gives a lower bound.",
    )


def _order_verdict(axis: str, rows: pd.DataFrame, settings: SharpnessSensitivity) -> Verdict:
    worst = rows.loc[rows["correlation"].idxmin()]
    apart = CONTRADICTED if worst["high"] < LEAST_CORRELATION else INCONCLUSIVE
    listed = ", ".join(f"{row.setting}: {row.correlation:.2f}" for row in rows.itertuples())
    return Verdict(
        f"Which network is sharper does not depend on {axis}",
        _SOURCE,
        SUPPORTED if (rows["low"] >= LEAST_CORRELATION).all() else apart,
        f"least rank correlation with the reference, at {axis} = {worst['setting']}",
        *(float(worst[name]) for name in ("correlation", "low", "high")),
        int(worst["networks"]),
        f"networks ({len(settings.seed)} runs at {len(settings.epochs)} epochs)",
        f"Threshold: {LEAST_CORRELATION:g}; intervals over runs. {listed}.",
    )
