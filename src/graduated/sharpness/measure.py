"""One interface to every measure of sharpness, for K networks at once."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from graduated.sharpness.batches import Batches, check_batches
from graduated.sharpness.evaluation_mode import check_evaluation
from graduated.sharpness.objective import Loss, Objective, Outputs
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.sampled import mean_increase
from graduated.sharpness.settings import Curvature, Sharpness, WorstCase
from graduated.sharpness.worst_case import worst_case


@torch.no_grad()
def measure_sharpness(
    outputs: Outputs,
    parameters: dict[str, Tensor],
    batches: Iterable[tuple[Tensor, Tensor]],
    settings: Sharpness,
    loss: Loss = F.cross_entropy,
) -> SharpnessResult:
    """Measure the sharpness of K replicas.

    Args:
        outputs: The networks' function, in evaluation mode.
        parameters: Stacked parameters; all of them are perturbed. They are not changed.
        batches: n / m pairs of inputs [m, ...] and targets [m, ...], see
            :func:`graduated.sharpness.batches.first_batches`.
        settings: The measure; of curvature one replica only.
        loss: From outputs [m, ...] and targets [m, ...] to their mean loss.

    Raises:
        ValueError: No parameters, other batches than the settings tell, numbers that are not finite in them,
            a network not in evaluation mode, or a setting that does not fit the loss.
    """
    batches = list(batches)
    check_batches(batches, settings)
    objective = Objective(outputs, parameters, settings.normalise_logits, loss)
    inputs, targets = batches[0]
    check_evaluation(outputs, parameters, inputs)
    if targets.is_floating_point():
        _check_regression(outputs(parameters, inputs), targets, settings)
    result = _measure(objective, batches, settings)
    return result.masked(objective.weights.isfinite().all(1) & result.clean_loss.isfinite())


def _measure(objective: Objective, batches: Batches, settings: Sharpness) -> SharpnessResult:
    if isinstance(settings, WorstCase):
        return worst_case(objective, batches, settings)
    if isinstance(settings, Curvature):
        from graduated.sharpness.curvature import curvature  # needs curvlinops, and nothing else does

        return curvature(objective, batches, settings)
    return mean_increase(objective, batches, settings)


def _check_regression(outputs: Tensor, targets: Tensor, settings: Sharpness) -> None:
    if settings.normalise_logits:
        raise ValueError(
            "sharpness normalise_logits: applies to class numbers, not to values of a regression"
        )
    if outputs.shape[1:] != targets.shape:
        expected = f"values of the outputs' shape {list(outputs.shape[1:])}"
        raise ValueError(f"sharpness data: expected {expected}, got targets {list(targets.shape)}")
