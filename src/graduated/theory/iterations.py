"""How many steps of Algorithm 1 lead to an accuracy ε: by the theorem, by its own count, and in fact."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import statsmodels.api as sm
import torch
from torch import Tensor

from graduated.graduated_optimization.algorithms import graduated_descent
from graduated.graduated_optimization.nice import NiceFunction, Plan, make_plan
from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import Convergence
from graduated.theory.success import BOX, FIRST, NICE, random_starts

BATCH, HYBRID, RATE = "batch size", "both", "learning rate"
"""What lowers δ from level to level: κ = 1, √γ, γ."""

FACTORS = {BATCH: 0.0, HYBRID: 0.5, RATE: 1.0}
"""κ = γ to this power."""

BOUND, PLANNED, NEEDED = "bound", "planned", "needed"
"""Steps if every H_m is the largest; ΣT_m; steps until each level's accuracy ε_m is reached."""


TABLES = "iterations", "slopes", "reached"


def nice_function() -> NiceFunction:
    """Return the constants of the function that is σ-nice, where the starts lie."""
    return NiceFunction(NICE.strong_convexity, NICE.lipschitz(BOX), NICE.smoothness)


def iterations(settings: Convergence, report: Report) -> dict[str, pd.DataFrame]:
    """Count the steps to every accuracy.

    Args:
        settings: Of the study ``convergence``.
        report: Told the progress.

    Returns:
        Table ``iterations``, the steps by γ, by what lowers δ, by accuracy and by how they are counted;
        ``slopes`` of log steps against log ε; and ``reached``, how many starts came within ε by T_m steps at
        every level, and how far, in δ_m, any was from the minimiser at the beginning of a level but the
        first, each level left as soon as ε_m was reached.
    """
    starts = random_starts(settings.starts, 1, stream(settings.seed, "convergence/iterations"))
    rows, slopes, reached = [], [], []
    for done, decay in enumerate(settings.decays):
        report(done / len(settings.decays), f"steps to an accuracy, γ = {decay:g}")
        needed, farthest = _needed(plan_of(decay, min(settings.accuracies)), starts)
        last = [len(plan_of(decay, accuracy).levels) - 1 for accuracy in settings.accuracies]
        for lowered, counted, steps in _counts(settings, decay, needed.cumsum(0)[last].numpy()):
            names = {"decay": decay, "lowered": lowered, "counted": counted}
            for accuracy, numbers in zip(settings.accuracies, steps, strict=True):
                middle = {"steps": np.median(numbers), "least": numbers.min(), "most": numbers.max()}
                rows.append({**names, "accuracy": accuracy, **middle})
            slopes.append({**names, **_slope(settings.accuracies, steps)})
        reached += _reached(settings, decay, starts, last, farthest)
    return {name: pd.DataFrame(table) for name, table in zip(TABLES, (rows, slopes, reached), strict=True)}


def plan_of(decay: float, accuracy: float, lowered: str = BATCH) -> Plan:
    """Return the plan of Algorithm 1 at η_1 = 1/L_g.

    Args:
        decay: γ.
        accuracy: ε.
        lowered: What lowers δ, one of ``FACTORS``.
    """
    nice = nice_function()
    return make_plan(nice, FIRST, decay, accuracy, 1 / nice.smoothness, decay ** FACTORS[lowered])


def _reached(
    settings: Convergence, decay: float, starts: Tensor, last: list[int], farthest: Tensor
) -> Iterator[dict[str, float]]:
    """Yield a row per accuracy; the plans differ in the number of their levels only."""
    plan = plan_of(decay, min(settings.accuracies))
    ends = graduated_descent(NICE.smoothed_gradient, starts, plan.levels, plan.learning_rates, plan.steps)
    for accuracy, level in zip(settings.accuracies, last, strict=True):
        gaps = NICE.value(ends[level])
        yield {
            "decay": decay,
            "accuracy": accuracy,
            "levels": level + 1,
            "starts": len(starts),
            "reached": int((gaps <= accuracy).sum()),
            "largest_gap": float(gaps.max()),
            "farthest": float(farthest[1 : level + 1].max()),
        }


def _needed(plan: Plan, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the steps [M, N] at every level if each is left as soon as its accuracy is reached.

    Also the distances from the minimiser at the beginning of every level [M, N], in δ_m.
    """
    points, counts, distances = starts, [], []
    for smoothing, eta, accuracy in zip(plan.levels, plan.learning_rates, plan.accuracies, strict=True):
        distances.append(torch.linalg.vector_norm(points, dim=-1) / smoothing)
        lowest = NICE.smoothed(torch.zeros_like(points), smoothing)
        count = torch.zeros(len(points), dtype=torch.long)
        while (away := NICE.smoothed(points, smoothing) - lowest > accuracy).any():
            points = points - eta * away[:, None] * NICE.smoothed_gradient(points, smoothing)
            count += away
        counts.append(count)
    return torch.stack(counts), torch.stack(distances)


def _counts(settings: Convergence, decay: float, needed: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield what lowers δ, how steps are counted, and their numbers [E, 1 or N]."""
    for lowered in FACTORS:
        plans = [plan_of(decay, accuracy, lowered) for accuracy in settings.accuracies]
        if lowered == BATCH:
            yield lowered, BOUND, np.array([[plan.bound] for plan in plans])
        yield lowered, PLANNED, np.array([[sum(plan.steps)] for plan in plans], dtype=float)
    yield BATCH, NEEDED, needed


def _slope(accuracies: tuple[float, ...], steps: np.ndarray) -> dict[str, float]:
    """Return the least-squares slope of log steps against log ε, its 95 % interval clustered by start."""
    number = steps.shape[1]
    regressors = sm.add_constant(np.repeat(np.log(accuracies), number))
    model = sm.OLS(np.log(steps).ravel(), regressors)
    clusters = {"cov_type": "cluster", "cov_kwds": {"groups": np.tile(np.arange(number), len(accuracies))}}
    fit = model.fit(**clusters) if number > 1 else model.fit()
    low, high = fit.conf_int()[1]
    return {"slope": float(fit.params[1]), "low": float(low), "high": float(high)}
