"""The verdicts of several presets, those of the judge and those of the studies alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from graduated.claims.declarations import ALL_RUNS, Claim
from graduated.claims.judge import WEAKER


@dataclass(frozen=True)
class Verdict:
    """What one preset says of a claim.

    Attributes:
        preset: Its name.
        runs: Which runs it rests on: ``all`` or ``trained``.
        statistic: What ``value`` is, in words.
        value: The number.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: The sample, such as ``5 seeds``.
        outcome: ``supported``, ``contradicted`` or ``inconclusive``.
        reason: Why it is inconclusive.
    """

    preset: str
    runs: str
    statistic: str
    value: float
    low: float
    high: float
    n: str
    outcome: str
    reason: str = ""

    @property
    def words(self) -> str:
        """The outcome; for an interval between the two thresholds, that the claim holds more weakly."""
        return WEAKER.partition(":")[0] if self.reason == WEAKER else self.outcome


@dataclass(frozen=True, eq=False)
class Verdicts:
    """The verdicts of presets.

    Attributes:
        judged: The judge's tables by preset, in the order to show them.
        studies: The studies' verdicts by preset, of those that have any.
    """

    judged: Mapping[str, pd.DataFrame]
    studies: Mapping[str, pd.DataFrame]

    @classmethod
    def read(cls, tables: Sequence[Path]) -> "Verdicts":
        """Read the judge's tables, and verdicts.csv where it lies beside one; folders name the presets."""
        judged = {path.parent.name: pd.read_csv(path) for path in tables}
        beside = {path.parent.name: path.with_name("verdicts.csv") for path in tables}
        return cls(judged, {name: pd.read_csv(path) for name, path in beside.items() if path.is_file()})

    @property
    def presets(self) -> list[str]:
        """Names of the presets."""
        return list(self.judged)

    def of(self, claim: Claim) -> list[Verdict]:
        """Return what is measured of a claim: by preset, all runs before trained ones."""
        of_preset = self._of_study if claim.study else self._of_judge
        return [verdict for preset in self.presets for verdict in of_preset(claim, preset)]

    def _of_judge(self, claim: Claim, preset: str) -> list[Verdict]:
        table = self.judged[preset]
        rows = table[(table["claim"] == claim.id) & table["value"].notna()]
        return [
            _verdict(preset, row.runs, row, f"{row.n_seeds} seeds", row.verdict, row.reason)
            for row in rows.itertuples()
        ]

    def _of_study(self, claim: Claim, preset: str) -> list[Verdict]:
        if preset not in self.studies:
            return []
        table = self.studies[preset]
        rows = table[(table["study"] == claim.study) & (table["claim"] == claim.verdict)]
        return [
            _verdict(preset, ALL_RUNS, row, f"{row.n:,} {row.unit}", row.outcome) for row in rows.itertuples()
        ]


def _verdict(preset: str, runs: str, row: Any, n: str, outcome: str, reason: str = "") -> Verdict:
    return Verdict(preset, runs, row.statistic, row.value, row.low, row.high, n, outcome, reason)
