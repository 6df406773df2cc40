"""Laws of the noise u of f̂_δ(x) = E[f(x − δu)]: the seven of the papers' figure, and two scaled to E‖u‖ ≤ 1.

The seven are those of the code released with arXiv 2311.08745, as they are there: their scales, so that most
have E|u| > 1, and the location 1 of the Lévy law. NumPy's ``pareto`` is the Lomax law on (0, ∞); shifted by
+1, as there, it is the classical Pareto law of shape and scale 1 on (1, ∞), SciPy's ``pareto(1)``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import special, stats
from torch import Generator, Tensor

LIGHT, HEAVY = "light", "heavy"

_SMALLEST_PROBABILITY = 2.0**-54
"""Half the step of a uniform float64, in place of the probability 0."""


@dataclass(frozen=True)
class Law:
    """One-dimensional law of the noise, independent in every coordinate.

    Attributes:
        name: Its key in ``LAWS``.
        tail: ``"light"``, or ``"heavy"`` where E|u| is infinite.
        mean_absolute: E|u|, infinite where it does not exist.
        distribution: SciPy's frozen distribution.
        quantile: Inverse of the distribution function, elementwise on (0, 1).
        transform: Characteristic function E exp(itu) of an array t, as SciPy offers none.
    """

    name: str
    tail: str
    mean_absolute: float
    distribution: Any
    quantile: Callable[[Tensor], Tensor]
    transform: Callable[[np.ndarray], np.ndarray]

    @property
    def mean(self) -> float:
        """E[u]; nan or infinite where it does not exist."""
        return float(self.distribution.mean())

    @property
    def second_moment(self) -> float:
        """E[u²], infinite for a heavy tail."""
        return math.inf if self.tail == HEAVY else float(self.distribution.moment(2))

    def sample(self, shape: Sequence[int], generator: Generator) -> Tensor:
        """Draw independent noise in float64.

        Args:
            shape: Of the result.
            generator: Source of the uniform numbers that are put into the quantile function.
        """
        uniform = torch.rand(tuple(shape), generator=generator, dtype=torch.float64)
        return self.quantile(uniform.clamp_min(_SMALLEST_PROBABILITY))

    def density(self, noise: Tensor) -> Tensor:
        """Return the density at each value of the noise, in float64."""
        return torch.from_numpy(np.asarray(self.distribution.pdf(noise.double().numpy())))

    def characteristic(self, frequency: Tensor) -> Tensor:
        """Return E exp(itu), complex, at each angular frequency t."""
        values = self.transform(frequency.double().numpy())
        return torch.from_numpy(np.asarray(values, dtype=np.complex128))


def scaled_gaussian(shape: Sequence[int], generator: Generator) -> Tensor:
    """Draw from N(0, I/d), of E‖u‖² = 1 and so of E‖u‖ ≤ 1.

    Args:
        shape: Of the result, its last entry the dimension d.
        generator: Source of the numbers.
    """
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float64) / math.sqrt(shape[-1])


def ball(shape: Sequence[int], generator: Generator) -> Tensor:
    """Draw uniformly from the unit ball, of E‖u‖ = d/(d + 1), as Hazan, Levy & Shalev-Shwartz (2016) do.

    Args:
        shape: Of the result, its last entry the dimension d.
        generator: Source of the numbers.
    """
    direction = torch.randn(tuple(shape), generator=generator, dtype=torch.float64)
    radius = torch.rand((*shape[:-1], 1), generator=generator, dtype=torch.float64) ** (1 / shape[-1])
    return radius * direction / torch.linalg.vector_norm(direction, dim=-1, keepdim=True)


def _rayleigh_transform(frequency: np.ndarray) -> np.ndarray:
    real = 1 - math.sqrt(2) * frequency * special.dawsn(frequency / math.sqrt(2))
    return real + 1j * frequency * math.sqrt(math.pi / 2) * np.exp(-(frequency**2) / 2)


def _levy_transform(frequency: np.ndarray) -> np.ndarray:
    return np.exp(1j * frequency - np.sqrt(np.abs(frequency)) * (1 - 1j * np.sign(frequency)))


def _pareto_transform(frequency: np.ndarray) -> np.ndarray:
    """Return the exponential integral E_2(−it) = e^{it} + it E_1(−it), 1 at t = 0."""
    nonzero = np.where(frequency == 0, 1.0, frequency)
    values = np.exp(1j * nonzero) + 1j * nonzero * special.exp1(-1j * nonzero)
    return np.where(frequency == 0, 1.0, values)


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law(
            "gaussian",
            LIGHT,
            math.sqrt(2 / math.pi),
            stats.norm(),
            torch.special.ndtri,
            lambda t: np.exp(-(t**2) / 2),
        ),
        Law(
            "uniform",
            LIGHT,
            1.0,
            stats.uniform(-2, 4),
            lambda q: 4 * q - 2,
            lambda t: np.sinc(2 * t / math.pi),
        ),
        Law(
            "exponential",
            LIGHT,
            1.5,
            stats.expon(scale=1.5),
            lambda q: -1.5 * torch.log1p(-q),
            lambda t: 1 / (1 - 1.5j * t),
        ),
        Law(
            "rayleigh",
            LIGHT,
            math.sqrt(math.pi / 2),
            stats.rayleigh(),
            lambda q: torch.sqrt(-2 * torch.log1p(-q)),
            _rayleigh_transform,
        ),
        Law(
            "cauchy",
            HEAVY,
            math.inf,
            stats.cauchy(),
            lambda q: torch.tan(math.pi * (q - 0.5)),
            lambda t: np.exp(-np.abs(t)),
        ),
        Law(
            "levy",
            HEAVY,
            math.inf,
            stats.levy(loc=1),
            lambda q: 1 + torch.special.ndtri(q / 2) ** -2,
            _levy_transform,
        ),
        Law("pareto", HEAVY, math.inf, stats.pareto(1), lambda q: 1 / (1 - q), _pareto_transform),
    )
}
"""The seven laws of the papers' smoothing figure, four light-tailed and three heavy-tailed."""

UNIT_BALL = Law("ball", LIGHT, 0.5, stats.uniform(-1, 2), lambda q: 2 * q - 1, lambda t: np.sinc(t / math.pi))
"""Uniform on [−1, 1], the unit ball of one dimension: the noise of Hazan, Levy & Shalev-Shwartz (2016)."""
