"""One table of a network's gradient noise: C², noise scale and δ by every estimator that applies."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from graduated.noise.noise_scale import NoiseScale, per_sample_noise_scale
from graduated.noise.per_sample import Batches, Loss
from graduated.noise.smoothing import smoothing
from graduated.noise.two_batch_sizes import check_sizes, gather, two_batch_sizes
from graduated.streams import stream

EVALUATION, TRAINING = "evaluation", "training"
"""Modes: batch normalisation takes its running statistics, or those of the mini-batch."""


@dataclass(frozen=True)
class Estimation:
    """How the noise is estimated.

    Attributes:
        small_batch_size: b of the pairs of batch sizes.
        large_batch_size: B of the pairs, a multiple of b.
        pairs: How many, two or more.
        chunk_size: Per-sample gradients in memory at a time.
        seed: Of the draws.
    """

    small_batch_size: int = 16
    large_batch_size: int = 256
    pairs: int = 30
    chunk_size: int = 64
    seed: int = 0


def noise_table(
    module: nn.Module,
    batches: Batches,
    learning_rate: float,
    batch_size: int,
    loss: Loss = F.cross_entropy,
    estimation: Estimation | None = None,
) -> pd.DataFrame:
    """Measure C², the gradient-noise scale and δ = η√(C²/b) by every estimator that applies to a network.

    Per-sample gradients and two batch sizes in evaluation mode apply to all networks but those whose batch
    normalisation keeps no running statistics; two batch sizes in training mode to those with batch
    normalisation, for the others have one mode only.

    Args:
        module: A network from inputs [B, ...] to outputs [B, ...], left as it is.
        batches: Pairs of inputs [B, ...] and targets [B, ...], read once and held in memory.
        learning_rate: η of the training that δ is for.
        batch_size: b of that training.
        loss: From outputs and targets to the mean of the samples' losses.
        estimation: How to estimate; None is by the defaults.

    Returns:
        A row per estimator and mode: estimator; mode; gradient_variance, squared_gradient_norm, noise_scale
        and smoothing, each with its 95 % interval (…_low, …_high); averaged, pairs or samples.

    Raises:
        ValueError: As the estimators, or η or b is out of range.
    """
    smoothing(learning_rate, batch_size, 0.0)
    estimation = estimation or Estimation()
    sizes = estimation.small_batch_size, estimation.large_batch_size, estimation.pairs
    samples = [gather(batches)]
    check_sizes(*sizes, len(samples[0][0]))
    norms = [part for part in module.modules() if isinstance(part, _BatchNorm)]
    modes = [EVALUATION] if all(part.track_running_stats for part in norms) else []
    rows = []
    if modes:
        measured = per_sample_noise_scale(module, samples, estimation.chunk_size, loss)
        rows.append({"estimator": "per sample", "mode": EVALUATION, **_columns(measured)})
    for mode in [*modes, TRAINING] if norms else modes:
        generator = stream(estimation.seed, f"two_batch_sizes/{mode}")
        measured = two_batch_sizes(module, samples, generator, *sizes, loss, mode == TRAINING)
        rows.append({"estimator": "two batch sizes", "mode": mode, **_columns(measured)})
    table = pd.DataFrame(rows)
    for end in ("", "_low", "_high"):
        variances = table[f"gradient_variance{end}"].clip(lower=0)
        table[f"smoothing{end}"] = smoothing(learning_rate, batch_size, variances)
    return table


def _columns(measured: NoiseScale) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in ("gradient_variance", "squared_gradient_norm", "noise_scale"):
        columns[name] = getattr(measured, name)
        columns[f"{name}_low"], columns[f"{name}_high"] = getattr(measured, f"{name}_interval")
    return {**columns, "averaged": measured.averaged}
