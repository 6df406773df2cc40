"""Worst-case m-sharpness as the code released by Andriushchenko et al. (2023) computes it.

Their search is a variant of Auto-PGD (Croce and Hein 2020). Its differences from the published algorithm are
kept: momentum averages the projected step with the perturbation *before* the last one, without extrapolation;
a step counts as a success only when it sets a new record; and when the step size is halved, the next gradient
is that of the worst point so far, while the perturbation goes on from the last one.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.sharpness.neighbourhoods import Neighbourhood, neighbourhood
from graduated.sharpness.objective import Logits, Objective, check_evaluation
from graduated.sharpness.settings import Sharpness

MOMENTUM = 0.75
SUCCESS_SHARE = 0.75
FIRST_STEP = 2.0


@dataclass(frozen=True)
class SharpnessResult:
    """Sharpness of K replicas; every tensor is [K], and NaN for a replica that diverged.

    Attributes:
        loss_increase: Worst loss less clean loss, in nats, averaged over the batches; this is the sharpness.
        error_increase: Error at the worst point less clean error, averaged over the batches.
        perturbation_norm: Largest Euclidean norm of the batches' worst perturbations.
        clean_loss: Loss at the weights themselves, averaged over the batches.
    """

    loss_increase: Tensor
    error_increase: Tensor
    perturbation_norm: Tensor
    clean_loss: Tensor


@torch.no_grad()
def worst_case_sharpness(
    logits: Logits,
    parameters: dict[str, Tensor],
    batches: Iterable[tuple[Tensor, Tensor]],
    settings: Sharpness,
) -> SharpnessResult:
    """Return the worst-case sharpness of K replicas: the mean over batches of max f(w + Δ) - f(w).

    Args:
        logits: The logits function, with the network in evaluation mode.
        parameters: Stacked parameters; all of them are perturbed. They are not changed.
        batches: n / m pairs of inputs [m, ...] and class numbers [m], see
            :func:`graduated.sharpness.objective.first_batches`.
        settings: Which perturbations, how many samples, how many steps.

    Raises:
        ValueError: No parameters, other batches than the settings tell, or a network not in evaluation mode.
    """
    batches = list(batches)
    _require_batches(batches, settings)
    objective = Objective(logits, parameters, settings.normalise_logits)
    check_evaluation(logits, parameters, batches[0][0])
    region = neighbourhood(objective.weights, settings)
    found = [_search(objective, region, inputs, targets, settings) for inputs, targets in batches]
    loss, error, norm, clean = (torch.stack(values) for values in zip(*found, strict=True))
    sound = objective.weights.isfinite().all(1) & clean.isfinite().all(0)
    summary = loss.mean(0), error.mean(0), norm.amax(0), clean.mean(0)
    return SharpnessResult(*(torch.where(sound, value, math.nan) for value in summary))


def _require_batches(batches: list[tuple[Tensor, Tensor]], settings: Sharpness) -> None:
    if not batches:
        raise ValueError("sharpness data: expected at least one batch, got none")
    expected = [settings.batch_size] * (settings.samples // settings.batch_size)
    if any([len(batch[side]) for batch in batches] != expected for side in (0, 1)):
        sizes = sorted({len(batch[side]) for batch in batches for side in (0, 1)})
        raise ValueError(
            f"sharpness data: expected {len(expected)} batches of {settings.batch_size} samples, "
            f"got {len(batches)} of {', '.join(map(str, sizes))}"
        )


def _search(
    objective: Objective, region: Neighbourhood, inputs: Tensor, targets: Tensor, settings: Sharpness
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return loss increase, error increase and norm at the worst point of one batch, and the clean loss."""
    weights = objective.weights
    clean_loss, clean_error, gradient = objective(weights, inputs, targets)
    record = Record(clean_loss, clean_error, gradient)
    control = StepControl(torch.full_like(clean_loss, FIRST_STEP * settings.radius))
    delta, previous = torch.zeros_like(weights), torch.zeros_like(weights)
    halts = checkpoints(settings.steps)
    for index in range(settings.steps):
        ahead = region.ascend(delta, gradient, control.step)
        delta, previous = previous.lerp_(ahead, MOMENTUM), delta
        loss, error, gradient = objective(weights + delta, inputs, targets)
        control.successes += record.update(loss, error, gradient, delta)
        if index in halts:
            halved = control.review(index)
            torch.where(halved[:, None], record.gradient, gradient, out=gradient)
    return record.loss - clean_loss, record.error - clean_error, record.norm, clean_loss


class Record:
    """The worst point each replica has met: loss, error and norm of the perturbation [K], gradient [K, P]."""

    def __init__(self, loss: Tensor, error: Tensor, gradient: Tensor):
        self.loss, self.error, self.norm = loss, error, torch.zeros_like(loss)
        self.gradient = gradient.clone()

    def update(self, loss: Tensor, error: Tensor, gradient: Tensor, delta: Tensor) -> Tensor:
        """Take over the replicas whose loss sets a record and return which they are."""
        higher = loss > self.loss
        self.loss = torch.where(higher, loss, self.loss)
        self.error = torch.where(higher, error, self.error)
        self.norm = torch.where(higher, torch.linalg.vector_norm(delta, dim=1), self.norm)
        torch.where(higher[:, None], gradient, self.gradient, out=self.gradient)
        return higher


class StepControl:
    """Each replica's step size [K], halved at checkpoints where records have been rare since the last one.

    The released code's second reason to halve, no record at all at an unchanged step size, is a case of this.
    """

    def __init__(self, step: Tensor):
        self.step, self.successes, self.last_checkpoint = step, torch.zeros_like(step), 0

    def review(self, index: int) -> Tensor:
        """Halve at the checkpoint after step ``index`` where due, and return where [K]."""
        halved = self.successes < SUCCESS_SHARE * (index - self.last_checkpoint)
        self.step = torch.where(halved, self.step / 2, self.step)
        self.successes, self.last_checkpoint = torch.zeros_like(self.successes), index
        return halved


def checkpoints(steps: int) -> tuple[int, ...]:
    """Return the steps at which the step size is reviewed (Croce and Hein 2020).

    They are ceil(p·steps) for p = 0.22, 0.41, ... in gaps that shrink by 0.03 down to 0.06; sums are rounded
    as in the released code (15 is a checkpoint of 20 steps, 14 is not), and as there the schedule ends
    at the first checkpoint that repeats, which happens when steps are few.

    Args:
        steps: Steps of the search.
    """
    shares, found = [0.0, 0.22], [0, math.ceil(0.22 * steps)]
    while found[-2] < found[-1] < steps:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
        found.append(math.ceil(shares[-1] * steps))
    return tuple(sorted({index for index in found[1:] if index < steps}))
