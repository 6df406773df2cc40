"""Functions of two variables whose level sets are known in closed form, and teleports along them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_ANGLES = 720
_REFINEMENTS = 8


@dataclass(frozen=True)
class Function:
    """L(w) = ‖p(w)‖² with an invertible map p to the plane, which SO(2) rotates; its minimum is 0.

    Attributes:
        name: Of the function.
        minimiser: w*.
        plane: p, from points [..., 2] to the plane [..., 2].
        from_plane: Its inverse.
    """

    name: str
    minimiser: tuple[float, float]
    plane: Callable[[Tensor], Tensor]
    from_plane: Callable[[Tensor], Tensor]

    def value(self, points: Tensor) -> Tensor:
        """Return L [...] at points [..., 2]."""
        return self.plane(points).square().sum(-1)

    def gradient(self, points: Tensor) -> Tensor:
        """Return ∇L [..., 2] at points [..., 2], differentiable where the points are."""
        needed = points.requires_grad
        variable = points if needed else points.detach().requires_grad_()
        return torch.autograd.grad(self.value(variable).sum(), variable, create_graph=needed)[0]

    def hessian(self, points: Tensor) -> Tensor:
        """Return ∇²L [..., 2, 2] at points [..., 2]."""
        variable = points.detach().requires_grad_()
        rows = [torch.autograd.grad(self.gradient(variable)[..., row].sum(), variable)[0] for row in range(2)]
        return torch.stack(rows, -2)

    def distance(self, points: Tensor) -> Tensor:
        """Return ‖w − w*‖ [...] of points [..., 2]."""
        return torch.linalg.vector_norm(points - points.new_tensor(self.minimiser), dim=-1)

    def on_level(self, levels: Tensor, angles: Tensor) -> Tensor:
        """Return the points [..., 2] of the level sets L = level [...] at angles [...] of the plane."""
        direction = torch.stack((angles.cos(), angles.sin()), -1)
        return self.from_plane(levels.sqrt().unsqueeze(-1) * direction)

    def angles(self, points: Tensor) -> Tensor:
        """Return the angles [...] of points [..., 2] in the plane."""
        first, second = self.plane(points).unbind(-1)
        return torch.atan2(second, first)


def squared_gradient(function: Function, levels: Tensor, angles: Tensor) -> Tensor:
    """Return ‖∇L‖² [...] on level sets [...] at angles [...], differentiable in the angles."""
    points = function.on_level(levels, angles)
    return function.gradient(points).square().sum(-1)


def rotate(function: Function, points: Tensor, angles: Tensor) -> Tensor:
    """Return points [..., 2] rotated by angles [...] in the plane, along their level sets."""
    return function.on_level(function.value(points), function.angles(points) + angles)


def ascend(function: Function, points: Tensor, angles: Tensor, rate: float, steps: int) -> Tensor:
    """Teleport by gradient ascent on ‖∇L‖² over the angle of rotation, as published.

    Args:
        function: L.
        points: To move [..., 2].
        angles: Of the rotation, at first [...].
        rate: Learning rate of the ascent.
        steps: Of the ascent.

    Returns:
        The points moved [..., 2].

    Source:
        arXiv 2205.10637, section 5.1.
    """
    levels, own = function.value(points), function.angles(points)
    for _ in range(steps):
        variable = angles.detach().requires_grad_()
        norm = squared_gradient(function, levels, own + variable)
        angles = angles + rate * torch.autograd.grad(norm.sum(), variable)[0]
    return function.on_level(levels, own + angles)


def steepest(function: Function, levels: Tensor) -> Tensor:
    """Return the point of each level set [...] where ‖∇L‖ is greatest: every angle, then Newton's method."""
    grid = torch.arange(_ANGLES, dtype=torch.float64) * (2 * math.pi / _ANGLES)
    norms = squared_gradient(function, levels.unsqueeze(-1).expand(*levels.shape, _ANGLES), grid)
    angles = grid[norms.argmax(-1)]
    for _ in range(_REFINEMENTS):
        variable = angles.detach().requires_grad_()
        norm = squared_gradient(function, levels, variable).sum()
        (slope,) = torch.autograd.grad(norm, variable, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), variable)
        step = slope.detach() / curvature
        angles = angles - torch.where(curvature < 0, step, 0.0)
    return function.on_level(levels, angles)


def _linear(matrix: Tensor, offset: Tensor) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    inverse = torch.linalg.inv(matrix)
    return lambda points: points @ matrix.T - offset, lambda plane: (plane + offset) @ inverse.T


def _rosenbrock(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack((10 * (x.square() - y), x - 1), -1)


def _rosenbrock_back(plane: Tensor) -> Tensor:
    u, v = plane.unbind(-1)
    return torch.stack((v + 1, (v + 1).square() - u / 10), -1)


_QUADRATIC = torch.tensor([[3.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
_QUARTIC = 0.1


def _parts(directions: Tensor) -> tuple[Tensor, Tensor]:
    """Return a and c of L(rd) = ar² + cr⁴ along unit directions d [..., 2]."""
    half = ((directions @ _QUADRATIC) * directions).sum(-1) / 2
    return half, _QUARTIC * directions.pow(4).sum(-1)


def _quartic(points: Tensor) -> Tensor:
    radii = torch.linalg.vector_norm(points, dim=-1, keepdim=True)
    half, fourth = (part.unsqueeze(-1) for part in _parts(points / radii))
    return points * (half + fourth * radii.square()).sqrt()


def _quartic_back(plane: Tensor) -> Tensor:
    level = plane.square().sum(-1)
    direction = plane / level.sqrt().unsqueeze(-1)
    half, fourth = _parts(direction)
    square = 2 * level / (half + (half.square() + 4 * fourth * level).sqrt())
    return square.sqrt().unsqueeze(-1) * direction


def _tensor(*values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


BOOTH = Function("Booth", (1.0, 3.0), *_linear(_tensor((1, 2), (2, 1)), _tensor(7, 5)))
"""(x + 2y − 7)² + (2x + y − 5)², whose Hessian has the eigenvalues 18 and 2."""

ROSENBROCK = Function("Rosenbrock", (1.0, 1.0), _rosenbrock, _rosenbrock_back)
"""100(x² − y)² + (x − 1)²."""

QUARTIC = Function("quartic", (0.0, 0.0), _quartic, _quartic_back)
"""½wᵀAw + 0.1(w₁⁴ + w₂⁴) with A = [[3, 1], [1, 1]]: strictly convex."""


def round_quadratic(curvature: float) -> Function:
    """Return ½λ‖w‖², all of whose points on a level set have the same ‖∇L‖.

    Args:
        curvature: λ.
    """
    scale = math.sqrt(curvature / 2)
    maps = _linear(scale * torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64))
    return Function(f"round, curvature {curvature:g}", (0.0, 0.0), *maps)
