"""Whether SGD whose noise decreases reaches what gradient descent on f̂_δ with decreasing δ reaches."""

import pandas as pd
from torch import Generator, Tensor

from graduated.graduated_optimization.algorithms import gradient_descent, graduated_descent
from graduated.graduated_optimization.levels import decaying_levels
from graduated.graduated_optimization.noisy import perturbed_descent, stochastic_descent
from graduated.proportions import share_interval
from graduated.smoothing.gradients import RASTRIGIN_SMOOTHNESS, rastrigin_gradient
from graduated.smoothing.landscapes import rastrigin
from graduated.smoothing.laws import LAWS
from graduated.smoothing.unit_noise import UnitNoise
from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import Trajectories
from graduated.theory.agreement import EXACT, EXPLICIT, SGD
from graduated.theory.success import TOLERANCE, random_starts

NO_NOISE = "no noise"
"""A fourth arm, gradient descent on f, which has no schedule."""

NONE, CONSTANT, RATE, BATCH, HYBRID = "none", "constant", "learning rate", "batch size", "both"
"""What lowers δ from stage to stage: nothing, η, b, or both alike; none is that of no noise."""

SHARES = {CONSTANT: 0.0, RATE: 1.0, HYBRID: 0.5, BATCH: 0.0}
"""η falls as δ to this power."""

_POLISHING = 400


def schedules(settings: Trajectories, report: Report) -> pd.DataFrame:
    """Count the starts from which each arm ends in the basin of the global minimum of Rastrigin's function.

    All schedules but the constant one have the same δ_m = δ_1 γ^(m−1), all arms of a schedule the same η_m.
    Where an arm ends is polished by gradient descent. Other lengths of the stages are measured for the
    schedule by batch size at the greatest δ_1.

    Args:
        settings: Of the study ``trajectories``.
        report: Told the progress.

    Returns:
        A row per schedule, δ_1, length of the stages and arm, with the share of successes and its exact 95 %
        interval.
    """
    usual, *others = settings.stage_steps
    cells = [(name, first, usual) for name in SHARES for first in settings.first_smoothings]
    cells += [(BATCH, max(settings.first_smoothings), steps) for steps in others]
    rows = [_count(settings, NONE, 0.0, 0, NO_NOISE)]
    for done, (name, first, steps) in enumerate(cells):
        report(done / len(cells), f"schedule {name}, δ from {first:g}, {steps} steps per stage")
        rows += [_count(settings, name, first, steps, arm) for arm in (SGD, EXPLICIT, EXACT)]
    return pd.DataFrame(rows)


def _count(
    settings: Trajectories, name: str, first: float, stage_steps: int, arm: str
) -> dict[str, float | str]:
    generator = stream(settings.seed, f"trajectories/{name}/{first}/{stage_steps}/{arm}")
    ends = random_starts(settings.starts, 1, generator)
    if arm != NO_NOISE:
        ends = _run(settings, name, first, stage_steps, arm, ends, generator)
    ends = gradient_descent(rastrigin_gradient, ends, 1 / RASTRIGIN_SMOOTHNESS, _POLISHING)
    successes = int((rastrigin(ends) <= TOLERANCE).sum())
    low, high = share_interval(successes, settings.starts)
    return {
        "schedule": name,
        "first_smoothing": first,
        "stage_steps": stage_steps,
        "arm": arm,
        "starts": settings.starts,
        "successes": successes,
        "share": successes / settings.starts,
        "low": low,
        "high": high,
    }


def _run(
    settings: Trajectories,
    name: str,
    first: float,
    stage_steps: int,
    arm: str,
    starts: Tensor,
    generator: Generator,
) -> Tensor:
    """Return the points that an arm ends at [N, 1]."""
    noise = UnitNoise(LAWS[settings.law])
    levels = decaying_levels(first, settings.decay, settings.stages)
    if name == CONSTANT:
        levels = (first,) * settings.stages
    eta = settings.schedule_rate / RASTRIGIN_SMOOTHNESS
    rates = [eta * (level / first) ** SHARES[name] for level in levels]
    steps = [stage_steps] * settings.stages
    if arm == EXACT:
        return graduated_descent(noise.smoothed_rastrigin_gradient, starts, levels, rates, steps)[-1]
    start, how = (rastrigin_gradient, starts), (rates, steps, noise.sample, generator)
    if arm == EXPLICIT:
        return perturbed_descent(*start, levels, *how)[-1]
    sizes = [level / rate for level, rate in zip(levels, rates, strict=True)]
    return stochastic_descent(*start, sizes, *how)[-1]
