"""Whether the actions leave a network's loss as it is, on the mini-batch that they know and elsewhere."""

import pandas as pd
import torch
from torch import Tensor

from graduated.intervals import mean_interval
from graduated.streams import stream
from graduated.studies.settings import TeleportationOnDigits
from graduated.teleportation.actions import ACTIONS
from graduated.teleportation.networks import (
    Batch,
    Weights,
    activate,
    gradients,
    initial_weights,
    losses,
    minibatches,
    random_samples,
)

SIZES = (1e-3, 1e-2, 1e-1)
"""Frobenius norms of T."""

_RATE = 0.3


def audit(settings: TeleportationOnDigits, train: Batch) -> pd.DataFrame:
    """Act on networks after an epoch of SGD by random T, on one pair of layers at a time.

    Args:
        settings: Of the study.
        train: All training samples.

    Returns:
        By action, pair, size of the mini-batch and of T: the mean relative change of the loss on the
        mini-batch and on all training samples, with 95 % intervals over networks, and whether the samples
        are independent where the action needs them to be, in all networks.
    """
    weights = _after_an_epoch(settings, train)
    rows = []
    for number in settings.audited_samples:
        batch = random_samples(train, settings.networks, number, settings.seed, "audit", number)
        for name, action in ACTIONS.items():
            for pair in range(len(weights) - 1):
                hidden = _hidden(weights, batch, pair)
                independent = _independent(name, weights[pair], hidden)
                for size in SIZES:
                    generator = _random_generator(settings, weights[pair], pair, size)
                    moved = list(weights)
                    moved[pair + 1], moved[pair] = action(weights[pair + 1], weights[pair], hidden, generator)
                    row = {"action": name, "pair": pair + 1, "samples": number, "size": size}
                    row |= {"networks": settings.networks, "independent": independent}
                    row |= _change(weights, moved, batch, "batch") | _change(weights, moved, train, "all")
                    rows.append(row)
    return pd.DataFrame(rows)


def _after_an_epoch(settings: TeleportationOnDigits, train: Batch) -> Weights:
    weights = initial_weights(settings.networks, settings.seed)
    for batch in minibatches(train, settings.networks, settings.batch_size, settings.seed, 0):
        weights = [weight.requires_grad_() for weight in weights]
        steps = gradients(weights, batch)
        weights = [(weight - _RATE * step).detach() for weight, step in zip(weights, steps, strict=True)]
    return weights


def _random_generator(settings: TeleportationOnDigits, lower: Tensor, pair: int, size: float) -> Tensor:
    width = lower.shape[1]
    source = stream(settings.seed, "teleportation_on_digits/audited", pair)
    drawn = torch.randn(len(lower), width, width, generator=source, dtype=torch.float64)
    return size * drawn / torch.linalg.matrix_norm(drawn, keepdim=True)


def _hidden(weights: Weights, batch: Batch, pair: int) -> Tensor:
    """Return what enters the lower layer of a pair."""
    hidden = batch.inputs
    for weight in weights[:pair]:
        hidden = activate(weight @ hidden)
    return hidden


def _independent(name: str, lower: Tensor, hidden: Tensor) -> bool:
    """Return whether the columns that the action inverts are independent; rescaling inverts none."""
    if name == "rescaling":
        return True
    inverted = hidden if name == "inverse activation" else activate(lower @ hidden)
    return bool((torch.linalg.matrix_rank(inverted) == hidden.shape[-1]).all())


def _change(weights: Weights, moved: Weights, batch: Batch, name: str) -> dict[str, float]:
    before = losses(weights, batch)
    mean, low, high = mean_interval(((losses(moved, batch) - before).abs() / before).tolist())
    return {f"{name}_change": mean, f"{name}_low": low, f"{name}_high": high}
