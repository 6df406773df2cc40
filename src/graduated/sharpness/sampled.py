"""Sharpness as a mean over random perturbations: the average case, and random directions of one length."""

import math

import torch
from scipy import stats
from torch import Tensor

from graduated.sharpness.batches import Batches
from graduated.sharpness.neighbourhoods import drawn, neighbourhood
from graduated.sharpness.objective import Objective
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.settings import Sharpness
from graduated.streams import stream

LEVEL = 0.95


def mean_increase(objective: Objective, batches: Batches, settings: Sharpness) -> SharpnessResult:
    """Return the mean of f(w + Δ) − f(w) over random perturbations Δ, of each batch its own.

    The n-th draws of all batches make one measurement; standard error and interval are over those. They tell
    of the draws alone: the samples are fixed.

    Args:
        objective: K networks, perturbed alike (in units of their weights' magnitude where adaptive).
        batches: n / m batches of m samples.
        settings: Of the method ``average`` or ``random_directions``.
    """
    clean = [objective.evaluate(objective.weights, *batch) for batch in batches]
    signs = (1, -1) if settings.method == "random_directions" and settings.directions == "two_sided" else (1,)
    norms, rows = [], []
    for draw in range(settings.draws):
        increases = []
        for index, (batch, before) in enumerate(zip(batches, clean, strict=True)):
            generator = stream(settings.seed, f"sharpness/{settings.method}/{index}", draw)
            delta = perturbation(objective.weights, settings, generator)
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


def perturbation(weights: Tensor, settings: Sharpness, generator: torch.Generator) -> Tensor:
    """Return a random perturbation of weights [K, P].

    Average case (Andriushchenko et al. 2023): each coordinate uniform in ±ρ (ℓ∞) or normal with standard
    deviation ρ (ℓ₂), times abs(w) where adaptive. Random directions (Zhao et al. 2024): of Euclidean length
    ρ, isotropic, or with entries uniform in [0, 1) before scaling.

    Args:
        weights: Of K replicas, [K, P].
        settings: The measure.
        generator: Of the random numbers, on the CPU.
    """
    if settings.method == "random_directions":
        draw = torch.randn if settings.directions == "two_sided" else torch.rand
        direction = drawn(draw, weights, generator)
        return (direction * (settings.radius / direction.norm())).expand_as(weights)
    if settings.norm == "linf":
        return neighbourhood(weights, settings).random(generator)
    scale = weights.abs() if settings.adaptive else weights.new_ones(()).expand_as(weights)
    return settings.radius * drawn(torch.randn, weights, generator) * scale
