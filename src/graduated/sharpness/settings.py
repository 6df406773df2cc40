"""What one measure of sharpness is: which perturbations, on which data, with how long a search."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

Norm = Literal["linf", "l2"]
Statistics = Literal["own", "cifar10"]


@dataclass(frozen=True)
class Sharpness:
    """The settings of worst-case m-sharpness; the defaults are those of the paper's Figure 3.

    Attributes:
        norm: Norm of the perturbation, maximal ("linf") or Euclidean ("l2"). Paper: p = infinity.
        radius: Largest norm ρ of the perturbation. Paper: 0.0002.
        adaptive: Whether the perturbation is measured in units of each weight's magnitude, c = abs(w), and
            not of one, c = 1. Paper and defaults of the released code: not adaptive.
        normalise_logits: Whether each sample's logits are centred and divided by their Euclidean norm before
            the loss. Default of the released code: off.
        samples: Number n of training images: the first ones in order, without augmentation. Released code:
            1024.
        batch_size: Number m of images maximised over together. Released code: 128.
        steps: Steps of the search on each batch. Released code: 20.
        statistics: Mean and standard deviation that normalise the images: the data set's "own", or those of
            "cifar10", which the released code applies to CIFAR-100 too, by a substring match.
    """

    norm: Norm = "linf"
    radius: float = 0.0002
    adaptive: bool = False
    normalise_logits: bool = False
    samples: int = 1024
    batch_size: int = 128
    steps: int = 20
    statistics: Statistics = "own"

    @property
    def title(self) -> str:
        """What the measure is called in figures and tables."""
        kind = "adaptive worst-case" if self.adaptive else "worst-case"
        return f"{kind} {'ℓ∞' if self.norm == 'linf' else 'ℓ₂'}"

    def __post_init__(self) -> None:
        for name, choices in (("norm", get_args(Norm)), ("statistics", get_args(Statistics))):
            self._require(name, " or ".join(map(repr, choices)), getattr(self, name) in choices)
        for name in ("adaptive", "normalise_logits"):
            self._require(name, "True or False", isinstance(getattr(self, name), bool))
        number = isinstance(self.radius, int | float)
        self._require("radius", "a positive finite number", number and 0 < self.radius < math.inf)
        for name in ("samples", "batch_size", "steps"):
            value = getattr(self, name)
            self._require(name, "a positive whole number", isinstance(value, int) and value > 0)
        multiple = self.samples % self.batch_size == 0
        self._require("samples", f"a multiple of batch_size ({self.batch_size})", multiple)

    def _require(self, name: str, expected: str, satisfied: bool) -> None:
        if not satisfied:
            raise ValueError(f"sharpness {name}: expected {expected}, got {getattr(self, name)!r}")
