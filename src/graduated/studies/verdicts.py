"""Verdicts on identities, which hold to rounding or not at all, and on numbers estimated from repetitions."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from graduated.intervals import mean_interval, median_interval
from graduated.studies import CONTRADICTED, SUPPORTED, Verdict, outcome_of

ROUNDING = 1e-9
"""Relative error up to which an identity counts as exact, after a thousand steps in double precision."""


def exact_verdict(
    claim: str,
    source: str,
    statistic: str,
    errors: Sequence[float],
    unit: str,
    remark: str,
    largest: float = ROUNDING,
) -> Verdict:
    """Return the verdict on an identity: supported where its largest error is no more than rounding.

    Args:
        claim: The identity.
        source: Where it is stated.
        statistic: What an error is; the largest is named by this text.
        errors: Not negative, one for each thing compared.
        unit: What is compared.
        remark: Conditions and consequences.
        largest: Error that counts as none.
    """
    worst = float(np.max(errors))
    outcome = SUPPORTED if worst <= largest else CONTRADICTED
    return Verdict(claim, source, outcome, statistic, worst, worst, worst, len(errors), unit, remark)


def mean_verdict(
    claim: str,
    source: str,
    statistic: str,
    values: Sequence[float],
    unit: str,
    remark: str,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    interval: Callable[[Sequence[float]], tuple[float, float, float]] = mean_interval,
) -> Verdict:
    """Return the verdict on a mean that is claimed to lie between two bounds, by Student's t.

    Args:
        claim: What is claimed.
        source: Where.
        statistic: What a value is.
        values: Independent measurements.
        unit: What one of them is.
        remark: Conditions and consequences.
        above: The mean is claimed to be greater than this.
        below: The mean is claimed to be less than this.
        interval: From values to what is claimed of them and its 95 % interval.
    """
    value, low, high = interval(values)
    outcome = outcome_of(low, high, above=above, below=below)
    return Verdict(claim, source, outcome, statistic, value, low, high, len(values), unit, remark)


median_verdict = partial(mean_verdict, interval=median_interval)
"""Returns the verdict on a median that is claimed to lie between two bounds; arguments as of a mean."""
