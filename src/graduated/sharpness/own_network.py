"""Sharpness of a network of one's own, once network and loss have been tried."""

import copy
from collections.abc import Iterable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from graduated.sharpness.batches import regrouped
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.objective import stacked
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.settings import Sampled, Sharpness
from graduated.trial import Loss, try_functions


def network_sharpness(
    module: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    settings: Sharpness,
    loss: Loss = F.cross_entropy,
) -> SharpnessResult:
    """Measure the sharpness of a network of one's own.

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
        ValueError: As :func:`graduated.sharpness.measure.measure_sharpness`,
            :func:`graduated.trial.try_functions` and :func:`check_precision`; also for parameters or a loss
            that are not finite.
    """
    if settings.statistics != "own":
        raise ValueError("sharpness statistics: applies to data sets of images; normalise your batches")
    check_precision(module)
    parameters, outputs = stacked(module)
    for name, tensor in parameters.items():
        if not tensor.isfinite().all():
            raise ValueError(f"sharpness: expected finite parameters, got others in {name}")
    device = next(iter(parameters.values())).device
    chosen = [(inputs.to(device), targets.to(device)) for inputs, targets in regrouped(batches, settings)]
    network = copy.deepcopy(module).eval().requires_grad_()
    try:
        try_functions(network, loss, chosen, settings.batch_size, not isinstance(settings, Sampled))
    except ValueError as error:
        raise ValueError(f"sharpness: {error}") from error
    result = measure_sharpness(outputs, parameters, chosen, settings, loss)
    if not result.clean_loss.isfinite().all():
        raise ValueError("sharpness: expected a finite loss at the weights, got another")
    return result


def check_precision(module: nn.Module) -> None:
    """Verify that a network can tell its weights from perturbed ones.

    Raises:
        ValueError: It is in half precision, whose rounding swallows radii such as the paper's.
    """
    for name, tensor in module.named_parameters():
        if tensor.is_floating_point() and torch.finfo(tensor.dtype).eps > torch.finfo(torch.float32).eps:
            raise ValueError(f"sharpness: expected float32 or float64, got {name} ({tensor.dtype})")
