"""Intervals of means, of medians, of shares and of differences between shares."""

from collections.abc import Sequence

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


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


def share_interval(count: int, number: int) -> tuple[float, float]:
    """Return the exact (Clopper–Pearson) 95 % interval of a share.

    Args:
        count: How many of them.
        number: Of how many.
    """
    low, high = proportion_confint(count, number, method="beta")
    return float(low), float(high)


def difference_interval(count: int, other: int, number: int) -> tuple[float, float]:
    """Return Newcombe's 95 % interval of a share less another, of independent samples of one size.

    Args:
        count: How many of the first.
        other: How many of the second.
        number: Size of each.
    """
    low, high = confint_proportions_2indep(count, number, other, number, compare="diff", method="newcomb")
    return float(low), float(high)
