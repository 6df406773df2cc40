"""The simple gradient-noise scale C²/‖∇f‖², with its uncertainty."""

import math
from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F  # noqa: N812
from scipy import stats
from torch import nn

from graduated.intervals import mean_interval
from graduated.noise.per_sample import Batches, Deviations, Loss, NotFiniteError, gradient_deviations

Interval = tuple[float, float]


@dataclass(frozen=True)
class NoiseScale:
    """C², ‖∇f‖² and their ratio, averaged over pairs of mini-batches or over samples, with intervals.

    Attributes:
        gradient_variance: C² = tr Σ, unbiased, with the divisor N − 1; from mini-batches it can come out
            negative where there is hardly any noise.
        gradient_variance_interval: By Student's t, cut at zero.
        standard_error: Of C².
        squared_gradient_norm: ‖∇f‖² of the training set; from mini-batches it can come out negative.
        squared_gradient_norm_interval: By Student's t, cut at zero.
        noise_scale: B_simple = C²/‖∇f‖², in samples: the ratio of the means; infinite where no gradient is
            seen.
        noise_scale_interval: By Student's t of the inverse ratio, jackknifed; its upper end is infinite where
            the data do not tell ‖∇f‖² from zero.
        averaged: Number of pairs or samples.
    """

    gradient_variance: float
    gradient_variance_interval: Interval
    standard_error: float
    squared_gradient_norm: float
    squared_gradient_norm_interval: Interval
    noise_scale: float
    noise_scale_interval: Interval
    averaged: int


def per_sample_noise_scale(
    module: nn.Module,
    batches: Batches,
    chunk_size: int = 64,
    loss: Loss = F.cross_entropy,
    level: float = 0.95,
) -> NoiseScale:
    """Measure the gradient-noise scale (arXiv 1812.06162, eq. 2.9) from per-sample gradients.

    The intervals are for samples drawn from a population. Of n samples that are a small part of the training
    set, ‖∇f‖² is too large by C²/n on average, so that a noise scale near n or above is a lower bound.

    Args:
        module: A network from inputs [B, ...] to outputs [B, ...]; a copy of it is evaluated, in evaluation
            mode.
        batches: Pairs of inputs [B, ...] and targets [B, ...], read more than once.
        chunk_size: Samples whose gradients are held at once; changes speed and memory, not the result.
        loss: From outputs [B, ...] and targets [B, ...] to the mean of the samples' losses.
        level: Of the intervals, in (0, 1).

    Raises:
        ValueError: As :func:`graduated.noise.per_sample.gradient_variance`.
    """
    return noise_scale_of(gradient_deviations(module, batches, chunk_size, loss), level)


def noise_scale_of(deviations: Deviations, level: float = 0.95) -> NoiseScale:
    """Return the gradient-noise scale of per-sample gradients.

    Args:
        deviations: Of the per-sample gradients from their mean.
        level: Of the intervals, in (0, 1).

    Raises:
        ValueError: Fewer than two samples.
        NotFiniteError: The gradients are not finite.
    """
    squares = sum(deviations.squares.values()).cpu().numpy()
    projections = sum(deviations.projections.values()).cpu().numpy()
    square = sum(part.square().sum().item() for part in deviations.mean.values())
    samples = len(squares)
    if samples < 2:
        raise ValueError(f"{samples} sample in batches: a variance needs at least two")
    return scale_of(squares * samples / (samples - 1), square + 2 * projections, level)


def scale_of(variances: np.ndarray, squares: np.ndarray, level: float = 0.95) -> NoiseScale:
    """Average independent estimates of C² and of ‖∇f‖² and divide the means, in this order.

    The interval of the ratio takes each estimate out in turn (delete-one jackknife), of the inverse ratio,
    whose denominator C² is the better known.

    Args:
        variances: Estimates of C² [n].
        squares: Estimates of ‖∇f‖² from the same data, one for each of C² [n].
        level: Of the intervals, in (0, 1).

    Raises:
        ValueError: Fewer than two estimates, or a level that is none.
        NotFiniteError: Estimates are not finite.
    """
    if len(variances) < 2 or len(variances) != len(squares) or not 0 < level < 1:
        raise ValueError(
            f"{len(variances)} and {len(squares)} estimates, level = {level}: expected two or more, as many "
            "of each, and a number between 0 and 1"
        )
    if not np.isfinite([variances, squares]).all():
        raise NotFiniteError("gradients are not finite: check the parameters and the inputs")
    variance, square = float(variances.mean()), float(squares.mean())
    return NoiseScale(
        variance,
        _interval(variances, level),
        float(stats.sem(variances)),
        square,
        _interval(squares, level),
        max(variance, 0.0) / square if square > 0 else math.inf,
        _ratio_interval(variances, squares, level),
        len(variances),
    )


def _interval(values: np.ndarray, level: float) -> Interval:
    _, low, high = mean_interval(values, level)
    return max(0.0, low), max(0.0, high)


def _ratio_interval(variances: np.ndarray, squares: np.ndarray, level: float) -> Interval:
    total, number = variances.sum(), len(variances)
    others = total - variances
    if min(total, others.min()) <= 0:
        return 0.0, math.inf
    inverse = squares.sum() / total
    pseudo_values = number * inverse - (number - 1) * (squares.sum() - squares) / others
    reach = stats.t.ppf((1 + level) / 2, number - 1) * stats.sem(pseudo_values)
    low, high = float(inverse - reach), float(inverse + reach)
    return 1 / high if high > 0 else math.inf, 1 / low if low > 0 else math.inf
