"""The function to maximise: per-replica loss and error of K networks, as a function of their weights."""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from graduated.sharpness.settings import Sharpness

Logits = Callable[[dict[str, Tensor], Tensor], Tensor]
"""Maps stacked parameters and inputs [B, ...] shared by the replicas to logits [K, B, classes]."""

SMALLEST_NORM = 1e-10
REPEAT_TOLERANCE = 1e-4
"""Relative; two evaluations of one batch may differ by rounding where kernels are not deterministic."""
PART_TOLERANCE = 0.1
"""Relative; rounding, in half precision too, is far below, and batch statistics of two samples far above."""


def loss_and_error(logits: Tensor, targets: Tensor, normalise: bool = False) -> tuple[Tensor, Tensor]:
    """Return each replica's mean cross-entropy and error on a batch.

    Args:
        logits: Logits [K, B, classes].
        targets: Class numbers [B], shared by the replicas.
        normalise: Whether each sample's logits are first centred and divided by their Euclidean norm
            (Andriushchenko et al. 2023).

    Returns:
        Loss in nats and share of misclassified samples, both [K].
    """
    if normalise:
        logits = logits - logits.mean(2, keepdim=True)
        logits = logits / torch.linalg.vector_norm(logits, dim=2, keepdim=True).clamp_min(SMALLEST_NORM)
    losses = F.cross_entropy(logits.flatten(0, 1), targets.repeat(len(logits)), reduction="none")
    wrong = logits.argmax(2) != targets
    return losses.unflatten(0, logits.shape[:2]).mean(1), wrong.to(logits.dtype).mean(1)


class Objective:
    """Loss, error and gradient of K replicas, whose weights are the rows of one matrix.

    Args:
        logits: The logits function, with the network in evaluation mode.
        parameters: Stacked parameters; every one of them will be perturbed.
        normalise_logits: See :func:`loss_and_error`.

    Attributes:
        weights: The parameters as a matrix [K, parameters of one network].

    Raises:
        ValueError: There are no parameters, or they do not share replicas and floating-point type.
    """

    def __init__(self, logits: Logits, parameters: dict[str, Tensor], normalise_logits: bool = False):
        _require_stacked(parameters)
        self.logits, self.normalise_logits = logits, normalise_logits
        self.shapes = {name: tensor.shape for name, tensor in parameters.items()}
        rows = [tensor.detach().reshape(len(tensor), -1) for tensor in parameters.values()]
        self.weights = torch.cat(rows, 1)

    def parameters(self, weights: Tensor) -> dict[str, Tensor]:
        """Return a matrix of weights as stacked parameters that share its memory."""
        parts = weights.split([shape[1:].numel() for shape in self.shapes.values()], 1)
        return {name: part.view(self.shapes[name]) for name, part in zip(self.shapes, parts, strict=True)}

    def __call__(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return loss [K], error [K] and the loss's gradient [K, P] by one forward and one backward pass."""
        with torch.enable_grad():
            weights = weights.detach().requires_grad_()
            logits = self.logits(self.parameters(weights), inputs)
            loss, error = loss_and_error(logits, targets, self.normalise_logits)
            (gradient,) = torch.autograd.grad(loss.sum(), weights)
        return loss.detach(), error, gradient


def _require_stacked(parameters: dict[str, Tensor]) -> None:
    if not parameters:
        raise ValueError("sharpness: expected a network with parameters, got none")
    first, example = next(iter(parameters.items()))
    for name, tensor in parameters.items():
        if not tensor.is_floating_point() or tensor.dtype != example.dtype:
            expected = f"parameters of one floating-point type, as {first} ({example.dtype})"
            raise ValueError(f"sharpness: expected {expected}, got {name} ({tensor.dtype})")
        if tensor.dim() == 0 or len(tensor) != len(example):
            expected = f"a leading axis of replicas, as {first} {list(example.shape)}"
            raise ValueError(f"sharpness: expected {expected}, got {name} {list(tensor.shape)}")


def stacked(module: nn.Module) -> tuple[dict[str, Tensor], Logits]:
    """Return an ordinary network as a stack of one: its parameters [1, ...] and its logits function.

    Works on a copy in evaluation mode; the module keeps its mode, its parameters and its buffers.

    Args:
        module: A network that maps inputs [B, ...] to logits [B, classes].

    Raises:
        ValueError: The network has no parameters.
    """
    network = copy.deepcopy(module).eval()
    parameters = {name: tensor.detach().unsqueeze(0) for name, tensor in network.named_parameters()}
    if not parameters:
        raise ValueError(
            f"sharpness: expected a network with parameters, got {type(module).__name__} without any"
        )

    def logits(parameters: dict[str, Tensor], inputs: Tensor) -> Tensor:
        single = {name: tensor.squeeze(0) for name, tensor in parameters.items()}
        return torch.func.functional_call(network, single, (inputs,)).unsqueeze(0)

    return parameters, logits


def first_batches(inputs: Tensor, targets: Tensor, settings: Sharpness) -> list[tuple[Tensor, Tensor]]:
    """Return the first n samples, in order, as batches of m.

    Args:
        inputs: Normalised inputs [at least n, ...], not augmented.
        targets: Class numbers, as many.
        settings: Tells n (samples) and m (batch_size).

    Raises:
        ValueError: There are fewer than n samples, or not as many targets as inputs.
    """
    if len(inputs) != len(targets):
        raise ValueError(
            f"sharpness data: expected as many targets as inputs ({len(inputs)}), got {len(targets)}"
        )
    if len(inputs) < settings.samples:
        raise ValueError(f"sharpness data: expected at least {settings.samples} samples, got {len(inputs)}")
    chosen = (tensor[: settings.samples].split(settings.batch_size) for tensor in (inputs, targets))
    return list(zip(*chosen, strict=True))


@torch.no_grad()
def check_evaluation(logits: Logits, parameters: dict[str, Tensor], inputs: Tensor) -> None:
    """Verify that logits depend on the parameters and the sample alone, as they do in evaluation mode.

    Args:
        logits: The logits function.
        parameters: Stacked parameters of K replicas.
        inputs: One batch [B, ...].

    Raises:
        ValueError: The logits are not [K, B, classes], two evaluations of the batch differ, or a sample's
            logits depend on the rest of the batch.
    """
    whole = logits(parameters, inputs)
    expected = [len(next(iter(parameters.values()))), len(inputs)]
    if whole.dim() != 3 or list(whole.shape[:2]) != expected:
        raise ValueError(f"sharpness: expected logits {[*expected, 'classes']}, got {list(whole.shape)}")
    if _differ(whole, logits(parameters, inputs), REPEAT_TOLERANCE):
        raise ValueError(
            "sharpness: two evaluations of the same batch differ; "
            "expected evaluation mode (is dropout left on?)"
        )
    if _differ(whole[:, :2], logits(parameters, inputs[:2]), PART_TOLERANCE):
        raise ValueError(
            "sharpness: a sample's logits depend on the other samples of the batch; "
            "expected evaluation mode (is batch normalisation in training mode?)"
        )


def _differ(first: Tensor, second: Tensor, tolerance: float) -> bool:
    distance = torch.linalg.vector_norm(first - second, dim=(1, 2))
    return bool((distance > tolerance * torch.linalg.vector_norm(first, dim=(1, 2))).any())
