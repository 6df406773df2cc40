"""What one measure of sharpness is: how the loss is examined, on which data, and how thoroughly."""

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

from graduated.options import construct

_LEAST = {"draws": 2, "seed": 0}
"""The least that a whole number may be, where that is not 1."""


@dataclass(frozen=True, kw_only=True)
class Sharpness:
    """What every measure states; the defaults of all are those of the paper's Figure 3.

    Attributes:
        method: The measure's name in a config.
        title: What it is called in figures and tables, the word sharpness left out.
        samples: Number n of training images: the first ones in order, without augmentation. Released code:
            1024.
        batch_size: Number m of images perturbed together. Released code: 128.
        normalise_logits: Whether each sample's logits are centred and divided by their Euclidean norm before
            the loss. Default of the released code: off.
        statistics: Mean and standard deviation that normalise the images: the data set's "own", or those of
            "cifar10", which the released code applies to CIFAR-100 too, by a substring match.
    """

    method: ClassVar[str]
    title: ClassVar[str]
    samples: int = 1024
    batch_size: int = 128
    normalise_logits: bool = False
    statistics: Literal["own", "cifar10"] = "own"

    @property
    def perturbation_radius(self) -> float | None:
        """ρ; None where nothing is perturbed."""
        return getattr(self, "radius", None)

    def __post_init__(self) -> None:
        for field in fields(self):
            self._require(field.name, *_judge(field.name, field.type, getattr(self, field.name)))
        multiple = self.samples % self.batch_size == 0
        self._require("samples", f"a multiple of batch_size ({self.batch_size})", multiple)

    def _require(self, name: str, expected: str, satisfied: bool) -> None:
        if not satisfied:
            raise ValueError(f"sharpness {name}: expected {expected}, got {getattr(self, name)!r}")


def _judge(name: str, kind: Any, value: Any) -> tuple[str, bool]:
    """Return what is expected of an option, and whether its value is that."""
    if kind is bool:
        return "True or False", isinstance(value, bool)
    if kind is float:
        return "a positive finite number", isinstance(value, int | float) and 0 < value < math.inf
    if kind is int:
        least = _LEAST.get(name, 1)
        expected = "a positive whole number" if least == 1 else f"a whole number from {least} on"
        return expected, isinstance(value, int) and not isinstance(value, bool) and value >= least
    return " or ".join(map(repr, get_args(kind))), value in get_args(kind)


@dataclass(frozen=True, kw_only=True)
class InNeighbourhood(Sharpness):
    """How much the loss rises round the weights.

    Attributes:
        case: Which rise is meant, in words.
        norm: Norm of the perturbation, maximal ("linf") or Euclidean ("l2"). Paper: p = infinity.
        radius: Largest norm ρ of the perturbation. Paper: 0.0002.
        adaptive: Whether the perturbation is measured in units of each weight's magnitude, c = abs(w), and
            not of one, c = 1. Paper and defaults of the released code: not adaptive.
    """

    case: ClassVar[str]
    norm: Literal["linf", "l2"] = "linf"
    radius: float = 0.0002
    adaptive: bool = False

    @property
    def title(self) -> str:
        """What the measure is called, the word sharpness left out."""
        kind = f"adaptive {self.case}" if self.adaptive else self.case
        return f"{kind} {'ℓ∞' if self.norm == 'linf' else 'ℓ₂'}"


@dataclass(frozen=True, kw_only=True)
class WorstCase(InNeighbourhood):
    """The largest rise that a search finds.

    Attributes:
        steps: Steps of the search on each batch. Released code: 20.
    """

    steps: int = 20


@dataclass(frozen=True, kw_only=True)
class ReleasedSearch(WorstCase):
    """The worst case by the search of the released code: the paper's measure."""

    method: ClassVar[str] = "released"
    case: ClassVar[str] = "worst-case"


@dataclass(frozen=True, kw_only=True)
class AutoPGD(WorstCase):
    """The worst case by Auto-PGD as published (Croce & Hein 2020).

    Attributes:
        restarts: Searches on each batch, of which the best counts; all but the first start from a random
            perturbation.
        start: Where the first of them starts: at the weights ("zero") or at a "random" perturbation.
        seed: Of the random perturbations.
    """

    method: ClassVar[str] = "apgd"
    case: ClassVar[str] = "Auto-PGD worst-case"
    restarts: int = 1
    start: Literal["zero", "random"] = "zero"
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class AverageCase(InNeighbourhood):
    """The mean rise over random perturbations (Andriushchenko et al. 2023).

    Attributes:
        radius: ρ; with "l2" the standard deviation of each coordinate.
        draws: Random perturbations of each batch. Released code: 20.
        seed: Of the perturbations.
    """

    method: ClassVar[str] = "average"
    case: ClassVar[str] = "average-case"
    draws: int = 20
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class RandomDirections(Sharpness):
    """The mean change over random directions of one length (Zhao et al. 2024).

    Attributes:
        radius: That Euclidean length ρ.
        draws: Directions drawn for each batch.
        directions: "two_sided" takes isotropic directions, each with its opposite; "one_sided" directions
            whose entries are all positive, uniform before scaling, as the code of Zhao et al. does.
        seed: Of the directions.
    """

    method: ClassVar[str] = "random_directions"
    title: ClassVar[str] = "random-direction"
    radius: float = 0.0002
    draws: int = 20
    directions: Literal["two_sided", "one_sided"] = "two_sided"
    seed: int = 0


Sampled = AverageCase | RandomDirections
"""A mean over random perturbations."""


@dataclass(frozen=True, kw_only=True)
class Curvature(Sharpness):
    """What the Hessian of one network's loss says."""


@dataclass(frozen=True, kw_only=True)
class TopEigenvalues(Curvature):
    """The Hessian's largest eigenvalue.

    Attributes:
        eigenvalues: How many of the largest are recorded.
        seed: Of the vector that the iteration starts from.
    """

    method: ClassVar[str] = "top_eigenvalues"
    title: ClassVar[str] = "top-eigenvalue"
    eigenvalues: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class HessianTrace(Curvature):
    """The Hessian's trace.

    Attributes:
        draws: Random probes.
        seed: Of the probes.
    """

    method: ClassVar[str] = "hessian_trace"
    title: ClassVar[str] = "Hessian-trace"
    draws: int = 20
    seed: int = 0


MEASURES: dict[str, type[Sharpness]] = {
    kind.method: kind
    for kind in (ReleasedSearch, AutoPGD, AverageCase, RandomDirections, TopEigenvalues, HessianTrace)
}
"""The measures by the names of their methods."""


def make_measure(method: str = "released", **options: Any) -> Sharpness:
    """Return a measure from a config or a specification.

    Args:
        method: Its name.
        options: The options that are to have other values than their defaults.

    Raises:
        ValueError: There is no such method, it lacks an option, or an option cannot have such a value.
    """
    if method not in MEASURES:
        raise ValueError(f"sharpness method: expected {' or '.join(map(repr, MEASURES))}, got {method!r}")
    return construct(MEASURES[method], options)
