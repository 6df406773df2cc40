"""Sets of perturbations around the weights, and one projected step of steepest ascent in each."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from graduated.sharpness.settings import ReleasedSearch, WorstCase

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

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest perturbations in the set [K, P]; may change ``point``."""

    def random(self, generator: torch.Generator) -> Tensor:
        """Return a random perturbation [K, P]: uniform in a box, on the surface of a ball or ellipsoid.

        All replicas have the same one, in their units, so that none depends on its company.
        """


def neighbourhood(weights: Tensor, settings: WorstCase) -> Neighbourhood:
    """Return the perturbations of weights [K, P] that the settings allow."""
    scale = weights.abs() if settings.adaptive else weights.new_ones(())
    if settings.norm == "linf":
        return Box(weights, scale, settings.radius)
    if not settings.adaptive:
        return Ball(weights, settings.radius)
    return (Ellipsoid if isinstance(settings, ReleasedSearch) else ScaledBall)(scale, settings.radius)


class Box:
    """Perturbations of each weight by ρ times its scale at most (ℓ∞).

    Args:
        weights: [K, P].
        scale: Of each weight: [K, P], or [] for all.
        radius: ρ.
    """

    def __init__(self, weights: Tensor, scale: Tensor, radius: float):
        self.weights, self.scale, self.bound = weights, scale, radius * scale

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the gradient's signs, then clip."""
        ahead = torch.addcmul(delta, gradient.sign(), step[:, None] * self.scale)
        return self.project(ahead)

    def project(self, point: Tensor) -> Tensor:
        """Clip."""
        return point.clamp_(-self.bound, self.bound)

    def random(self, generator: torch.Generator) -> Tensor:
        """Return random perturbations, uniform in the box [K, P]."""
        share = 2 * drawn(torch.rand, self.weights, generator) - 1
        return (self.bound * share).expand_as(self.weights)


class Ball:
    """Perturbations of Euclidean norm ρ at most.

    Args:
        weights: [K, P].
        radius: ρ.
    """

    def __init__(self, weights: Tensor, radius: float):
        self.weights, self.radius = weights, radius

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the normalised gradient, then rescale."""
        ahead = torch.addcmul(delta, gradient, (step / _length(gradient))[:, None])
        return self.project(ahead)

    def project(self, point: Tensor) -> Tensor:
        """Rescale."""
        norm = torch.linalg.vector_norm(point, dim=1, keepdim=True)
        return point.mul_(torch.where(norm > self.radius, self.radius / norm, 1))

    def random(self, generator: torch.Generator) -> Tensor:
        """Return a random perturbation of norm ρ for all replicas [K, P]."""
        return _on_surface(torch.ones_like(self.weights), self.radius, generator)


class ScaledBall:
    """Perturbations whose Euclidean norm in units of each weight's magnitude is ρ at most.

    Steps and projections are those of a ball in these units. A weight of zero has no unit: it is not
    perturbed, and does not count in the norm.

    Args:
        scale: Magnitudes of the weights [K, P].
        radius: ρ.
    """

    def __init__(self, scale: Tensor, radius: float):
        self.scale, self.radius = scale, radius
        self.inverse = torch.where(scale > 0, 1 / scale, 0)

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the gradient in units of the weights, normalised there, then rescale."""
        scaled = gradient * self.scale
        return self.project(torch.addcmul(delta, scaled * (step / _length(scaled))[:, None], self.scale))

    def project(self, point: Tensor) -> Tensor:
        """Rescale."""
        norm = torch.linalg.vector_norm(point * self.inverse, dim=1, keepdim=True)
        return point.mul_(torch.where(norm > self.radius, self.radius / norm, 1))

    def random(self, generator: torch.Generator) -> Tensor:
        """Return a random perturbation of norm ρ for all replicas, in their units [K, P]."""
        return _on_surface(self.scale, self.radius, generator)


class Ellipsoid(ScaledBall):
    """The same perturbations as in the released code: steps and projections are in the weights' own space."""

    def __init__(self, scale: Tensor, radius: float):
        super().__init__(scale, radius)
        self.curvature = 2 * self.inverse.square()

    def ascend(self, delta: Tensor, gradient: Tensor, step: Tensor) -> Tensor:
        """Step along the normalised gradient times the scale, then project."""
        ahead = torch.addcmul(delta, gradient * (step / _length(gradient))[:, None], self.scale)
        return self.project(ahead)

    def project(self, point: Tensor) -> Tensor:
        """Return the nearest points of the ellipsoid, z / (1 + 2λ / w²).

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


def _on_surface(scale: Tensor, radius: float, generator: torch.Generator) -> Tensor:
    direction = drawn(torch.randn, scale, generator) * (scale > 0)
    return scale * direction * (radius / torch.linalg.vector_norm(direction, dim=1, keepdim=True))


def drawn(draw: Callable[..., Tensor], like: Tensor, generator: torch.Generator) -> Tensor:
    """Return numbers for one replica [P], drawn on the CPU, so that every device sees the same.

    Args:
        draw: ``torch.rand`` or ``torch.randn``.
        like: Weights [K, P], whose type and device the numbers take.
        generator: On the CPU.
    """
    return draw(like.shape[1], generator=generator, dtype=like.dtype).to(like.device)
