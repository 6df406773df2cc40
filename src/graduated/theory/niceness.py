"""The two conditions of σ-nice functions, evaluated where the smoothed function is known in closed form.

(i) Centring: every minimiser of f̂_δ has one of f̂_γδ within γδ (Hazan, Levy & Shalev-Shwartz 2016 with γ = ½;
arXiv 2311.08745, Definition 5.1), or within (1 − γ)δ ("new" σ-nice functions, arXiv 2412.11501).
(ii) Convexity: f̂_δ is σ-strongly convex on the ball of radius 3δ round each minimiser; in the new definition,
of any radius above δ.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy import optimize
from torch import Tensor

Smoothed = Callable[[Tensor, float], Tensor]
"""From points [N, 1] and the degree of smoothing to values [N]."""

RADII = {"radius δ": 1.0, "radius 3δ": 3.0}
"""Radius of the ball of condition (ii) in units of δ, of the new definition (just above δ) and the others."""

_TIE = 1e-10
"""Difference of values, relative to the greatest, up to which minima count as equally low."""

_SAME = 1e-6
"""Distance up to which minimisers count as one."""

_POINTS_PER_SCALE, _LEAST_POINTS, _FINE_POINTS = 20, 301, 201


@dataclass(frozen=True)
class Case:
    """A function and its noise; of several coordinates, the function is a sum over the coordinates.

    The minimisers of such a sum are all combinations of a coordinate's, and the least eigenvalue of its
    Hessian on a ball is the least curvature of a coordinate on the diameter: one coordinate decides.

    Attributes:
        function: Its name.
        law: Name of the noise's.
        dimension: d.
        smoothed: A coordinate's share of f̂_δ, by the smoothing of that coordinate.
        curvature: Its second derivative.
        lower: Lower end of the interval where minimisers are sought.
        upper: Upper end.
        scale: Length over which the function changes.
        limit: δ is below it, and f̂_δ exists for δ < x ≤ upper only; infinite where it exists everywhere.
    """

    function: str
    law: str
    dimension: int
    smoothed: Smoothed
    curvature: Smoothed
    lower: float
    upper: float
    scale: float
    limit: float = math.inf

    @property
    def spread(self) -> float:
        """Smoothing of a coordinate in units of δ, so that E‖u‖² does not grow with d."""
        return self.dimension**-0.5

    def domain(self, smoothing: float) -> tuple[float, float]:
        """Return the ends of the interval on which f̂_δ exists."""
        return (-math.inf, math.inf) if math.isinf(self.limit) else (smoothing, self.upper)


@lru_cache(maxsize=1024)
def minimisers(case: Case, smoothing: float) -> tuple[float, ...]:
    """Return the global minimisers of a coordinate's share of f̂_δ, ascending.

    The local minima on a grid that may be the lowest are refined; those equally low are returned.
    """
    start, end = case.domain(smoothing)
    grid = _grid(max(case.lower, start), min(case.upper, end), case.scale)
    values = case.smoothed(grid.unsqueeze(1), smoothing * case.spread).numpy()
    around = np.pad(values, 1, constant_values=math.inf)
    slack = np.abs(np.diff(values, 2)).max()
    candidate = (values <= around[:-2]) & (values <= around[2:]) & (values <= values.min() + slack)
    found = np.array([_refined(case, smoothing, grid.numpy(), at) for at in np.flatnonzero(candidate)])
    lowest = found[:, 1] <= found[:, 1].min() + _TIE * np.abs(values).max()
    places = np.sort(found[lowest, 0])
    return tuple(places[np.insert(np.diff(places) > _SAME, 0, True)].tolist())


def _grid(lower: float, upper: float, scale: float) -> Tensor:
    """Return an odd number of points, the ends and the middle among them."""
    number = max(_LEAST_POINTS, math.ceil((upper - lower) / scale * _POINTS_PER_SCALE) | 1)
    return torch.linspace(lower, upper, number, dtype=torch.float64)


def _refined(case: Case, smoothing: float, grid: np.ndarray, at: int) -> tuple[float, float]:
    """Return the minimiser next to a grid point, and its value."""

    def value(x: float) -> float:
        return case.smoothed(torch.tensor([[x]], dtype=torch.float64), smoothing * case.spread).item()

    bounds = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
    result = optimize.minimize_scalar(value, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return min((result.x, result.fun), (grid[at], value(grid[at])), key=lambda pair: pair[1])


def decentring(case: Case, smoothing: float, decay: float) -> float:
    """Return the greatest distance of a minimiser of f̂_δ to the nearest one of f̂_γδ.

    Args:
        case: Function and noise.
        smoothing: δ.
        decay: γ, in (0, 1).
    """
    wide, narrow = minimisers(case, smoothing), minimisers(case, decay * smoothing)
    nearest = np.abs(np.subtract.outer(wide, narrow)).min(1)
    return float(nearest.max()) * math.sqrt(case.dimension)


def allowances(smoothing: float, decay: float) -> dict[str, float]:
    """Return the distance that condition (i) allows between minimisers, by definition."""
    return dict(zip(RADII, ((1 - decay) * smoothing, decay * smoothing), strict=True))


def least_curvature(case: Case, smoothing: float, radius: float) -> float:
    """Return the least eigenvalue of the Hessian of f̂_δ on the balls round its minimisers.

    Args:
        case: Function and noise.
        smoothing: δ.
        radius: Of the balls, in units of δ; they are cut to where f̂_δ exists.
    """
    start, end = case.domain(smoothing)
    least = math.inf
    for centre in minimisers(case, smoothing):
        ball = max(centre - radius * smoothing, start), min(centre + radius * smoothing, end)
        coarse = _grid(*ball, case.scale)[int(ball[0] == start) :]
        lowest = coarse[_curvature(case, coarse, smoothing).argmin()]
        step = coarse[1] - coarse[0]
        fine = torch.linspace(-1, 1, _FINE_POINTS, dtype=torch.float64) * step + lowest
        least = min(least, _curvature(case, fine.clamp(coarse[0], coarse[-1]), smoothing).min().item())
    return least


def _curvature(case: Case, points: Tensor, smoothing: float) -> Tensor:
    """Return f̂_δ'' [N] of a coordinate whose smoothing is its share of δ."""
    return case.curvature(points.unsqueeze(1), smoothing * case.spread)


def failing(
    margin: Callable[[float], float], levels: np.ndarray, margins: np.ndarray
) -> Iterator[tuple[float, float]]:
    """Yield the intervals of negative margin, refined between the levels and cut at the first and the last.

    Gaps and intervals narrower than the distance of two levels may go unseen.

    Args:
        margin: Of a condition, at any degree of smoothing.
        levels: Degrees of smoothing, ascending.
        margins: The margin at each of them.
    """
    inside = np.concatenate(([0], margins < 0, [0]))
    for start, end in zip(
        np.flatnonzero(np.diff(inside) == 1), np.flatnonzero(np.diff(inside) == -1), strict=True
    ):
        ends = levels[0], levels[-1]
        if start > 0:
            ends = optimize.brentq(margin, levels[start - 1], levels[start], xtol=_SAME), ends[1]
        if end < len(levels):
            ends = ends[0], optimize.brentq(margin, levels[end - 1], levels[end], xtol=_SAME)
        yield float(ends[0]), float(ends[1])
