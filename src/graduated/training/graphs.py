"""Work recorded as CUDA graphs and replayed."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

WARM_UP = 3
"""Times that work is done before it is recorded; libraries choose their algorithms and allocate in them."""

AHEAD = 8
"""Replays that may be queued; the host waits for the device beyond, so that what it times is current."""


class Graphs:
    """CUDA graphs by a key, in memory that they share; one is replayed at a time."""

    def __init__(self) -> None:
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._ends: deque[torch.cuda.Event] = deque()

    @property
    def keys(self) -> set[int]:
        """The keys of the graphs that there are."""
        return set(self._graphs)

    def clear(self) -> None:
        """Forget all graphs."""
        self._graphs.clear()

    def record(self, key: int, work: Callable[[], None], state: Sequence[Tensor]) -> None:
        """Record work, without doing it.

        Args:
            key: Of the graph.
            work: Reads from tensors all that differs from one time to the next.
            state: The tensors that it changes; they are left as they are.
        """
        saved = [tensor.clone() for tensor in state]
        side, current = _side_stream(), torch.cuda.current_stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            for _ in range(WARM_UP):
                work()
                with torch.no_grad():
                    for tensor, value in zip(state, saved, strict=True):
                        tensor.copy_(value)
        current.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # A pool ends with the last graph in it, so that the first graph of all takes a new one.
        pool = next((other.pool() for other in self._graphs.values()), None)
        with torch.cuda.graph(graph, pool=pool, stream=side):
            work()
        self._graphs[key] = graph

    def replay(self, key: int) -> None:
        """Do what has been recorded."""
        self._graphs[key].replay()
        end = torch.cuda.Event(blocking=True)
        end.record()
        self._ends.append(end)
        if len(self._ends) > AHEAD:
            self._ends.popleft().synchronize()


@cache
def _side_stream() -> torch.cuda.Stream:
    """Return the one stream that is recorded on: cuBLAS keeps a workspace for each that it has seen."""
    return torch.cuda.Stream()
