"""Intervals of shares and of differences between shares."""

from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


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
