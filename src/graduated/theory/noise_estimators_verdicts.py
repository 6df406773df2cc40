"""What C² by several estimators along training says: is it one constant, and do they agree."""

import numpy as np
import pandas as pd
from statsmodels.stats.weightstats import DescrStatsW

from graduated.studies import Verdict, outcome_of

CONSTANT_WITHIN = 2.0
"""Ratio of the largest C² of a training to the smallest, up to which it passes for constant."""

TOLERANCE = 0.1
"""How far the ratio of two estimators may be from 1 for them to agree."""

PER_SAMPLE = ("per sample", "evaluation")
PAIRS = ("two batch sizes", "evaluation")
PAIRS_IN_TRAINING = ("two batch sizes", "training")

_SOURCE = "arXiv 2311.08745, assumption A3 ii"


def verdicts(table: pd.DataFrame) -> list[Verdict]:
    """Judge the constancy of C² by two estimators, and each two-batch-size one against per-sample gradients.

    Estimates of C² that are not positive, which happens where there is hardly any noise, are left out.

    Args:
        table: ``estimates``.
    """
    wide = table.pivot(index=["seed", "epoch"], columns=["estimator", "mode"], values="gradient_variance")
    wide = wide.where(wide > 0)
    found = [_constancy(wide[PER_SAMPLE], "per-sample gradients, evaluation mode")]
    if PAIRS_IN_TRAINING in wide:
        found.append(_constancy(wide[PAIRS_IN_TRAINING], "two batch sizes, training mode"))
    found.append(
        _agreement(
            wide[PAIRS] / wide[PER_SAMPLE],
            "Two batch sizes and per-sample gradients give the same C² (evaluation mode)",
        )
    )
    if PAIRS_IN_TRAINING in wide:
        found.append(
            _agreement(
                (wide[PAIRS_IN_TRAINING] / wide[PER_SAMPLE]).drop(0, level="epoch", errors="ignore"),
                "C² of batch norm's evaluation mode is C² of its training mode, that of SGD itself",
            )
        )
    return found


def _geometric(ratios: pd.Series) -> tuple[float, float, float]:
    """Return the geometric mean over the seeds, and its interval by Student's t."""
    logs = DescrStatsW(np.log(ratios))
    low, high = logs.tconfint_mean()
    return tuple(float(np.exp(value)) for value in (logs.mean, low, high))


def _constancy(variances: pd.Series, how: str) -> Verdict:
    by_epoch = variances.unstack("epoch")
    value, low, high = _geometric(by_epoch.max(axis=1) / by_epoch.min(axis=1))
    means = np.exp(np.log(by_epoch).mean())
    return Verdict(
        f"C² is one constant along a training ({how})",
        _SOURCE,
        outcome_of(low, high, below=CONSTANT_WITHIN),
        "largest / smallest C² over the measured epochs, geometric mean over seeds",
        value,
        low,
        high,
        len(by_epoch),
        "seeds",
        f"Supported means: the interval is below {CONSTANT_WITHIN:g}. C² goes from {means.iloc[0]:.3g} at "
        f"epoch {means.index[0]} to {means.iloc[-1]:.3g} at epoch {means.index[-1]}; it is largest, "
        f"{means.max():.3g}, at epoch {means.idxmax()}.",
    )


def _agreement(ratios: pd.Series, claim: str) -> Verdict:
    value, low, high = _geometric(np.exp(np.log(ratios).groupby("seed").mean()))
    by_epoch = np.exp(np.log(ratios).groupby("epoch").mean())
    listed = ", ".join(f"{ratio:.3g} at epoch {epoch}" for epoch, ratio in by_epoch.items())
    return Verdict(
        claim,
        _SOURCE,
        outcome_of(low, high, above=1 - TOLERANCE, below=1 + TOLERANCE),
        "ratio to per-sample gradients, geometric mean over epochs and seeds",
        value,
        low,
        high,
        ratios.index.get_level_values("seed").nunique(),
        "seeds",
        f"Supported means: the interval is within {TOLERANCE:g} of 1. Ratios: {listed}.",
    )
