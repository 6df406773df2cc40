"""Gradients of the smoothed loss f̂_δ on a network: taken at weights perturbed by δu."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import sqrt

import torch
from torch import Tensor

from graduated.streams import stream_seed


class WeightPerturbation:
    """Perturbs the weights of K replicas for the time of a gradient, by δ_k u with u ~ N(0, I/d).

    u is drawn anew for every step and replica, on the device of the weights: a CPU and a GPU draw different
    numbers.

    Args:
        parameters: Stacked parameters [K, ...].
        seeds: Seed of every replica.
    """

    def __init__(self, parameters: Sequence[Tensor], seeds: Sequence[int]):
        self.parameters, self.seeds = parameters, seeds
        self.device = parameters[0].device
        self.sizes = [parameter[0].numel() for parameter in parameters]
        self.scales: Sequence[float] = [0.0] * len(seeds)
        self.epoch, self.step = 0, 0

    def begin_epoch(self, scales: Sequence[float], epoch: int, step: int) -> None:
        """Perturb by other δ from a step on.

        Args:
            scales: δ of every replica [K].
            epoch: From 0.
            step: The next step of the epoch, from 0.
        """
        self.scales, self.epoch, self.step = scales, epoch, step

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Hold the weights perturbed within the block, put them back as they were, and count a step."""
        kept = [parameter.detach().clone() for parameter in self.parameters]
        self._perturb(self.step)
        self.step += 1
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in zip(self.parameters, kept, strict=True):
                    parameter.copy_(value)

    @torch.no_grad()
    def _perturb(self, step: int) -> None:
        dimension, dtype = sum(self.sizes), self.parameters[0].dtype
        for replica, (seed, scale) in enumerate(zip(self.seeds, self.scales, strict=True)):
            key = stream_seed(seed, f"perturbation/{self.epoch}", step)
            generator = torch.Generator(self.device).manual_seed(key)
            draws = torch.randn(dimension, generator=generator, device=self.device, dtype=dtype)
            pieces = draws.mul_(scale / sqrt(dimension)).split(self.sizes)
            for parameter, piece in zip(self.parameters, pieces, strict=True):
                parameter[replica] += piece.view(parameter.shape[1:])
