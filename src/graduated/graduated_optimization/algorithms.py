"""Graduated optimization of a batch of starts: by gradient descent, and by projected suffix-averaged SGD."""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from graduated.smoothing.laws import ball

Gradient = Callable[[Tensor], Tensor]
"""∇f, from points [N, D] to gradients [N, D]."""

SmoothedGradient = Callable[[Tensor, float], Tensor]
"""∇f̂_δ, from points [N, D] and δ to gradients [N, D]."""

STANDSTILL = 1e-13
"""Steps of no coordinate by more than this part of δ, or of 1 without smoothing, end a descent."""

_SEARCH_RADIUS = 1.5
"""Of GradOpt's ball round the last solution, in δ."""


def gradient_descent(
    gradient: Gradient, starts: Tensor, learning_rate: float, steps: int, standstill: float = STANDSTILL
) -> Tensor:
    """Return the points x − η∇f(x), taken so many times.

    Args:
        gradient: ∇f.
        starts: [N, D].
        learning_rate: η.
        steps: How many; those after no coordinate has moved by more than ``standstill`` are not carried out.
        standstill: Absolute.

    Returns:
        [N, D].
    """
    points = starts
    for _ in range(steps):
        step = learning_rate * gradient(points)
        points = points - step
        if float(step.abs().max()) <= standstill:
            break
    return points


def graduated_descent(
    gradient: SmoothedGradient,
    starts: Tensor,
    levels: Sequence[float],
    learning_rates: Sequence[float],
    steps: Sequence[int],
) -> Tensor:
    """Descend f̂_δ at constant learning rate level by level (arXiv 2311.08745, Algorithm 1).

    Args:
        gradient: ∇f̂_δ.
        starts: [N, D].
        levels: δ_m.
        learning_rates: η_m.
        steps: T_m; those of a level after no coordinate has moved by more than ``STANDSTILL`` δ_m are not
            carried out.

    Returns:
        The points at the end of every level [M, N, D].
    """
    points, ends = starts, []
    for smoothing, learning_rate, number in zip(levels, learning_rates, steps, strict=True):
        level = _at(gradient, smoothing)
        points = gradient_descent(level, points, learning_rate, number, STANDSTILL * smoothing)
        ends.append(points)
    return torch.stack(ends)


def grad_opt(
    gradient: Gradient,
    starts: Tensor,
    levels: Sequence[float],
    strong_convexity: float,
    steps: Sequence[int],
    box: tuple[float, float],
    generator: Generator,
) -> Tensor:
    """Run GradOpt of Hazan, Levy and Shalev-Shwartz (2016): suffix-averaged SGD on every level.

    Level m starts at the last solution x̄ and takes steps 1/(σt) along ∇f(x + δ_m u), u uniform in the unit
    ball; every iterate is brought back into the ball of radius 1.5 δ_m round x̄ and into the box. Its solution
    is the mean of the last half of the iterates. The radius, the steps, δ_1 = half the diameter of the box
    and the averaging are recalled, not checked against the paper. So is σδ_m²/32, which is the accuracy of a
    level there, not its number of steps; these are for the caller to choose.

    The way back is the projection on the ball and then that on the box. It ends in both, as the box holds the
    centre of the ball, and is the projection on their intersection in one dimension.

    Args:
        gradient: ∇f.
        starts: [N, D], inside the box.
        levels: δ_m.
        strong_convexity: σ.
        steps: Per level.
        box: Its lower and upper end, the same in every coordinate.
        generator: Source of u.

    Returns:
        The solutions of every level [M, N, D].
    """
    solution, ends = starts, []
    for smoothing, number in zip(levels, steps, strict=True):
        centre, points, suffix = solution, solution, torch.zeros_like(solution)
        first = number - (number + 1) // 2
        for index in range(number):
            noise = ball(points.shape, generator)
            points = points - gradient(points + smoothing * noise) / (strong_convexity * (index + 1))
            points = _into_ball(points, centre, _SEARCH_RADIUS * smoothing).clamp(*box)
            if index >= first:
                suffix += points
        solution = suffix / (number - first)
        ends.append(solution)
    return torch.stack(ends)


def _at(gradient: SmoothedGradient, smoothing: float) -> Gradient:
    return lambda points: gradient(points, smoothing)


def _into_ball(points: Tensor, centre: Tensor, radius: float) -> Tensor:
    offset = points - centre
    distance = torch.linalg.vector_norm(offset, dim=-1, keepdim=True)
    return centre + offset * (radius / distance.clamp_min(radius))
