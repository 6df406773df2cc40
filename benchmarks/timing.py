"""Fair timing on a machine that is not quiet: the things compared take turns, and ratios are paired."""

import statistics
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import torch

Arm = TypeVar("Arm", bound=Hashable)


def timed(work: Callable[[], Any], device: torch.device) -> float:
    """Return the seconds that some work takes; on a GPU by its events, with nothing else in its queue."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize(device)
        start.record()
        work()
        end.record()
        torch.cuda.synchronize(device)
        return start.elapsed_time(end) / 1000
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleave(
    arms: Mapping[Arm, Callable[[], float]], repetitions: int, warm_up: int = 1
) -> dict[Arm, list[float]]:
    """Measure every arm once a repetition, in an order that is reversed every other time.

    Args:
        arms: What is compared; each returns one measured value.
        repetitions: Values kept of each.
        warm_up: Repetitions before them that are thrown away.

    Returns:
        For each arm its values; the i-th of all arms were measured next to each other.
    """
    values: dict[Arm, list[float]] = {arm: [] for arm in arms}
    for repetition in range(warm_up + repetitions):
        for arm in list(arms)[:: -1 if repetition % 2 else 1]:
            value = arms[arm]()
            if repetition >= warm_up:
                values[arm].append(value)
    return values


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, lowest and highest of the repetitions, to four digits."""
    summary = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    return {name: float(f"{value:.4g}") for name, value in summary.items()}


def paired_ratio(values: Sequence[float], baseline: Sequence[float]) -> dict[str, float]:
    """Return the spread of value / baseline, each pair of one repetition."""
    return spread([value / other for value, other in zip(values, baseline, strict=True)])
