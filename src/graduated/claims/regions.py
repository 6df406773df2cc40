"""Where a statistic has to lie for a claim to be supported or contradicted, and how sure that is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

_ROUNDING = 1e-9

_BOUNDS = {"above": 1, "below": 1, "within": 2, "outside": 2}


@dataclass(frozen=True)
class Region:
    """A part of the real line: ``above x``, ``below x``, ``within x y`` or ``outside x y``.

    Attributes:
        kind: One of the four words.
        bounds: One number, or two ascending ones.
    """

    kind: str
    bounds: tuple[float, ...]

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Read a region such as ``"within -1 0"``.

        Raises:
            ValueError: The text is none.
        """
        kind, *numbers = re.split(r"\s+", text.strip())
        try:
            bounds = tuple(map(float, numbers))
        except ValueError:
            bounds = ()
        if len(bounds) != _BOUNDS.get(kind) or list(bounds) != sorted(set(bounds)):
            raise ValueError(f"{text!r}: expected above x, below x, within x y or outside x y, with x < y")
        return cls(kind, bounds)

    def __str__(self) -> str:
        return " ".join([self.kind, *(f"{bound:g}" for bound in self.bounds)])

    def misses(self, low: float, high: float) -> bool:
        """Tell whether an interval lies outside of this region."""
        first, last = self.bounds[0], self.bounds[-1]
        match self.kind:
            case "above":
                return high <= first
            case "below":
                return low >= first
            case "within":
                return high <= first or low >= last
            case _:
                return first <= low and high <= last

    def p_value(self, sample: Sequence[float]) -> float:
        """Return how surprising a sample would be if the mean of its law lay outside this region.

        Student's t tests, one-sided; of two for ``within`` the larger p (Schuirmann 1987), for ``outside``
        twice the smaller.

        Args:
            sample: Independent numbers, two or more.
        """
        above, below = (_one_sided(sample, self.bounds[0], side) for side in ("greater", "less"))
        match self.kind:
            case "above":
                return above
            case "below":
                return below
            case "within":
                return max(above, _one_sided(sample, self.bounds[1], "less"))
            case _:
                return min(1.0, 2 * min(below, _one_sided(sample, self.bounds[1], "greater")))


def _one_sided(sample: Sequence[float], bound: float, alternative: str) -> float:
    if agree(sample):
        beyond = sample[0] - bound if alternative == "greater" else bound - sample[0]
        return 0.0 if beyond > 0 else 1.0
    return float(stats.ttest_1samp(sample, bound, alternative=alternative).pvalue)


def agree(sample: Sequence[float]) -> bool:
    """Tell whether all numbers of a sample are the same but for rounding."""
    return bool(np.allclose(sample, sample[0], rtol=_ROUNDING, atol=_ROUNDING))
