"""Whether SGD leaves a poor minimum: against δ = αC/√b, and against α/b."""

import math

import pandas as pd
import torch
from scipy import optimize
from torch import Tensor

from graduated.proportions import share_interval
from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import OptimizerLaws

TILT, SPREAD = 0.1, 2.0
"""Slope of the double well, and C, the standard deviation of one sample's gradient."""

TIME, STEPS = "equal time", "equal steps"
"""Horizons: αK or K is the same for all learning rates."""


def slope(points: Tensor) -> Tensor:
    """Return F′ of the double well F = x⁴/4 − x²/2 + x/10, whose poor minimum lies on the right."""
    return points.pow(3) - points + TILT


def stationary_points() -> tuple[float, float, float]:
    """Return the better minimum, the barrier and the poor minimum of the double well."""
    return tuple(optimize.brentq(lambda x: x**3 - x + TILT, *ends) for ends in ((-2, -1), (0, 0.5), (0.6, 2)))


def kramers_rate(temperature: float) -> float:
    """Return Kramers' rate at which dx = −F′dt + √(2D)dW leaves the poor minimum (Physica 7, 1940).

    Args:
        temperature: D; that of SGD is αC²/(2b), and time is αk.
    """
    _, barrier, poor = stationary_points()

    def well(x: float) -> float:
        return x**4 / 4 - x**2 / 2 + TILT * x

    curvatures = (3 * poor**2 - 1) * (1 - 3 * barrier**2)
    return math.sqrt(curvatures) / (2 * math.pi) * math.exp((well(poor) - well(barrier)) / temperature)


def escapes(settings: OptimizerLaws, report: Report) -> pd.DataFrame:
    """Count the runs of SGD that leave the poor minimum of a finite sum for the better one.

    The sum is F = (f_+ + f_−)/2, f_± = F ± Cx: a mini-batch of b drawn with replacement has the gradient
    F′ + C(2k/b − 1), k binomial, of variance C²/b exactly and at every x. A run has left once it is at the
    better minimum or beyond.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        By α, b and horizon: δ = αC/√b, α/b, the share of runs that have left and its exact 95 % interval, and
        by Kramers' rate at equal time.
    """
    rows = []
    for done, rate in enumerate(settings.escape_learning_rates):
        report(done / len(settings.escape_learning_rates), f"leaving a poor minimum, α = {rate:g}")
        horizons = {TIME: round(settings.escape_time / rate), STEPS: settings.escape_steps}
        left = _first_passages(settings, rate, max(horizons.values()))
        for batch_size, passages in zip(settings.escape_batch_sizes, left, strict=True):
            kramers = kramers_rate(rate * SPREAD**2 / (2 * batch_size))
            for horizon, steps in horizons.items():
                count = int((passages <= steps).sum())
                low, high = share_interval(count, settings.runs)
                rows.append(
                    {
                        "horizon": horizon,
                        "learning_rate": rate,
                        "batch_size": batch_size,
                        "smoothing": rate * SPREAD / math.sqrt(batch_size),
                        "noise_ratio": rate / batch_size,
                        "runs": settings.runs,
                        "left": count,
                        "share": count / settings.runs,
                        "low": low,
                        "high": high,
                        "kramers": -math.expm1(-kramers * rate * steps),
                    }
                )
    return pd.DataFrame(rows)


def _first_passages(settings: OptimizerLaws, learning_rate: float, steps: int) -> Tensor:
    """Return the step at which each run [B, N] has left, or infinity."""
    better, _, poor = stationary_points()
    sizes = torch.tensor(settings.escape_batch_sizes, dtype=torch.float64)[:, None]
    points = torch.full((len(sizes), settings.runs), poor, dtype=torch.float64)
    left = torch.full_like(points, torch.inf)
    counts, even = sizes.expand_as(points).contiguous(), torch.full_like(points, 0.5)
    generator = stream(settings.seed, f"optimizer_laws/escape/{learning_rate}")
    optimizer = torch.optim.SGD([points], lr=learning_rate)
    for step in range(1, steps + 1):
        noise = SPREAD * (2 * torch.binomial(counts, even, generator) / sizes - 1)
        points.grad = slope(points) + noise
        optimizer.step()
        left.clamp_(max=torch.where(points <= better, step, torch.inf))
    return left
