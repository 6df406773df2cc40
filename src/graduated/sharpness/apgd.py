"""The search for the worst case by Auto-PGD as published (Croce and Hein 2020, arXiv 2003.01690, Alg. 1).

Projected steepest ascent with extrapolation, x ← P(x + α(z − x) + (1 − α)(x − x_before)), z being the
projected step. At checkpoints the step size is halved where fewer than three quarters of the steps since the
last one raised the loss, or where the step size had not been halved then and there has been no record since;
the search then goes on from the best point.
"""

import torch
from torch import Tensor

from graduated.sharpness.neighbourhoods import Neighbourhood
from graduated.sharpness.record import Landscape, Record, Worst
from graduated.sharpness.settings import AutoPGD
from graduated.streams import stream

EXTRAPOLATION = 0.75
SUCCESS_SHARE = 0.75
FIRST_STEP = 2.0


def search(
    landscape: Landscape, region: Neighbourhood, clean: Record, settings: AutoPGD, batch: int
) -> Worst:
    """Return the worst point that several searches find on one batch.

    Args:
        landscape: The loss round the weights.
        region: The perturbations allowed.
        clean: The weights themselves.
        settings: Tells the starts, their number and that of the steps.
        batch: Number of the batch, which keys the random starts.
    """
    found = [clean.worst]
    for restart in range(settings.restarts):
        if restart == 0 and settings.start == "zero":
            record = Record(clean.delta, clean.loss, clean.error, clean.gradient)
        else:
            start = region.random(stream(settings.seed, f"sharpness/apgd/{batch}", restart))
            record = landscape.record(start)
        found.append(ascend(landscape, region, record, settings))
    return _highest(found)


def ascend(landscape: Landscape, region: Neighbourhood, record: Record, settings: AutoPGD) -> Worst:
    """Return the worst point of one search.

    Args:
        landscape: The loss round the weights.
        region: The perturbations allowed.
        record: The start; becomes the worst point.
        settings: Tells the number of steps.
    """
    control = StepControl(torch.full_like(record.loss, FIRST_STEP * settings.radius), record.loss)
    delta, loss, gradient = record.delta.clone(), record.loss, record.gradient
    previous, halts = delta, checkpoints(settings.steps)
    for step in range(1, settings.steps + 1):
        ahead = region.ascend(delta, gradient, control.step)
        if step > 1:
            extrapolated = delta + EXTRAPOLATION * (ahead - delta) + (1 - EXTRAPOLATION) * (delta - previous)
            ahead = region.project(extrapolated)
        before, previous, delta = loss, delta, ahead
        loss, error, gradient = landscape(delta, with_gradient=step < settings.steps)
        record.update(delta, loss, error, gradient)
        control.successes += loss > before
        if step in halts:
            halved = control.review(step, record.loss)
            loss = torch.where(halved, record.loss, loss)
            delta = torch.where(halved[:, None], record.delta, delta)
            gradient = torch.where(halved[:, None], record.gradient, gradient)
    return record.worst


class StepControl:
    """Each replica's step size [K], halved at checkpoints by either of the published conditions."""

    def __init__(self, step: Tensor, best: Tensor):
        self.step, self.successes, self.last_checkpoint = step, torch.zeros_like(step), 0
        self.best, self.halved = best, torch.zeros_like(step, dtype=torch.bool)

    def review(self, step: int, best: Tensor) -> Tensor:
        """Halve after a number of steps where due, given the best loss so far [K], and return where [K]."""
        rare = self.successes < SUCCESS_SHARE * (step - self.last_checkpoint)
        self.halved = rare | (~self.halved & (best == self.best))
        self.step = torch.where(self.halved, self.step / 2, self.step)
        self.successes, self.last_checkpoint = torch.zeros_like(self.successes), step
        self.best = best
        return self.halved


def checkpoints(steps: int) -> tuple[int, ...]:
    """Return the numbers of steps after which the step size is reviewed, as in the authors' code.

    They are ⌈p·steps⌉ for p = 0.22, 0.41, ... in gaps that shrink by 0.03 down to 0.06, less the last step.

    Args:
        steps: Steps of the search.
    """
    percent, gap, found = 22, 22, []
    while percent < 100:
        found.append(-(-percent * steps // 100))
        gap = max(gap - 3, 6)
        percent += gap
    return tuple(sorted({step for step in found if 0 < step < steps}))


def _highest(found: list[Worst]) -> Worst:
    """Return for each replica the point of the highest loss."""
    losses, errors, norms = (torch.stack(values) for values in zip(*found, strict=True))
    chosen = losses.argmax(0, keepdim=True)
    return Worst(*(values.gather(0, chosen).squeeze(0) for values in (losses, errors, norms)))
