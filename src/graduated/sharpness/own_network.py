"""Sharpness of a network of one's own, once network and loss have been tried."""

import copy
from collections.abc import Iterable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from graduated.sharpness import measure
from graduated.sharpness.batches import regrouped
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

    Arguments, result and errors are those of :func:`graduated.sharpness.measure.network_sharpness`, which
    takes network and loss at their word.

    Raises:
        ValueError: Also as :func:`graduated.trial.try_functions` and :func:`check_precision`.
    """
    check_precision(module)
    chosen = regrouped(batches, settings)
    network = copy.deepcopy(module).eval().requires_grad_()
    gradient = any(True for _ in network.parameters()) and not isinstance(settings, Sampled)
    try:
        try_functions(network, loss, chosen, settings.batch_size, gradient)
    except ValueError as error:
        raise ValueError(f"sharpness: {error}") from error
    return measure.network_sharpness(module, chosen, settings, loss)


def check_precision(module: nn.Module) -> None:
    """Verify that a network can tell its weights from perturbed ones.

    Raises:
        ValueError: It is in half precision, whose rounding swallows radii such as the paper's.
    """
    for name, tensor in module.named_parameters():
        if tensor.is_floating_point() and torch.finfo(tensor.dtype).eps > torch.finfo(torch.float32).eps:
            raise ValueError(f"sharpness: expected float32 or float64, got {name} ({tensor.dtype})")
