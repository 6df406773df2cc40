"""A small finite sum whose mini-batches can all be listed: expectations over them are exact."""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.streams import stream


@dataclass(frozen=True)
class FiniteSum:
    """Robust regression, f(x) = (1/n) Σ log(1 + (a_i·x − c_i)²): smooth and not convex.

    Attributes:
        features: a [n, D].
        targets: c [n].
    """

    features: Tensor
    targets: Tensor

    def gradients(self, points: Tensor) -> Tensor:
        """Return the gradient of every sample's loss [..., n, D] at points [..., D]."""
        residuals = points @ self.features.T - self.targets
        return (2 * residuals / (1 + residuals.square())).unsqueeze(-1) * self.features

    def value(self, points: Tensor) -> Tensor:
        """Return f [...] at points [..., D]."""
        residuals = points @ self.features.T - self.targets
        return torch.log1p(residuals.square()).mean(-1)

    def gradient(self, points: Tensor) -> Tensor:
        """Return ∇f [..., D] at points [..., D]."""
        return self.gradients(points).mean(-2)


def random_finite_sum(samples: int, dimension: int, seed: int) -> FiniteSum:
    """Return a problem whose numbers are standard normal, its targets of variance 4.

    Args:
        samples: n.
        dimension: D.
        seed: Of the features and the targets, drawn in float64.
    """
    generator = stream(seed, "descent_identity/finite_sum")
    features = torch.randn(samples, dimension, generator=generator, dtype=torch.float64)
    return FiniteSum(features, 2 * torch.randn(samples, generator=generator, dtype=torch.float64))


def all_batches(samples: int, batch_size: int, *, replacement: bool) -> Tensor:
    """Return every mini-batch [B, b] of indices, all as likely as another.

    Args:
        samples: n.
        batch_size: b.
        replacement: Whether a sample may come twice: B is n^b, in every order, else n over b.
    """
    if replacement:
        return torch.tensor(list(itertools.product(range(samples), repeat=batch_size)))
    return torch.tensor(list(itertools.combinations(range(samples), batch_size)))


def batch_noise(problem: FiniteSum, point: Tensor, batches: Tensor) -> Tensor:
    """Return ω [B, D], the gradient of every mini-batch less the full one.

    Args:
        problem: The finite sum.
        point: x [D].
        batches: Mini-batches of indices [B, b].
    """
    gradients = problem.gradients(point)
    return gradients[batches].mean(1) - gradients.mean(0)


def identity_residual(problem: FiniteSum, point: Tensor, learning_rate: float, batches: Tensor) -> float:
    """Return how far E[y'] is from y − η∇E[f(y − ηω)], relative to E‖y' − y‖ (arXiv 2311.08745, section 3).

    The left side takes a step of SGD with every mini-batch, the right side differentiates the average of f
    over the displaced points, at the law of ω that belongs to x.

    Args:
        problem: The finite sum.
        point: x [D].
        learning_rate: η.
        batches: Every mini-batch [B, b].
    """
    batch_gradients = problem.gradients(point)[batches].mean(1)
    after = point - learning_rate * batch_gradients
    left = after - learning_rate * problem.gradient(after)
    start = point - learning_rate * problem.gradient(point)
    shifts = learning_rate * batch_noise(problem, point, batches)
    variable = start.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(problem.value(variable - shifts).mean(), variable)
    right = start - learning_rate * gradient
    moved = torch.linalg.vector_norm(left - start, dim=-1).mean()
    return float(torch.linalg.vector_norm(left.mean(0) - right) / moved)


def gradient_variance(problem: FiniteSum, point: Tensor) -> float:
    """Return C² = (1/n) Σ ‖∇f_i − ∇f‖² at a point [D]."""
    gradients = problem.gradients(point)
    return float((gradients - gradients.mean(0)).square().sum(-1).mean())
