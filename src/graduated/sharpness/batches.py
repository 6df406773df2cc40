"""The samples that sharpness is measured on: the first n, in order, as batches of m."""

from collections.abc import Iterable

import torch
from torch import Tensor

from graduated.sharpness.settings import Sharpness

Batches = list[tuple[Tensor, Tensor]]
"""Pairs of inputs [m, ...] and targets [m, ...]."""


def first_batches(inputs: Tensor, targets: Tensor, settings: Sharpness) -> Batches:
    """Return the first n samples, in order, as batches of m.

    Args:
        inputs: Normalised inputs [at least n, ...], not augmented.
        targets: Class numbers, or values of a regression, as many.
        settings: Tells n (samples) and m (batch_size).

    Raises:
        ValueError: There are fewer than n samples, or not as many targets as inputs.
    """
    return regrouped([(inputs, targets)], settings)


def regrouped(batches: Iterable[tuple[Tensor, Tensor]], settings: Sharpness) -> Batches:
    """Return the first n samples of any iterable of batches, in order, as batches of m.

    Args:
        batches: Pairs of inputs and targets, of any sizes; no more are read than needed.
        settings: Tells n (samples) and m (batch_size).

    Raises:
        ValueError: There are fewer than n samples, a batch is no such pair, or has not as many targets as
            inputs.
    """
    found, samples = [], 0
    for batch in batches:
        wanted = settings.samples - samples
        found.append(tuple(tensor[:wanted] for tensor in _pair(batch)))
        samples += len(found[-1][0])
        if samples == settings.samples:
            break
    if samples < settings.samples:
        raise ValueError(f"sharpness data: expected at least {settings.samples} samples, got {samples}")
    joined = (torch.cat(tensors) for tensors in zip(*found, strict=True))
    return list(zip(*(tensor.split(settings.batch_size) for tensor in joined), strict=True))


def _pair(batch: object) -> tuple[Tensor, Tensor]:
    pair = isinstance(batch, tuple | list) and len(batch) == 2
    if not pair or not all(isinstance(tensor, Tensor) for tensor in batch):
        raise ValueError(
            f"sharpness data: expected batches of two tensors, inputs and targets, got {type(batch).__name__}"
        )
    inputs, targets = batch
    if len(inputs) != len(targets):
        raise ValueError(
            f"sharpness data: expected as many targets as inputs ({len(inputs)}), got {len(targets)}"
        )
    return inputs, targets


def check_batches(batches: Batches, settings: Sharpness) -> None:
    """Verify that batches are n / m of m samples, and their inputs finite.

    Raises:
        ValueError: They are not.
    """
    if not batches:
        raise ValueError("sharpness data: expected at least one batch, got none")
    expected = [settings.batch_size] * (settings.samples // settings.batch_size)
    if any([len(batch[side]) for batch in batches] != expected for side in (0, 1)):
        sizes = sorted({len(batch[side]) for batch in batches for side in (0, 1)})
        raise ValueError(
            f"sharpness data: expected {len(expected)} batches of {settings.batch_size} samples, "
            f"got {len(batches)} of {', '.join(map(str, sizes))}"
        )
    for index, batch in enumerate(batches):
        if not all(tensor.isfinite().all() for tensor in batch):
            raise ValueError(f"sharpness data: expected finite numbers, got others in batch {index}")
