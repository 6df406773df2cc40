"""The search for the worst case as in the code released by Andriushchenko et al. (2023).

It is a variant of Auto-PGD (Croce and Hein 2020). Its differences from the published algorithm are kept:
momentum averages the projected step with the perturbation *before* the last one, without extrapolation; a
step counts as a success only when it sets a new record; and when the step size is halved, the next gradient
is that of the worst point so far, while the perturbation goes on from the last one.
"""

import math

import torch
from torch import Tensor

from graduated.sharpness.neighbourhoods import Neighbourhood
from graduated.sharpness.record import Landscape, Record, Worst
from graduated.sharpness.settings import ReleasedSearch

MOMENTUM = 0.75
SUCCESS_SHARE = 0.75
FIRST_STEP = 2.0


def search(landscape: Landscape, region: Neighbourhood, clean: Record, settings: ReleasedSearch) -> Worst:
    """Return the worst point that the search finds on one batch.

    Args:
        landscape: The loss round the weights.
        region: The perturbations allowed.
        clean: The weights themselves; becomes the worst point.
        settings: Tells the number of steps.
    """
    record, gradient = clean, clean.gradient
    control = StepControl(torch.full_like(record.loss, FIRST_STEP * settings.radius))
    delta, previous = torch.zeros_like(gradient), torch.zeros_like(gradient)
    halts, last = checkpoints(settings.steps), settings.steps - 1
    for index in range(settings.steps):
        ahead = region.ascend(delta, gradient, control.step)
        delta, previous = previous.lerp_(ahead, MOMENTUM), delta
        loss, error, gradient = landscape(delta, with_gradient=index < last)
        control.successes += record.update(delta, loss, error, gradient)
        if index in halts and index < last:
            halved = control.review(index)
            torch.where(halved[:, None], record.gradient, gradient, out=gradient)
    return record.worst


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
