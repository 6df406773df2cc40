"""Forms of verdicts: on a number without an interval, and on one estimated, with an interval of 95 %."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from graduated.intervals import mean_interval, median_interval
from graduated.proportions import share_interval
from graduated.studies import CONTRADICTED, SUPPORTED, Verdict, outcome_of

ROUNDING = 1e-9
"""Relative error up to which an identity counts as exact, after a thousand steps in double precision."""


def number_verdict(
    claim: str,
    source: str,
    statistic: str,
    value: float,
    n: int,
    unit: str,
    remark: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> Verdict:
    """Return the verdict on a number without an interval: supported within its bounds, else contradicted.

    Args:
        claim: What is claimed.
        source: Where.
        statistic: What the number is.
        value: The number.
        n: What it rests on.
        unit: What one of these is.
        remark: Conditions and consequences.
        least: The number is claimed to be no less than this.
        most: The number is claimed to be no more than this.
    """
    outcome = SUPPORTED if least <= value <= most else CONTRADICTED
    return Verdict(claim, source, outcome, statistic, value, value, value, n, unit, remark)


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
    return number_verdict(claim, source, statistic, worst, len(errors), unit, remark, most=largest)


def interval_verdict(
    claim: str,
    source: str,
    statistic: str,
    interval: Iterable[float],
    n: int,
    unit: str,
    remark: str,
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> Verdict:
    """Return the verdict on a number that is claimed to lie between two bounds, by its interval.

    Args:
        claim: What is claimed.
        source: Where.
        statistic: What the number is.
        interval: The number and both ends of its 95 % interval; the columns of a table's row, for example.
        n: How many independent measurements it rests on.
        unit: What one of them is.
        remark: Conditions and consequences.
        above: The number is claimed to be greater than this.
        below: The number is claimed to be less than this.
    """
    value, low, high = map(float, interval)
    outcome = outcome_of(low, high, above=above, below=below)
    return Verdict(claim, source, outcome, statistic, value, low, high, int(n), unit, remark)


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
    found, n = interval(values), len(values)
    return interval_verdict(claim, source, statistic, found, n, unit, remark, above=above, below=below)


def _share(holds: Sequence[bool]) -> tuple[float, float, float]:
    return float(np.mean(holds)), *share_interval(int(np.sum(holds)), len(holds))


median_verdict = partial(mean_verdict, interval=median_interval)
"""Returns the verdict on a median that is claimed to lie between two bounds; arguments as of a mean."""

share_verdict = partial(mean_verdict, interval=_share)
"""Returns the verdict on a share, by the exact interval; arguments as of a mean, values true or false."""
