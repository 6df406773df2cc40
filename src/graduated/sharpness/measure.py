"""One interface to every measure of sharpness, for K networks at once or for a network of one's own."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from graduated.sharpness.batches import Batches, check_batches, regrouped
from graduated.sharpness.evaluation_mode import check_evaluation
from graduated.sharpness.objective import Loss, Objective, Outputs, stacked
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


def network_sharpness(
    module: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    settings: Sharpness,
    loss: Loss = F.cross_entropy,
) -> SharpnessResult:
    """Measure the sharpness of a network of one's own, network and loss being taken at their word.

    :func:`graduated.sharpness.own_network.network_sharpness` tries them first.

    Args:
        module: A network from inputs [B, ...] to outputs [B, ...]. Evaluated is a copy in evaluation mode;
            the module keeps its mode, parameters and buffers.
        batches: Pairs of inputs and targets: a list, or a loader without random augmentation. The first n
            samples are taken, moved to the module's device and maximised over m at a time.
        settings: The measure, with n (samples) and m (batch_size).
        loss: From outputs [B, ...] and targets [B, ...] to their mean loss, for example ``F.mse_loss``.

    Returns:
        The result of one replica: tensors [1].

    Raises:
        ValueError: As :func:`measure_sharpness`; also for parameters or a loss that are not finite.
    """
    if settings.statistics != "own":
        raise ValueError("sharpness statistics: applies to data sets of images; normalise your batches")
    parameters, outputs = stacked(module)
    device = next(iter(parameters.values())).device
    for name, tensor in parameters.items():
        if not tensor.isfinite().all():
            raise ValueError(f"sharpness: expected finite parameters, got others in {name}")
    chosen = [(inputs.to(device), targets.to(device)) for inputs, targets in regrouped(batches, settings)]
    result = measure_sharpness(outputs, parameters, chosen, settings, loss)
    if not result.clean_loss.isfinite().all():
        raise ValueError("sharpness: expected a finite loss at the weights, got another")
    return result


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
