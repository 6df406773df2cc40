"""Noise of mean zero and of E‖u‖² = 1, of one of the laws: what is left of a gradient noise over its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator, Tensor

from graduated.smoothing.laws import HEAVY, Law
from graduated.smoothing.smoothed import smoothed_rastrigin_gradient


@dataclass(frozen=True)
class UnitNoise:
    """u = (v − E[v])/(s√D), v with independent coordinates of a law of standard deviation s.

    A gradient noise ω = (C/√b)u has E[ω] = 0 and E‖ω‖² = C²/b, as that of a mini-batch of size b.

    Attributes:
        law: Of the coordinates of v, light-tailed.
        dimension: D.

    Raises:
        ValueError: The law is heavy-tailed: it has no variance.
    """

    law: Law
    dimension: int = 1

    def __post_init__(self) -> None:
        if self.law.tail == HEAVY:
            raise ValueError(f"{self.law.name} noise is heavy-tailed: it has no variance to make 1")

    @property
    def scale(self) -> float:
        """s√D, what the law's noise is divided by."""
        return math.sqrt((self.law.second_moment - self.law.mean**2) * self.dimension)

    def sample(self, shape: Sequence[int], generator: Generator) -> Tensor:
        """Draw u in float64.

        Args:
            shape: Of the result, its last entry D.
            generator: Source of the numbers.
        """
        return (self.law.sample(shape, generator) - self.law.mean) / self.scale

    def smoothed_rastrigin_gradient(self, points: Tensor, smoothing: float) -> Tensor:
        """Return ∇f̂_δ [N, D] of Rastrigin's function under this noise, in closed form.

        Args:
            points: [N, D].
            smoothing: δ > 0.
        """
        width = smoothing / self.scale
        return smoothed_rastrigin_gradient(points + width * self.law.mean, width, self.law)
