"""K networks as one that computes each by itself: the alternative to grouped operations."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from graduated.models import initialise
from graduated.models.replication import ReplicatedNetwork


class BranchedNetwork(ReplicatedNetwork):
    """The same K networks, each computed by itself; on a GPU side by side, in a stream each.

    No rounding of a replica depends on its company. It may pay where one network leaves most of a GPU idle
    and launching its operations costs nothing, as in a CUDA graph.

    The arguments are those of :class:`ReplicatedNetwork`.
    """

    def __init__(
        self, replicas: int, model: str, channels: int, classes: int, options: Mapping[str, Any] | None = None
    ):
        super().__init__(replicas, model, channels, classes, options)
        alone = initialise(model, channels, classes, options, seed=0).to("meta")
        self._alone = (alone,)  # in a tuple, so that its parameters are not taken for the network's own

    def train(self, mode: bool = True) -> "BranchedNetwork":
        """Set the mode of all replicas."""
        self._alone[0].train(mode)
        return super().train(mode)

    def forward(self, images: Tensor) -> Tensor:
        """Map images [batch, K * C, h, w], replicas along the channels, to logits [K, batch, classes]."""
        named = {**dict(self.body.named_parameters()), **dict(self.body.named_buffers())}
        states = zip(*(tensor.unbind() for tensor in named.values()), strict=True)
        branches = zip(states, images.chunk(self.replicas, 1), strict=True)
        outputs = []
        for index, (state, own) in enumerate(branches):
            with _branch(index) if images.is_cuda else nullcontext():
                dense = own.contiguous(memory_format=torch.channels_last)
                values = dict(zip(named, state, strict=True))
                outputs.append(functional_call(self._alone[0], values, (dense,)))
        if images.is_cuda:
            for index in range(self.replicas):
                torch.cuda.current_stream().wait_stream(_stream(index))
        return torch.stack(outputs)


@contextmanager
def _branch(index: int) -> Iterator[None]:
    """Queue what the block does in a stream of its own, after what the current one has queued."""
    side = _stream(index)
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        yield


@cache
def _stream(index: int) -> torch.cuda.Stream:
    return torch.cuda.Stream()
