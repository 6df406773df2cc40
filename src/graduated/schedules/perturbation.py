"""Explicit graduated optimization of a network: by how much its weights are perturbed in which epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graduated.options import construct


@dataclass(frozen=True)
class Perturbation:
    """Levels δ_1 > δ_2 > …, each kept for an equal share of the epochs (arXiv 2412.11501, Figure 2).

    Gradients are taken at w + δ_m u with E‖u‖² = 1: those of the smoothed loss f̂_δ, on average.

    Attributes:
        epochs: Of the whole training.
        first: δ_1, in the Euclidean norm of all weights.
        levels: M, how many.
        factor: γ with δ_{m+1} = γδ_m, 1/2 in Hazan et al. (2016); None for polynomial levels.
        power: p with δ_m = δ_1 (1 − (m−1)/M)^p; None for levels by a factor.

    Raises:
        ValueError: A number is out of range, or not exactly one of ``factor`` and ``power`` is given.
    """

    epochs: int
    first: float
    levels: int = 5
    factor: float | None = None
    power: float | None = None

    def __post_init__(self) -> None:
        if not self.first > 0:
            raise ValueError(f"first: expected a number greater than 0, found {self.first}")
        if not 1 <= self.levels <= self.epochs:
            raise ValueError(
                f"levels: expected 1 to the number of epochs, {self.epochs}, found {self.levels}"
            )
        if (self.factor is None) == (self.power is None):
            raise ValueError("factor, power: expected exactly one of them")
        if self.factor is not None and not 0 < self.factor < 1:
            raise ValueError(f"factor: expected a number between 0 and 1, found {self.factor}")
        if self.power is not None and not self.power > 0:
            raise ValueError(f"power: expected a number greater than 0, found {self.power}")

    def at(self, epoch: int) -> float:
        """Return δ_m of an epoch, counted from 0."""
        level = epoch * self.levels // self.epochs
        if self.factor is not None:
            return self.first * self.factor**level
        return self.first * (1 - level / self.levels) ** self.power


def build_perturbation(epochs: int, options: Mapping[str, Any]) -> Perturbation:
    """Return the levels that options describe.

    Args:
        epochs: Of the whole training.
        options: The other attributes of :class:`Perturbation` by name.

    Raises:
        ValueError: An option is unknown, missing or out of range.
    """
    try:
        return construct(Perturbation, options, epochs)
    except ValueError as error:
        raise ValueError(f"perturbation: {error}") from None
