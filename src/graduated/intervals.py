"""Intervals of means and of medians."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """Return the mean of independent numbers and its interval by Student's t.

    Args:
        values: Two or more.
        level: Of the interval, in (0, 1).
    """
    mean = float(np.mean(values))
    reach = float(stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values))
    return mean, mean - reach, mean + reach


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median of independent numbers and its 95 % interval by order statistics, of whatever law.

    Args:
        values: Six or more; of fewer there is no such interval.
    """
    interval = stats.quantile_test(values, p=0.5).confidence_interval(0.95)
    return float(np.median(values)), float(interval.low), float(interval.high)
