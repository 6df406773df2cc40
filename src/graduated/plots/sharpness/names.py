"""What a measure of sharpness is called in figures."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from graduated.sharpness.settings import Sharpness

_CHARACTERS = 34
"""Longest line of a label, which a third of a page is room for."""


@dataclass(frozen=True)
class Measure:
    """A measure as figures name it.

    Attributes:
        name: Its name in the preset.
        title: What it measures.
        radius: ρ; None where nothing is perturbed.
    """

    name: str
    title: str
    radius: float | None = None

    @classmethod
    def of(cls, name: str, settings: Sharpness) -> "Measure":
        """Name the settings of a measure."""
        return cls(name, settings.title, settings.perturbation_radius)

    @property
    def label(self) -> str:
        """What it measures, and below that its name and ρ."""
        radius = f", ρ\u00a0=\u00a0{self.radius:g}" if self.radius else ""
        return f"{self.title}\n{textwrap.fill(self.name + radius, _CHARACTERS)}"


def lettered(measures: Iterable[Measure]) -> Iterator[tuple[str, Measure]]:
    """Yield measures with their letters: the same in every figure.

    Raises:
        ValueError: There are more measures than letters.
    """
    measures = list(measures)
    if len(measures) > len(ascii_lowercase):
        raise ValueError(f"sharpness: {len(measures)} measures; at most {len(ascii_lowercase)} can be drawn")
    yield from zip(ascii_lowercase, measures, strict=False)
