"""Worst-case m-sharpness: the mean over batches of max f(w + Δ) − f(w), by one of two searches."""

import torch

from graduated.sharpness import apgd, released
from graduated.sharpness.batches import Batches
from graduated.sharpness.neighbourhoods import neighbourhood
from graduated.sharpness.objective import Objective
from graduated.sharpness.record import Landscape
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.settings import ReleasedSearch, WorstCase


def worst_case(objective: Objective, batches: Batches, settings: WorstCase) -> SharpnessResult:
    """Return the worst-case sharpness of K replicas, every batch maximised over on its own.

    Args:
        objective: The networks.
        batches: n / m batches of m samples.
        settings: The measure.
    """
    region = neighbourhood(objective.weights, settings)
    rows = []
    for index, (inputs, targets) in enumerate(batches):
        landscape = Landscape(objective, inputs, targets)
        clean = landscape.record(torch.zeros_like(objective.weights))
        loss, error = clean.loss, clean.error
        if isinstance(settings, ReleasedSearch):
            worst = released.search(landscape, region, clean, settings)
        else:
            worst = apgd.search(landscape, region, clean, settings, index)
        rows.append((worst.loss - loss, loss, worst.error - error, worst.norm))
    increase, clean_loss, error, norm = (torch.stack(values) for values in zip(*rows, strict=True))
    return SharpnessResult(increase.mean(0), clean_loss.mean(0), error.mean(0), norm.amax(0))
