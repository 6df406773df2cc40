"""Functions with many local minima, and controls: each on points [..., D], with its box and its minimum."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Function = Callable[[Tensor], Tensor]
"""From points [..., D] to values [...]."""

WAVE_NUMBER, WAVE_WIDTH = 12 * math.pi, 2.0
"""Angular frequency of Drop-Wave, and the radius at which its envelope has fallen to a half."""


@dataclass(frozen=True)
class Landscape:
    """A function to smooth or to minimise.

    Attributes:
        name: Its key in ``LANDSCAPES``.
        function: From points [..., D] to values [...]; undefined points give nan or infinity.
        lower: Lower end of the search box in every coordinate.
        upper: Upper end.
        minimiser: Of the function on the box, the same in every coordinate.
        minimum: Its value there.
    """

    name: str
    function: Function
    lower: float
    upper: float
    minimiser: float
    minimum: float


def rastrigin(points: Tensor) -> Tensor:
    """Return Σ x² − 10 cos(2πx) + 10 of points [..., D] (arXiv 2311.08745, smoothing figure)."""
    return (points.square() - 10 * torch.cos(2 * math.pi * points) + 10).sum(-1)


def drop_wave(points: Tensor) -> Tensor:
    """Return (−1 − cos(12πr))/(2 + r²/2) with r = ‖x‖ of points [..., D]; the papers have it for D = 1."""
    radius = torch.linalg.vector_norm(points, dim=-1)
    return -(1 + torch.cos(WAVE_NUMBER * radius)) / (2 + radius.square() / 2)


def sphere(points: Tensor) -> Tensor:
    """Return ‖x‖² of points [..., D]."""
    return points.square().sum(-1)


def negative_logarithm(points: Tensor) -> Tensor:
    """Return Σ −log x of points [..., D], the loss of a probability x; nan for x < 0."""
    return -points.log().sum(-1)


LANDSCAPES: dict[str, Landscape] = {
    landscape.name: landscape
    for landscape in (
        Landscape("rastrigin", rastrigin, -5.0, 5.0, 0.0, 0.0),
        Landscape("drop_wave", drop_wave, -5.0, 5.0, 0.0, -1.0),
        Landscape("sphere", sphere, -5.0, 5.0, 0.0, 0.0),
        Landscape("negative_logarithm", negative_logarithm, 0.0, 1.0, 1.0, 0.0),
    )
}
"""The landscapes by name."""
