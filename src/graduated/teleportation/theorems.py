"""Theorems of arXiv 2305.13404 in numbers: the bound for SGD with teleports, and Newton's direction."""

import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from graduated.intervals import mean_interval
from graduated.streams import stream
from graduated.studies.settings import TeleportationTheory
from graduated.teleportation.functions import QUARTIC, ROSENBROCK, Function, steepest

STEEPEST, ELSEWHERE = "steepest point", "random point"
"""Of a level set."""

TELEPORTED, PLAIN_SGD = "teleport at every step", "no teleport"

NOISE = {"without noise": 0.0, "with noise": 1.0}
"""σ² = L* − E inf_w L(w, ξ), in units of L(w_0) − L*."""

FITTED = 1e-6
"""Levels below this one show the order of convergence."""

_HIGHEST, _LOWEST = 1.0, 1e-12
_OTHERS = 200
_BETA, _FIRST_LOSS = 1.0, 1.0


def newton(settings: TeleportationTheory) -> pd.DataFrame:
    """Compare the gradient with Newton's direction on level sets, and take one step with γ = ‖g‖²/gᵀHg.

    At a maximiser of ‖∇L‖ on a level set Hg = νg, so that g is Newton's direction and γ = 1/ν its full step.

    Args:
        settings: Of the study.

    Returns:
        By function, level and point: the cosine of gradient and Newton's direction (its least at random
        points), and ‖w − w*‖ before and after the step (at random points geometric means).

    Source:
        arXiv 2305.13404, Theorem 3.2.
    """
    levels = torch.logspace(math.log10(_HIGHEST), math.log10(_LOWEST), settings.levels, dtype=torch.float64)
    rows = []
    for function in (QUARTIC, ROSENBROCK):
        generator = stream(settings.seed, f"teleportation_theory/newton/{function.name}")
        angles = 2 * math.pi * torch.rand(_OTHERS, generator=generator, dtype=torch.float64)
        for level in levels:
            own = steepest(function, level.unsqueeze(0))
            others = function.on_level(level.expand(_OTHERS), angles)
            for place, points in ((STEEPEST, own), (ELSEWHERE, others)):
                names = {"function": function.name, "level": level.item(), "point": place, "n": len(points)}
                rows.append({**names, **_one_step(function, points)})
    return pd.DataFrame(rows)


def _one_step(function: Function, points: Tensor) -> dict[str, float]:
    gradient, hessian = function.gradient(points), function.hessian(points)
    direction = torch.linalg.solve(hessian, gradient)
    lengths = gradient.norm(dim=-1) * direction.norm(dim=-1)
    curvature = torch.einsum("pi,pij,pj->p", gradient, hessian, gradient) / gradient.square().sum(-1)
    after = points - gradient / curvature.unsqueeze(-1)
    return {
        "cosine": ((gradient * direction).sum(-1) / lengths).min().item(),
        "before": function.distance(points).log().mean().exp().item(),
        "after": function.distance(after).log().mean().exp().item(),
    }


def orders(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the order of convergence by function and point: the slope of log after against log before."""
    rows = []
    for (function, point), cell in steps[steps["level"] < FITTED].groupby(["function", "point"], sort=False):
        slope = np.polyfit(np.log(cell["before"]), np.log(cell["after"]), 1)[0]
        rows.append({"function": function, "point": point, "levels": len(cell), "order": float(slope)})
    return pd.DataFrame(rows)


def bound(settings: TeleportationTheory) -> pd.DataFrame:
    """Compare both sides of Theorem 3.1 on a quadratic, with a teleport at every step and without.

    The loss is the mean of ½(w − c)ᵀA(w − c) over c, A of condition κ and greatest eigenvalue β, and SO(n)
    rotates A^{1/2}w, so that max_g ‖∇L(g·w)‖² = 2β(L(w) − L*). With η = 1/(β√(T − 1)) the theorem has

        min_t E max_g ‖∇L(g·w_t)‖² ≤ (2β E[L(w_0) − L*] + βσ²)/√(T − 1),   σ² = L* − E inf_w L(w, ξ).

    Args:
        settings: Of the study.

    Returns:
        By noise, arm and T: the left side with its 95 % interval over replicas, the right side, and the
        left side with the gradient at w_t itself, which is what theorems on SGD bound.

    Source:
        arXiv 2305.13404, Theorem 3.1.
    """
    rows = []
    for noise, variance in NOISE.items():
        for arm in (TELEPORTED, PLAIN_SGD):
            for horizon in settings.horizons:
                right = _BETA * (2 * _FIRST_LOSS + variance) / math.sqrt(horizon - 1)
                losses, norms = _descents(settings, noise, arm, horizon)
                left, low, high = mean_interval(2 * _BETA * losses[losses.mean(1).argmin()].numpy())
                names = {"noise": noise, "arm": arm, "horizon": horizon, "replicas": settings.replicas}
                own = norms.mean(1).min().item()
                rows.append({**names, "left": left, "low": low, "high": high, "right": right, "own": own})
    return pd.DataFrame(rows)


def _descents(settings: TeleportationTheory, noise: str, arm: str, horizon: int) -> tuple[Tensor, Tensor]:
    """Return L(w_t) − L* [T, R] before the teleports, and ‖∇L‖² [T, R] after them."""
    smallest = -math.log10(settings.condition)
    eigenvalues = _BETA * torch.logspace(0, smallest, settings.dimension, dtype=torch.float64)
    generator = stream(settings.seed, f"teleportation_theory/bound/{noise}/{arm}", horizon)
    size = (settings.replicas, settings.dimension)
    roots = eigenvalues.sqrt()
    whitened = torch.randn(size, generator=generator, dtype=torch.float64)
    whitened *= math.sqrt(2 * _FIRST_LOSS) / whitened.norm(dim=1, keepdim=True)
    spread = math.sqrt(2 * NOISE[noise] / settings.dimension)
    rate = 1 / (_BETA * math.sqrt(horizon - 1))
    losses, norms = [], []
    for _ in range(horizon):
        losses.append(whitened.square().sum(1) / 2)
        if arm == TELEPORTED:
            whitened = _to_first_axis(whitened)
        norms.append((roots * whitened).square().sum(1))
        centre = spread * torch.randn(size, generator=generator, dtype=torch.float64)
        whitened = whitened - rate * eigenvalues * (whitened - centre)
    return torch.stack(losses), torch.stack(norms)


def _to_first_axis(points: Tensor) -> Tensor:
    """Rotate points [R, n] to the first axis, that of the greatest eigenvalue."""
    moved = torch.zeros_like(points)
    moved[:, 0] = points.norm(dim=1)
    return moved
