"""SGD with noisy gradients on a quadratic: the floor of its error, and decreasing learning rates."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, StepLR

from graduated.streams import stream
from graduated.studies.settings import OptimizerLaws

CONSTANT, HALVED, GEOMETRIC, INVERSE = "constant", "halved every 100", "× 0.98 a step", "1/(1 + t/20)"
"""The schedules of the learning rate."""

_DELAY = 20

SCHEDULES: dict[str, Callable[[torch.optim.Optimizer], LRScheduler]] = {
    CONSTANT: lambda optimizer: LambdaLR(optimizer, lambda step: 1.0),
    HALVED: lambda optimizer: StepLR(optimizer, 100, 0.5),
    GEOMETRIC: lambda optimizer: LambdaLR(optimizer, lambda step: 0.98**step),
    INVERSE: lambda optimizer: LambdaLR(optimizer, lambda step: 1 / (1 + step / _DELAY)),
}
"""torch's scheduler of each."""

DECAY_STEPS, DECAY_RATE, DECAY_BATCH_SIZE = 2000, 0.1, 4

INVERSE_FACTOR = DECAY_RATE * _DELAY
"""c of α_t = c/(t + 20)."""

_FORGOTTEN = 1e-4
"""Relative distance of E x² from its limit at which it counts as stationary."""


def noise_floor(learning_rate: float, batch_size: float) -> float:
    """Return lim E x² of SGD on x²/2 whose gradients have the variance 1/b: α/(b(2 − α))."""
    return learning_rate / (batch_size * (2 - learning_rate))


def floors(settings: OptimizerLaws) -> pd.DataFrame:
    """Measure the stationary E x² of SGD on x²/2, for every α and b, with its 95 % χ² interval."""
    rows = []
    for learning_rate in settings.floor_learning_rates:
        decay = 2 * abs(math.log(max(abs(1 - learning_rate), _FORGOTTEN)))
        steps = math.ceil(-math.log(_FORGOTTEN) / decay) + 1
        for batch_size in settings.floor_batch_sizes:
            generator = stream(settings.seed, f"optimizer_laws/floor/{learning_rate}/{batch_size}")
            constant = SCHEDULES[CONSTANT]
            path = noisy_descent(learning_rate, batch_size, constant, steps, settings.replicas, generator)
            *_, (_, points) = path
            square = float(points.square().mean())
            low, high = square * settings.replicas / stats.chi2.ppf([0.975, 0.025], settings.replicas)
            row = {"learning_rate": learning_rate, "batch_size": batch_size, "steps": steps}
            row |= {"measured": square, "low": low, "high": high, "n": settings.replicas}
            rows.append({**row, "predicted": noise_floor(learning_rate, batch_size)})
    return pd.DataFrame(rows)


def decays(settings: OptimizerLaws) -> pd.DataFrame:
    """Measure E x² of SGD on x²/2 from x_0 = 1 while the learning rate falls, at some forty steps.

    Returns:
        By schedule and step: α_t, E x² measured, and exactly, by E x²_{t+1} = (1 − α_t)² E x²_t + α_t²/b.
    """
    shown = set(np.unique(np.geomspace(1, DECAY_STEPS, 40).round().astype(int)))
    rows = []
    for name, schedule in SCHEDULES.items():
        generator, exact = stream(settings.seed, f"optimizer_laws/decay/{name}"), 1.0
        path = noisy_descent(
            DECAY_RATE, DECAY_BATCH_SIZE, schedule, DECAY_STEPS, settings.replicas, generator, first=1.0
        )
        for step, (rate, points) in enumerate(path, 1):
            exact = (1 - rate) ** 2 * exact + rate**2 / DECAY_BATCH_SIZE
            if step in shown:
                row = {"schedule": name, "step": step, "learning_rate": rate, "exact": exact}
                rows.append({**row, "measured": float(points.square().mean()), "n": settings.replicas})
    return pd.DataFrame(rows)


def noisy_descent(
    learning_rate: float,
    batch_size: int,
    schedule: Callable[[torch.optim.Optimizer], LRScheduler],
    steps: int,
    replicas: int,
    generator: torch.Generator,
    first: float = 0.0,
) -> Iterator[tuple[float, Tensor]]:
    """Yield α_t and the points [N] of SGD on x²/2 after each step, its gradients of variance 1/b.

    Args:
        learning_rate: α_0.
        batch_size: b.
        schedule: Of the learning rate.
        steps: How many.
        replicas: N, independent runs.
        generator: Of the normal noise.
        first: x_0.
    """
    points = torch.full((replicas,), first, dtype=torch.float64)
    noise = torch.empty_like(points)
    optimizer = torch.optim.SGD([points], lr=learning_rate)
    scheduler = schedule(optimizer)
    for _ in range(steps):
        (rate,) = scheduler.get_last_lr()
        points.grad = points + noise.normal_(generator=generator) / math.sqrt(batch_size)
        optimizer.step()
        scheduler.step()
        yield rate, points
