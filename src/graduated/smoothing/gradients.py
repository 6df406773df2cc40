"""Gradients of the landscapes whose smoothed gradients are known in closed form."""

import math

import torch
from torch import Tensor

RASTRIGIN_SMOOTHNESS = 2 + 40 * math.pi**2
"""L_g of Rastrigin's function, its curvature at the minimum."""


def rastrigin_gradient(points: Tensor) -> Tensor:
    """Return 2x + 20π sin(2πx) of points [..., D]."""
    return 2 * points + 20 * math.pi * torch.sin(2 * math.pi * points)


def sphere_gradient(points: Tensor) -> Tensor:
    """Return 2x of points [..., D]."""
    return 2 * points
