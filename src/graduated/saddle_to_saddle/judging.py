"""Three forms of verdicts over data sets: of a share, of a mean, of a largest value."""

import numpy as np

from graduated.studies import Verdict
from graduated.studies.verdicts import mean_verdict, number_verdict, share_verdict

MOST = 0.5
"""What is claimed of data sets holds if it does on more than this share of them."""

_UNIT = "data sets"


def by_share(claim: str, source: str, statistic: str, holds: np.ndarray, remark: str) -> Verdict:
    """Judge a claim by the share of data sets on which it holds, with the exact 95 % interval."""
    statistic = f"{statistic}; more than {MOST:g} expected"
    return share_verdict(claim, source, statistic, holds, _UNIT, remark, above=MOST)


def by_mean(
    claim: str, source: str, statistic: str, values: np.ndarray, bounds: tuple[float, float], remark: str
) -> Verdict:
    """Judge the claim that a mean over data sets lies between two bounds, by its 95 % interval."""
    above, below = bounds
    return mean_verdict(claim, source, statistic, values, _UNIT, remark, above=above, below=below)


def by_largest(
    claim: str, source: str, statistic: str, worst: float, bound: float, number: int, remark: str
) -> Verdict:
    """Judge the claim that nothing exceeds a bound, by the largest value over some data sets."""
    statistic = f"{statistic}; at most {bound:g} expected"
    return number_verdict(claim, source, statistic, worst, number, _UNIT, remark, most=bound)
