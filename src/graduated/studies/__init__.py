"""Studies: questions with a table, a verdict and a figure, beside the main line of a preset."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

Report = Callable[[float, str], None]
"""Told which fraction of a study's work is done, and a few words."""

Tables = Mapping[str, pd.DataFrame]
"""A study's tables by name."""

SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """What a study says of one claim.

    Attributes:
        claim: The claim, one sentence in our words.
        source: Where it is made, e.g. ``"arXiv 2311.08745, Lemma 2.2"``.
        outcome: ``supported``, ``contradicted`` or ``inconclusive``.
        statistic: What was measured, in words, with its unit.
        value: The statistic.
        low: Lower end of its 95 % interval; equal to the value where it is exact.
        high: Upper end.
        n: How many independent measurements it rests on.
        unit: What one of them is, e.g. ``"starts"`` or ``"seeds"``.
        remark: Under which conditions, or where the claim ends.
    """

    claim: str
    source: str
    outcome: str
    statistic: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    remark: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in (SUPPORTED, CONTRADICTED, INCONCLUSIVE):
            raise ValueError(f"verdict: outcome {self.outcome!r} is none of the three")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"verdict {self.statistic!r}: {self.value} is outside [{self.low}, {self.high}]")


@dataclass(frozen=True)
class Findings:
    """What a study found: tidy tables by name, and its verdicts."""

    tables: Tables
    verdicts: Sequence[Verdict]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The verdicts as written to JSON."""
        return [asdict(verdict) for verdict in self.verdicts]


def outcome_of(low: float, high: float, *, above: float = -math.inf, below: float = math.inf) -> str:
    """Return what the interval of a number says of the claim that the number lies between two bounds.

    Args:
        low: Lower end of the interval, finite; NaN where there is none.
        high: Upper end, likewise.
        above: The number is claimed to be greater than this.
        below: The number is claimed to be less than this.

    Returns:
        ``supported`` where the whole interval lies between the bounds, ``contradicted`` where it lies beyond
        one of them, else ``inconclusive``.
    """
    if above < low and high < below:
        return SUPPORTED
    return CONTRADICTED if high < above or low > below else INCONCLUSIVE
