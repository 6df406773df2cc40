"""Sharpness as a mean over random perturbations: the average case, and random directions of one length."""

import math

import torch
from scipy import stats
from torch import Tensor

from graduated.sharpness.batches import Batches
from graduated.sharpness.draws import draws
from graduated.sharpness.objective import Objective
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.settings import RandomDirections, Sampled

LEVEL = 0.95


def mean_increase(objective: Objective, batches: Batches, settings: Sampled) -> SharpnessResult:
    """Return the mean of f(w + Δ) − f(w) over random perturbations Δ, of each batch its own.

    The n-th draws of all batches make one measurement; standard error and interval are over those. They tell
    of the draws alone: the samples are fixed.

    Args:
        objective: K networks, perturbed alike (in units of their weights' magnitude where adaptive).
        batches: n / m batches of m samples.
        settings: The measure.
    """
    clean = [objective.evaluate(objective.weights, *batch) for batch in batches]
    two_sided = isinstance(settings, RandomDirections) and settings.directions == "two_sided"
    signs = (1, -1) if two_sided else (1,)
    numbers = draws(objective.weights, len(batches), settings)
    norms, rows = [], []
    for _ in range(settings.draws):
        increases = []
        for batch, before in zip(batches, clean, strict=True):
            delta = perturbation(objective.weights, settings, next(numbers).to(objective.weights.device))
            norms.append(torch.linalg.vector_norm(delta, dim=1))
            for sign in signs:
                after = objective.evaluate(objective.weights + sign * delta, *batch)
                increases.append(torch.stack(after) - torch.stack(before))
        rows.append(torch.stack(increases).mean(0))
    losses, errors = torch.stack(rows, 1)
    mean, half = losses.mean(0), student(losses)
    return SharpnessResult(
        sharpness=mean,
        clean_loss=torch.stack([loss for loss, _ in clean]).mean(0),
        error_increase=errors.mean(0),
        perturbation_norm=torch.stack(norms).amax(0),
        **half,
    )


def student(values: Tensor) -> dict[str, Tensor]:
    """Return standard error and 95 % interval of the mean of independent values [number, K], by name."""
    number, mean = len(values), values.mean(0)
    error = values.std(0) / math.sqrt(number)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, number - 1)) * error
    return {"standard_error": error, "low": mean - reach, "high": mean + reach}


def perturbation(weights: Tensor, settings: Sampled, numbers: Tensor) -> Tensor:
    """Return a random perturbation of weights [K, P].

    Average case (Andriushchenko et al. 2023): each coordinate uniform in ±ρ (ℓ∞) or normal with standard
    deviation ρ (ℓ₂), times abs(w) where adaptive. Random directions (Zhao et al. 2024): of Euclidean length
    ρ, isotropic, or with entries uniform in [0, 1) before scaling.

    Args:
        weights: Of K replicas, [K, P].
        settings: The measure.
        numbers: Of ``draws``, on the device of the weights [P].
    """
    if isinstance(settings, RandomDirections):
        return (numbers * (settings.radius / numbers.norm())).expand_as(weights)
    scale = weights.abs() if settings.adaptive else weights.new_ones(()).expand_as(weights)
    if settings.norm == "linf":
        return settings.radius * scale * (2 * numbers - 1)
    return settings.radius * numbers * scale
