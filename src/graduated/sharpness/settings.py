"""What one measure of sharpness is: how the loss is examined, on which data, and how thoroughly."""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Norm = Literal["linf", "l2"]
Statistics = Literal["own", "cifar10"]
Method = Literal["released", "apgd", "average", "random_directions", "curvature"]
Start = Literal["zero", "random"]
Directions = Literal["two_sided", "one_sided"]
Quantity = Literal["eigenvalue", "trace"]

_CHOICES = {
    "norm": Norm,
    "statistics": Statistics,
    "method": Method,
    "start": Start,
    "directions": Directions,
    "quantity": Quantity,
}
_SEARCHES = ("released", "apgd")
_IN_A_NEIGHBOURHOOD = (*_SEARCHES, "average")
_APPLIES = {
    "norm": _IN_A_NEIGHBOURHOOD,
    "radius": (*_IN_A_NEIGHBOURHOOD, "random_directions"),
    "adaptive": _IN_A_NEIGHBOURHOOD,
    "steps": _SEARCHES,
    "restarts": ("apgd",),
    "start": ("apgd",),
    "draws": ("average", "random_directions", "curvature"),
    "directions": ("random_directions",),
    "quantity": ("curvature",),
    "eigenvalues": ("curvature",),
    "seed": ("apgd", "average", "random_directions", "curvature"),
}
"""Methods that an option applies to; those not named here apply to all."""


@dataclass(frozen=True)
class Sharpness:
    """The settings of a measure; the defaults are those of the paper's Figure 3.

    Attributes:
        norm: Norm of the perturbation, maximal ("linf") or Euclidean ("l2"). Paper: p = infinity.
        radius: Largest norm ρ of the perturbation. Paper: 0.0002. With ``average`` and "l2" it is the
            standard deviation of each coordinate, with ``random_directions`` the Euclidean length.
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
        method: How the loss is examined. ``released``: worst case by the search of the released code;
            ``apgd``: worst case by Auto-PGD as published (Croce & Hein 2020); ``average``: mean increase over
            random perturbations (Andriushchenko et al. 2023); ``random_directions``: mean change over random
            directions of one Euclidean length (Zhao et al. 2024); ``curvature``: the Hessian.
        restarts: Searches of ``apgd`` on each batch, of which the best counts; all but the first start from a
            random perturbation.
        start: Where the first of them starts: at the weights ("zero") or at a "random" perturbation.
        draws: Random perturbations of each batch, or probes of the Hessian's trace. Released code: 20.
        directions: "two_sided" takes isotropic directions, each with its opposite; "one_sided" directions
            whose entries are all positive, uniform before scaling, as the code of Zhao et al. does.
        quantity: The Hessian's largest "eigenvalue" or its "trace".
        eigenvalues: How many of the largest eigenvalues are recorded.
        seed: Of all that is random.
    """

    norm: Norm = "linf"
    radius: float = 0.0002
    adaptive: bool = False
    normalise_logits: bool = False
    samples: int = 1024
    batch_size: int = 128
    steps: int = 20
    statistics: Statistics = "own"
    method: Method = "released"
    restarts: int = 1
    start: Start = "zero"
    draws: int = 20
    directions: Directions = "two_sided"
    quantity: Quantity = "eigenvalue"
    eigenvalues: int = 1
    seed: int = 0

    @property
    def title(self) -> str:
        """What the measure is called in figures and tables, the word sharpness left out."""
        if self.method == "random_directions":
            return "random-direction"
        if self.method == "curvature":
            return "top-eigenvalue" if self.quantity == "eigenvalue" else "Hessian-trace"
        case = {"released": "worst-case", "apgd": "Auto-PGD worst-case", "average": "average-case"}
        kind = f"adaptive {case[self.method]}" if self.adaptive else case[self.method]
        return f"{kind} {'ℓ∞' if self.norm == 'linf' else 'ℓ₂'}"

    @property
    def perturbation_radius(self) -> float | None:
        """ρ; None where the method perturbs nothing."""
        return None if self.method == "curvature" else self.radius

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            values = get_args(choices)
            self._require(name, " or ".join(map(repr, values)), getattr(self, name) in values)
        for name in ("adaptive", "normalise_logits"):
            self._require(name, "True or False", isinstance(getattr(self, name), bool))
        number = isinstance(self.radius, int | float)
        self._require("radius", "a positive finite number", number and 0 < self.radius < math.inf)
        for name in ("samples", "batch_size", "steps", "restarts", "eigenvalues"):
            self._require(name, "a positive whole number", _is_whole(getattr(self, name), 1))
        self._require("draws", "a whole number from 2 on", _is_whole(self.draws, 2))
        self._require("seed", "a whole number from 0 on", _is_whole(self.seed, 0))
        multiple = self.samples % self.batch_size == 0
        self._require("samples", f"a multiple of batch_size ({self.batch_size})", multiple)
        self._require_applicable()

    def _require(self, name: str, expected: str, satisfied: bool) -> None:
        if not satisfied:
            raise ValueError(f"sharpness {name}: expected {expected}, got {getattr(self, name)!r}")

    def _require_applicable(self) -> None:
        for field in fields(self):
            value, methods = getattr(self, field.name), _APPLIES.get(field.name, get_args(Method))
            if value != field.default and self.method not in methods:
                raise ValueError(
                    f"sharpness {field.name}: applies to method {' or '.join(map(repr, methods))}, "
                    f"not to {self.method!r}; got {value!r}"
                )
        if self.method == "curvature":
            absent = "draws" if self.quantity == "eigenvalue" else "eigenvalues"
            default = next(field.default for field in fields(self) if field.name == absent)
            applies = f"{default}, since it does not apply to quantity {self.quantity!r}"
            self._require(absent, applies, getattr(self, absent) == default)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
