"""How heavy a sample's tails are: excess kurtosis, Hill's estimator, and the block estimator of Mohammadi.

A sample is an array [rows, columns]; its rows are independent (mini-batches), its columns (coordinates of one
mini-batch's noise) need not be. Intervals are 95 % and over the rows.
"""

from collections.abc import Callable
from math import isqrt, log
from typing import NamedTuple

import numpy as np
from scipy import stats

from graduated.intervals import mean_interval

UNBOUNDED = 1000.0
"""Stands for an infinite tail index, and bounds all others."""

_RESAMPLES = 499


class Estimate(NamedTuple):
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def excess_kurtosis(sample: np.ndarray, generator: np.random.Generator) -> Estimate:
    """Return E x⁴ / (E x²)² − 3 of all entries about zero, with the bootstrap interval over rows.

    Args:
        sample: Centred, [rows, columns].
        generator: Of the bootstrap.
    """
    squares, fourths = ((sample**power).mean(1) for power in (2, 4))
    return _bootstrapped(lambda s, f, axis: f.mean(axis) / s.mean(axis) ** 2 - 3, squares, fourths, generator)


def hill_index(sample: np.ndarray, fraction: float, generator: np.random.Generator) -> Estimate:
    """Return Hill's (1975) estimate of the tail index α of P(abs(x) > t) ∝ t^−α, from the largest entries.

    The interval is the bootstrap's over rows, the threshold being fixed.

    Args:
        sample: [rows, columns].
        fraction: Share of all entries that count as the tail.
        generator: Of the bootstrap.
    """
    sizes = np.abs(sample)
    tail = max(1, int(fraction * sizes.size))
    threshold = np.partition(sizes, -tail - 1, axis=None)[-tail - 1]
    beyond = np.log(np.maximum(sizes / threshold, 1))
    counts, excesses = (beyond > 0).sum(1).astype(float), beyond.sum(1)
    return _bootstrapped(_index, counts, excesses, generator)


def _index(counts: np.ndarray, excesses: np.ndarray, axis: int) -> np.ndarray:
    """Return count / sum of excesses; unbounded where a resample has no tail."""
    count, excess = counts.sum(axis), excesses.sum(axis)
    return np.where(excess * UNBOUNDED > count, count / np.maximum(excess, np.finfo(float).tiny), UNBOUNDED)


def _bootstrapped(
    statistic: Callable[..., np.ndarray],
    first: np.ndarray,
    second: np.ndarray,
    generator: np.random.Generator,
) -> Estimate:
    options = {"n_resamples": _RESAMPLES, "paired": True, "vectorized": True, "method": "percentile"}
    interval = stats.bootstrap((first, second), statistic, rng=generator, **options).confidence_interval
    value = float(statistic(first, second, axis=0))
    return Estimate(value, min(value, float(interval.low)), max(value, float(interval.high)))


def block_index(sample: np.ndarray) -> Estimate:
    """Return the tail index of stable laws by sums over blocks of rows (Mohammadi et al. 2015).

    1/α = (E log abs(Y) − E log abs(x)) / log K for sums Y of K draws x of a strictly α-stable law. Each
    column is summed over blocks of K ≈ √rows rows, which are independent; the interval is Student's over
    blocks.

    For other laws it tends to 2 where the variance is finite, but only as K grows: Student's t with 3 degrees
    of freedom looks like a stable law of α < 2 in samples of practical size. An offset of the mean draws it
    to 1, so that the columns should be centred.

    Args:
        sample: [rows, columns].
    """
    size = isqrt(len(sample))
    blocks = sample[: len(sample) // size * size].reshape(-1, size, sample.shape[1])
    growth = _log_size(blocks.sum(1)) - _log_size(blocks).mean(1)
    return _inverse(growth.mean(1), size)


def pooled_block_index(sample: np.ndarray) -> Estimate:
    """Return the same with each row as a block, as Simsekli et al. (2019) do with pooled coordinates.

    The estimator takes the coordinates of one mini-batch's noise for independent draws of one law. They are
    neither: unequal scales and correlation pull it below 2 also where the noise is normal.

    Args:
        sample: [rows, columns].
    """
    growth = _log_size(sample.sum(1)) - _log_size(sample).mean(1)
    return _inverse(growth, sample.shape[1])


def _log_size(values: np.ndarray) -> np.ndarray:
    """Return log abs(x), where zeros count as the smallest positive size there is."""
    sizes = np.abs(values)
    return np.log(np.maximum(sizes, sizes[sizes > 0].min()))


def _inverse(growth: np.ndarray, size: int) -> Estimate:
    value, low, high = (bound / log(size) for bound in mean_interval(growth))
    return Estimate(*(1 / max(bound, 1 / UNBOUNDED) for bound in (value, high, low)))
