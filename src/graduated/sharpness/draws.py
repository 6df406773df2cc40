"""The random numbers of sampled sharpness, drawn on the CPU so that every device sees the same."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor

from graduated.device import cores
from graduated.sharpness.settings import AverageCase, RandomDirections, Sampled
from graduated.streams import stream

MOST_THREADS = 16
"""Threads that draw for a GPU; so many perturbations and one are in memory (ResNet18: 45 MB each)."""


def draws(weights: Tensor, batches: int, settings: Sampled) -> Iterator[Tensor]:
    """Yield the numbers of every perturbation [P], draw by draw and in each batch by batch, on the CPU.

    For a GPU they are drawn ahead, in threads; on a CPU the threads that compute need its cores.

    Args:
        weights: Of K replicas, which share their numbers [K, P].
        batches: Batches of a draw.
        settings: The measure.
    """
    law, size, kind = _law(settings), weights.shape[1], f"sharpness/{settings.method}"

    def numbers(draw: int, batch: int) -> Tensor:
        generator = stream(settings.seed, f"{kind}/{batch}", draw)
        return law(size, generator=generator, dtype=weights.dtype)

    calls = (partial(numbers, draw, batch) for draw in range(settings.draws) for batch in range(batches))
    if weights.is_cuda:
        return ahead(calls, min(MOST_THREADS, cores()))
    return (call() for call in calls)


def _law(settings: Sampled) -> Callable[..., Tensor]:
    match settings:
        case AverageCase(norm="l2") | RandomDirections(directions="two_sided"):
            return torch.randn
    return torch.rand


def ahead(calls: Iterable[Callable[[], Tensor]], threads: int) -> Iterator[Tensor]:
    """Yield what calls return, in their order, while threads are at the next ones.

    Args:
        calls: Independent of one another.
        threads: How many; so many calls and one at most have been begun and not been yielded.
    """
    with ThreadPoolExecutor(threads) as pool:
        begun = deque()
        for call in calls:
            begun.append(pool.submit(call))
            if len(begun) > threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
