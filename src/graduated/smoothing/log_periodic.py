"""A function with a local minimum at every scale that is σ-nice all the same, smoothed exactly.

f(x) = Σ x²(1 + a cos(k log|x|)) has f(cx) of the same form as f(x) for any c > 0. Its wiggles are as long as
their distance from the minimiser 0, divided by k; a Gaussian noise as wide as a third of that distance levels
them if k is large. So f̂_δ is strongly convex where |x| ≤ 3δ, for every δ > 0, while gradient descent on f
stops at the next of infinitely many local minima, there being some where a√(4 + k²) > 2.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

REACH = 10.0
"""How far from its minimiser, in δ, the smoothed function is known."""

_KNOTS, _STEP, _LOWEST, _TAIL = 4001, 0.01, -13.0, 9.0
"""Of the tables in |x|/δ, and of the quadrature: step and lower end in log y, reach of the noise."""


@dataclass(frozen=True)
class LogPeriodic:
    """Σ x²(1 + a cos(k log|x|)), its derivatives, and the same smoothed by standard normal noise.

    Attributes:
        amplitude: a.
        wave_number: k.
    """

    amplitude: float = 0.25
    wave_number: float = 12.0

    @property
    def smoothness(self) -> float:
        """L_g, the largest |f''|."""
        power = self._power
        return 2 + self.amplitude * abs(power * (power - 1))

    @cached_property
    def strong_convexity(self) -> float:
        """σ, the least f̂_δ'' where |x| ≤ 3δ, over all δ > 0, by a grid of |x|/δ; f is σ-nice if positive."""
        return float(self.curvature_range(np.linspace(0, 3, 3001))[0].min())

    def lipschitz(self, radius: float) -> float:
        """Return L_f, the largest |f'| of one coordinate where |x| ≤ radius."""
        return radius * (2 + self.amplitude * abs(self._power))

    def value(self, points: Tensor) -> Tensor:
        """Return f [...] at points [..., D]."""
        return (points.square() * (1 + self.amplitude * torch.cos(self._phase(points)))).sum(-1)

    def gradient(self, points: Tensor) -> Tensor:
        """Return ∇f [..., D] at points [..., D]."""
        phase = self._phase(points)
        wave = 2 * torch.cos(phase) - self.wave_number * torch.sin(phase)
        return points * (2 + self.amplitude * wave)

    def smoothed(self, points: Tensor, smoothing: float) -> Tensor:
        """Return f̂_δ [...] at points [..., D], u ~ N(0, 1) in every coordinate.

        Raises:
            ValueError: A coordinate is farther than ``REACH`` δ from 0.
        """
        wave = self._wave(0, points, smoothing)
        return (points.square() + smoothing**2 * (1 + self.amplitude * wave)).sum(-1)

    def smoothed_gradient(self, points: Tensor, smoothing: float) -> Tensor:
        """Return ∇f̂_δ [..., D] at points [..., D].

        Raises:
            ValueError: A coordinate is farther than ``REACH`` δ from 0.
        """
        wave = self._wave(1, points, smoothing)
        return 2 * points + smoothing * self.amplitude * torch.sign(points) * wave

    def curvature_range(self, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest f̂_δ'' over all δ > 0.

        As f̂_δ''(x) = 2 + a Re(δ^{ik} B''(x/δ)) with B(t) = E|t + u|^{2 + ik}, and δ^{ik} takes every phase,
        these are 2 ∓ a|B''|.

        Args:
            distances: |x|/δ.
        """
        reach = self.amplitude * np.abs(_moment(distances, self._power, 2))
        return 2 - reach, 2 + reach

    @property
    def _power(self) -> complex:
        return 2 + 1j * self.wave_number

    def _phase(self, points: Tensor) -> Tensor:
        return self.wave_number * points.abs().clamp_min(1e-300).log()

    def _wave(self, order: int, points: Tensor, smoothing: float) -> Tensor:
        """Return Re(δ^{ik} B(|x|/δ)), or the same of a derivative of B."""
        distances = points.abs().numpy() / smoothing
        if distances.max(initial=0.0) > REACH:
            raise ValueError(f"points: |x| = {distances.max():g} δ, expected at most {REACH:g} δ")
        rotation = np.exp(1j * self.wave_number * math.log(smoothing))
        return torch.from_numpy((rotation * self._tables[order](distances)).real)

    @cached_property
    def _tables(self) -> tuple[CubicSpline, CubicSpline]:
        """B and B' as splines; B' is odd, so that its spline is 0 at 0."""
        knots = np.linspace(0, REACH, _KNOTS)
        even, odd = (_moment(knots, self._power, order) for order in (0, 1))
        odd[0] = 0
        return CubicSpline(knots, even), CubicSpline(knots, odd)


def _moment(distances: np.ndarray, power: complex, order: int) -> np.ndarray:
    """Return a derivative, of order 0 to 2, of E|t + u|^p with respect to t, u ~ N(0, 1).

    With |t + u| = e^v the integrand is analytic and decays on both sides, so that the trapezoidal rule
    converges exponentially.
    """
    logarithm = np.arange(_LOWEST, math.log(REACH + _TAIL), _STEP)
    weights = _STEP * np.exp((power + 1) * logarithm) / math.sqrt(2 * math.pi)
    total = np.zeros(np.shape(distances), complex)
    for sign in (1, -1):
        offset = sign * np.exp(logarithm) - np.asarray(distances)[..., None]
        hermite = (1.0, offset, offset**2 - 1)[order]
        total += (hermite * np.exp(-(offset**2) / 2)) @ weights
    return total
