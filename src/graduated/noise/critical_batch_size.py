"""C² the authors' way: from the batch size that reaches a small gradient with the least computation."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

COLUMNS = ("batch_size", "seed", "steps", "learning_rate", "threshold")
MOST_RESAMPLED = 8


class RunningMeanGradientNorm:
    """The stopping rule behind T(b), for K replicas at once.

    A replica has reached the threshold ε at the first step where the mean over all steps so far of its
    mini-batch gradient norm is at most ε, looked for only from ``first_epoch`` on (arXiv 2402.02325 and its
    released code, where the epoch counted from 0 must exceed 10).

    Args:
        replicas: K.
        threshold: ε > 0.
        first_epoch: First epoch, counted from 0, in which the rule is applied.

    Attributes:
        steps: First step, counted from 1, at which the rule held [K] int64; 0 where it has not held yet.

    Raises:
        ValueError: The threshold is not positive.
    """

    def __init__(self, replicas: int, threshold: float, first_epoch: int = 11):
        if not threshold > 0:
            raise ValueError(f"threshold = {threshold}: expected a positive gradient norm")
        self.threshold, self.first_epoch = threshold, first_epoch
        self.steps = torch.zeros(replicas, dtype=torch.int64)
        self._total = torch.zeros(replicas, dtype=torch.float64)
        self._seen = 0

    @property
    def reached(self) -> Tensor:
        """Which replicas have reached the threshold [K] bool."""
        return self.steps > 0

    def update(self, norms: Tensor, epoch: int) -> None:
        """Add the norms [K] of one step, or [steps, K] of consecutive steps, of one epoch (on the CPU).

        Raises:
            ValueError: Norms of another number of replicas.
        """
        norms = torch.atleast_2d(norms)
        if norms.ndim != 2 or norms.shape[1] != len(self.steps):
            raise ValueError(f"norms {tuple(norms.shape)}: expected [steps, {len(self.steps)}]")
        totals = torch.cat([self._total.unsqueeze(0), norms.to(self._total)]).cumsum(0)
        numbers = torch.arange(self._seen, self._seen + len(totals)).unsqueeze(1)
        if epoch >= self.first_epoch:
            holds = totals[1:] / numbers[1:] <= self.threshold
            first = torch.where(holds, numbers[1:], self._seen + len(totals)).amin(0)
            self.steps = torch.where(holds.any(0) & ~self.reached, first, self.steps)
        self._total = totals[-1]
        self._seen += len(norms)

    def state(self) -> dict[str, Tensor]:
        """Return all that later updates depend on."""
        return {"steps": self.steps, "total": self._total, "seen": torch.tensor(self._seen)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state returned by ``state``."""
        self.steps, self._total, self._seen = state["steps"], state["total"], int(state["seen"])


@dataclass(frozen=True, eq=False)
class CriticalBatchSize:
    """The batch size b* of least complexity, and the C² it stands for.

    Attributes:
        critical_batch_size: b*; None when no batch size reached the threshold in every seed.
        interval: Smallest and largest batch size that may be the critical one; None like b*.
        learning_rate: η of the runs.
        threshold: ε of the runs.
        complexity: One row a batch size: batch_size; mean, min and max of T(b)·b, in per-sample gradients,
            over the seeds that reached the threshold; reached, how many those are, of how many seeds.
        censored: Batch sizes that did not reach the threshold in every seed; they are not candidates.
        at_edge: b* is the smallest or largest batch size tested: the minimum may lie beyond.
        reason: Why there is no value; None when there is one.
    """

    critical_batch_size: int | None
    interval: tuple[int, int] | None
    learning_rate: float
    threshold: float
    complexity: pd.DataFrame
    censored: tuple[int, ...]
    at_edge: bool
    reason: str | None

    @property
    def gradient_variance(self) -> float | None:
        """C² ≈ b*·ε²/η, an upper bound used as the estimate (arXiv 2402.02325)."""
        return None if self.critical_batch_size is None else self._variance(self.critical_batch_size)

    @property
    def gradient_variance_interval(self) -> tuple[float, float] | None:
        """The interval of b* in terms of C²."""
        if self.interval is None:
            return None
        low, high = self.interval
        return self._variance(low), self._variance(high)

    def _variance(self, batch_size: int) -> float:
        return batch_size * self.threshold**2 / self.learning_rate


def critical_batch_size(steps: pd.DataFrame, flatness: float = 0.1, level: float = 0.95) -> CriticalBatchSize:
    """Find b*, the minimum of the complexity T(b)·b averaged over seeds, and how uncertain it is.

    The minimum is flat, so every batch size whose mean complexity is within ``flatness`` of the least is as
    good an answer. This range is found anew for every way of drawing the seeds with replacement (the exact
    bootstrap: all of them, weighted by their probability; more than 8 seeds are first averaged in 8 groups),
    and the interval runs from the (1 − level)/2 quantile of the lower ends to that quantile, from above, of
    the upper ends.

    Runs compare fairly when all had the same number of epochs: a batch size that did not reach the threshold
    then has a complexity above that budget, hence above the minimum.

    Args:
        steps: One row a run: batch_size, seed, steps (T; missing where the threshold was not reached),
            learning_rate and threshold (one value each); every batch size with the same seeds.
        flatness: Tolerance of the complexity relative to its minimum.
        level: Level of the interval over seeds, in (0, 1).

    Raises:
        ValueError: Missing columns, no or repeated or missing runs, several learning rates or thresholds,
            numbers that are not positive.
    """
    if flatness < 0 or not 0 < level < 1:
        raise ValueError(f"flatness = {flatness}, level = {level}: expected at least 0, and between 0 and 1")
    _check_runs(steps)
    learning_rate, threshold = (float(steps[name].iloc[0]) for name in ("learning_rate", "threshold"))
    complexity = steps["batch_size"] * steps["steps"].astype(float)
    runs = steps.assign(complexity=complexity).pivot(index="seed", columns="batch_size", values="complexity")
    censored = tuple(int(size) for size in runs.columns[runs.isna().any()])
    candidates = runs.dropna(axis="columns")
    best, interval, at_edge, reason = None, None, False, None
    if candidates.empty:
        reason = f"no batch size reached a mean gradient norm of {threshold:g} in every seed"
    else:
        best = int(candidates.mean().idxmin())
        interval = _interval(candidates, flatness, level)
        at_edge = best in (runs.columns[0], runs.columns[-1])
    return CriticalBatchSize(
        best, interval, learning_rate, threshold, _complexity(runs), censored, at_edge, reason
    )


def _check_runs(steps: pd.DataFrame) -> None:
    if steps.empty or not set(COLUMNS) <= set(steps.columns):
        raise ValueError(f"steps: expected at least one row, and the columns {', '.join(COLUMNS)}")
    if steps.duplicated(["batch_size", "seed"]).any():
        raise ValueError("steps: two rows of one batch size and seed, expected one")
    if len(steps) != steps["batch_size"].nunique() * steps["seed"].nunique():
        raise ValueError("steps: expected every batch size with the same seeds")
    for name in ("learning_rate", "threshold"):
        if steps[name].nunique(dropna=False) != 1:
            raise ValueError(f"steps: several values of {name}, expected one")
    for name in ("batch_size", "steps", "learning_rate", "threshold"):
        numbers = steps[name].astype(float)
        valid = (numbers > 0) & np.isfinite(numbers)
        if not (valid | (numbers.isna() & (name == "steps"))).all():
            raise ValueError(f"steps: {name} holds a number that is not positive and finite")


def _complexity(runs: pd.DataFrame) -> pd.DataFrame:
    table = runs.agg(["mean", "min", "max"]).T
    return table.assign(reached=runs.notna().sum(), seeds=len(runs)).rename_axis("batch_size").reset_index()


def _interval(candidates: pd.DataFrame, flatness: float, level: float) -> tuple[int, int]:
    groups = np.array_split(candidates.to_numpy(), min(len(candidates), MOST_RESAMPLED))
    counts, probability = _resamples(len(groups))
    curves = counts @ np.stack([group.mean(0) for group in groups]) / len(groups)
    flat = curves <= (1 + flatness) * curves.min(1, keepdims=True)
    tail = (1 - level) / 2
    low = _quantile(flat.argmax(1), probability, tail)
    high = _quantile(flat[:, ::-1].argmax(1), probability, tail)
    return int(candidates.columns[low]), int(candidates.columns[::-1][high])


def _resamples(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return every multiset of n out of n as counts [R, n], and the probability of each [R]."""
    draws = combinations_with_replacement(range(n), n)
    counts = np.array([np.bincount(draw, minlength=n) for draw in draws])
    orders = [factorial(n) / np.prod([factorial(count) for count in row]) for row in counts]
    return counts, np.array(orders) / n**n


def _quantile(positions: np.ndarray, probability: np.ndarray, tail: float) -> int:
    """Return the smallest position with at least ``tail`` of the probability at or below it."""
    return int((np.bincount(positions, weights=probability).cumsum() >= tail).argmax())
