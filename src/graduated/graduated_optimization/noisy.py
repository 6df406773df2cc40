"""The two descents by noise that are to equal a descent of f̂_δ: SGD, and gradients at perturbed points."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Generator, Tensor

from graduated.graduated_optimization.algorithms import Gradient

Noise = Callable[[Sequence[int], Generator], Tensor]
"""Draws u with E[u] = 0 and E‖u‖² = 1: from a shape [..., D] to u of that shape."""

_NUMBERS_AT_ONCE = 2**16
"""Of the noise."""


def stochastic_descent(
    gradient: Gradient,
    starts: Tensor,
    noise_levels: Sequence[float],
    learning_rates: Sequence[float],
    steps: Sequence[int],
    noise: Noise,
    generator: Generator,
) -> Tensor:
    """Take SGD's steps x − η(∇f(x) + ω) with ω = (C/√b)u, stage by stage.

    Args:
        gradient: ∇f.
        starts: [N, D].
        noise_levels: C/√b of every stage.
        learning_rates: η of every stage.
        steps: Of every stage.
        noise: Draws u.
        generator: Its source.

    Returns:
        x at the end of every stage [M, N, D].
    """
    points, ends = starts, []
    for level, learning_rate, number in zip(noise_levels, learning_rates, steps, strict=True):
        for draw in _draws(noise, number, points, generator):
            points = points - learning_rate * (gradient(points) + level * draw)
        ends.append(points)
    return torch.stack(ends)


def perturbed_descent(
    gradient: Gradient,
    starts: Tensor,
    levels: Sequence[float],
    learning_rates: Sequence[float],
    steps: Sequence[int],
    noise: Noise,
    generator: Generator,
) -> Tensor:
    """Take the steps z − η∇f(z − δu), unbiased for those of gradient descent on f̂_δ, stage by stage.

    Args:
        gradient: ∇f.
        starts: [N, D].
        levels: δ of every stage.
        learning_rates: η of every stage.
        steps: Of every stage.
        noise: Draws u.
        generator: Its source.

    Returns:
        z at the end of every stage [M, N, D].
    """
    points, ends = starts, []
    for smoothing, learning_rate, number in zip(levels, learning_rates, steps, strict=True):
        for draw in _draws(noise, number, points, generator):
            points = points - learning_rate * gradient(points - smoothing * draw)
        ends.append(points)
    return torch.stack(ends)


def auxiliary(gradient: Gradient, points: Tensor, learning_rate: float) -> Tensor:
    """Return y = x − η∇f(x), the variable of the identity E[y'] = y − η∇E[f(y − ηω)] (arXiv 2311.08745).

    Args:
        gradient: ∇f.
        points: x [N, D].
        learning_rate: η.
    """
    return points - learning_rate * gradient(points)


def _draws(noise: Noise, steps: int, points: Tensor, generator: Generator) -> Iterator[Tensor]:
    """Yield u [N, D] for every step."""
    at_once = max(1, _NUMBERS_AT_ONCE // points.numel())
    for first in range(0, steps, at_once):
        yield from noise((min(at_once, steps - first), *points.shape), generator)
