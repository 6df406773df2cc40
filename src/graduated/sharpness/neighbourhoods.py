"""Sets of perturbations around the weights, and one projected step of steepest ascent in each."""

from typing import Protocol

import torch
from torch import Tensor

from graduated.sharpness.settings import Sharpness

SMALLEST_NORM = 1e-12
BISECTIONS = 64
FIRST_MULTIPLIER, FIRST_LIMIT = 0.1, 10.0
NORM_TOLERANCE = 1e-5


class Neighbourhood(Protocol):
    """A set of perturbations of norm ρ at most."""

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Return perturbations after a step of steepest ascent, projected on the set.

        Args:
            delta: Perturbations Δ [K, P].
            gradient: Gradients of the loss in the weights [K, P].
            step: Step sizes [K], in the units of ρ.
        """


def neighbourhood(weights: Tensor, settings: Sharpness) -> Neighbourhood:
    """Return the perturbations of weights [K, P] that the settings allow."""
    scale = weights.abs() if settings.adaptive else weights.new_ones(())
    if settings.norm == "linf":
        return Box(scale, settings.radius)
    return Ellipsoid(scale, settings.radius) if settings.adaptive else Ball(settings.radius)


class Box:
    """Perturbations of each weight by ρ times its scale at most (ℓ∞)."""

    def __init__(self, scale: Tensor, radius: float):
        self.scale, self.bound = scale, radius * scale

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the gradient's signs, then clip."""
        ahead = torch.addcmul(delta, gradient.sign(), step[:, None] * self.scale)
        return ahead.clamp_(-self.bound, self.bound)


class Ball:
    """Perturbations of Euclidean norm ρ at most."""

    def __init__(self, radius: float):
        self.radius = radius

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the normalised gradient, then rescale."""
        ahead = torch.addcmul(delta, gradient, (step / _length(gradient))[:, None])
        norm = torch.linalg.vector_norm(ahead, dim=1, keepdim=True)
        return ahead.mul_(torch.where(norm > self.radius, self.radius / norm, 1))


class Ellipsoid:
    """Perturbations whose Euclidean norm in units of each weight's magnitude is ρ at most.

    A weight of zero has no unit: it is not perturbed, and does not count in the norm.
    """

    def __init__(self, scale: Tensor, radius: float):
        self.scale, self.radius = scale, radius
        self.inverse = torch.where(scale > 0, 1 / scale, 0)
        self.curvature = 2 * self.inverse.square()

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the normalised gradient times the scale, then project."""
        ahead = torch.addcmul(delta, gradient * (step / _length(gradient))[:, None], self.scale)
        return self._project(ahead)

    def _project(self, point: Tensor) -> Tensor:
        """Return the nearest points of the ellipsoid, z / (1 + 2λ / w²), to the released code's precision.

        Each replica's λ is bisected along the released code's path (start 0.1, bracket [0, 10] doubled while
        it is exhausted) and stays where its norm first comes within 1e-5 of ρ. The number of bisections is
        fixed, so that nothing waits for the device.
        """
        squares = (point * self.inverse).square_()
        excess = squares.sum(1).sqrt_() - self.radius
        searching = outside = excess > NORM_TOLERANCE
        low, high = torch.zeros_like(excess), torch.full_like(excess, FIRST_LIMIT)
        limit, multiplier = high, torch.where(searching, FIRST_MULTIPLIER, low)
        for _ in range(BISECTIONS):
            shrink = (multiplier[:, None] * self.curvature).add_(1).square_()
            excess = torch.div(squares, shrink, out=shrink).sum(1).sqrt_() - self.radius
            low, high = torch.where(excess > 0, multiplier, low), torch.where(excess > 0, high, multiplier)
            searching = searching & (excess.abs() > NORM_TOLERANCE)
            multiplier = torch.where(searching, (low + high) / 2, multiplier)
            exhausted = limit - high < 1e-2
            high, limit = torch.where(exhausted, 2 * high, high), torch.where(exhausted, 2 * limit, limit)
        projected = point / (1 + multiplier[:, None] * self.curvature)
        return torch.where(outside[:, None], projected, point)


def _length(gradient: Tensor) -> Tensor:
    return torch.linalg.vector_norm(gradient, dim=1) + SMALLEST_NORM
