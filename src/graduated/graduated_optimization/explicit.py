"""Explicit graduated optimization as in the released code of arXiv 2412.11501, for many starts at once."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from graduated.graduated_optimization.levels import Levels
from graduated.streams import stream

Function = Callable[[Tensor], Tensor]
"""From points [..., D] to values [...]."""

_GROUP = 2**15
"""Numbers in the points of one gradient that are held at once, so that they stay in the cache."""


def minimise(
    function: Function,
    starts: Tensor,
    seeds: Sequence[int],
    levels: Levels,
    learning_rate: float,
    *,
    steps: int = 20,
    draws: int = 100,
    std: float = 1.0,
) -> Tensor:
    """Descend the smoothed function f̂_δ(x) = E f(x + δu), u ~ N(0, std²I), while δ decreases level by level.

    The gradient of f̂_δ is estimated anew at every step as the mean of ∇f(x + δu) over some draws, and a step
    has the size learning_rate · δ. Unlike the released code, which takes ∇f by central differences, this
    differentiates f. The noise comes from streams of each seed's own: a run is the same, bit for bit,
    whatever is run beside it; runs of one seed with other levels or on other functions share their draws.

    Args:
        function: f.
        starts: The first point of each run [S, D].
        seeds: One per run.
        levels: δ_1 > δ_2 > …, in the unit of the coordinates.
        learning_rate: l_0, the step size per unit of δ.
        steps: Gradient steps at each level.
        draws: Draws of u per step.
        std: Of each coordinate of u; the authors' is 1, and 0 descends f itself.

    Returns:
        Where each run was at the end of each level [levels, S, D].

    Raises:
        ValueError: There are not as many starts as seeds, or nothing is to be done.
    """
    if starts.ndim != 2 or len(starts) != len(seeds):
        raise ValueError(f"starts of shape {tuple(starts.shape)}: expected [{len(seeds)}, D], a row per seed")
    if steps < 1 or draws < 1:
        raise ValueError(f"steps = {steps}, draws = {draws}: expected at least 1 of each")
    together = max(1, _GROUP // (draws * starts.shape[1]))
    groups = zip(starts.split(together), _split(seeds, together), strict=True)
    paths = [_descend(function, *group, levels, learning_rate, steps, draws, std) for group in groups]
    return torch.cat(paths, dim=1)


def _split(seeds: Sequence[int], size: int) -> list[Sequence[int]]:
    return [seeds[first : first + size] for first in range(0, len(seeds), size)]


def _descend(
    function: Function,
    points: Tensor,
    seeds: Sequence[int],
    levels: Levels,
    learning_rate: float,
    steps: int,
    draws: int,
    std: float,
) -> Tensor:
    path = []
    for number, smoothing in enumerate(levels):
        generators = [stream(seed, "explicit graduated optimization", number) for seed in seeds]
        for _ in range(steps):
            shape, kind = (draws, points.shape[1]), points.dtype
            noise = torch.stack([torch.randn(shape, dtype=kind, generator=own) for own in generators])
            noise = noise.to(points.device)
            gradient = smoothed_gradient(function, points, noise.mul_(smoothing * std))
            points = points - learning_rate * smoothing * gradient
        path.append(points)
    return torch.stack(path)


def smoothed_gradient(function: Function, points: Tensor, displacements: Tensor) -> Tensor:
    """Return the mean of ∇f over displaced points.

    Args:
        function: f.
        points: Points [S, D].
        displacements: Of each of them some [S, draws, D].

    Returns:
        Gradients [S, D]. A row does not depend on the other rows, to the last bit.
    """
    displaced = (points.unsqueeze(1) + displacements).requires_grad_()
    (gradients,) = torch.autograd.grad(function(displaced).sum(), displaced)
    return gradients.transpose(1, 2).contiguous().mean(-1)  # each sum over one contiguous row of its own
