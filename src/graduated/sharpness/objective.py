"""The function that is examined: per-replica loss and error of K networks, as a function of their weights."""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

Outputs = Callable[[dict[str, Tensor], Tensor], Tensor]
"""Maps stacked parameters and inputs [B, ...] shared by the replicas to outputs [K, B, ...]."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Maps outputs [B, ...] and targets [B, ...] to the mean loss, as ``F.cross_entropy`` or ``F.mse_loss``."""

SMALLEST_NORM = 1e-10


def normalised(logits: Tensor) -> Tensor:
    """Centre each sample's logits [..., classes] and divide them by their Euclidean norm.

    Andriushchenko et al. (2023), whose code has the same least norm.
    """
    centred = logits - logits.mean(-1, keepdim=True)
    return centred / torch.linalg.vector_norm(centred, dim=-1, keepdim=True).clamp_min(SMALLEST_NORM)


def error_rate(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the share of misclassified samples [K]; NaN for a regression.

    Args:
        outputs: Outputs [K, B, ...]; of a classification logits [K, B, classes].
        targets: Class numbers [B], or values of a regression, shared by the replicas.
    """
    if targets.is_floating_point():
        return outputs.new_full((len(outputs),), torch.nan)
    return (outputs.argmax(2) != targets).to(outputs.dtype).flatten(1).mean(1)


class Objective:
    """Loss, error and gradient of K replicas, whose weights are the rows of one matrix.

    Args:
        outputs: The networks' function, in evaluation mode.
        parameters: Stacked parameters; every one of them will be perturbed.
        normalise_logits: See :func:`normalised`.
        loss: The loss.

    Attributes:
        weights: The parameters as a matrix [K, parameters of one network].

    Raises:
        ValueError: There are no parameters, or they do not share replicas and floating-point type.
    """

    def __init__(
        self,
        outputs: Outputs,
        parameters: dict[str, Tensor],
        normalise_logits: bool = False,
        loss: Loss = F.cross_entropy,
    ):
        _require_stacked(parameters)
        self.outputs, self.normalise_logits, self.loss = outputs, normalise_logits, loss
        self.shapes = {name: tensor.shape for name, tensor in parameters.items()}
        rows = [tensor.detach().reshape(len(tensor), -1) for tensor in parameters.values()]
        self.weights = torch.cat(rows, 1)

    def parameters(self, weights: Tensor) -> dict[str, Tensor]:
        """Return a matrix of weights as stacked parameters that share its memory."""
        parts = weights.split([shape[1:].numel() for shape in self.shapes.values()], 1)
        return {name: part.view(self.shapes[name]) for name, part in zip(self.shapes, parts, strict=True)}

    def mean_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return one network's mean loss on a batch, of outputs [B, ...] and targets [B, ...]."""
        return self.loss(normalised(outputs) if self.normalise_logits else outputs, targets)

    def evaluate(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return loss [K] and error [K] by one forward pass.

        Args:
            weights: [K, P].
            inputs: Of a batch [B, ...], shared by the replicas.
            targets: Likewise [B, ...].
        """
        outputs = self.outputs(self.parameters(weights), inputs)
        losses = torch.vmap(self.mean_loss, (0, None))(outputs, targets)
        return losses, error_rate(outputs.detach(), targets)

    def __call__(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return loss [K], error [K] and the loss's gradient [K, P] by one forward and one backward pass.

        The arguments are those of :meth:`evaluate`.
        """
        with torch.enable_grad():
            weights = weights.detach().requires_grad_()
            loss, error = self.evaluate(weights, inputs, targets)
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


def stacked(module: nn.Module) -> tuple[dict[str, Tensor], Outputs]:
    """Return an ordinary network as a stack of one: its parameters [1, ...] and its function.

    Works on a copy in evaluation mode; the module keeps its mode, its parameters and its buffers.

    Args:
        module: A network that maps inputs [B, ...] to outputs [B, ...].

    Raises:
        ValueError: The network has no parameters.
    """
    network = copy.deepcopy(module).eval()
    parameters = {name: tensor.detach().unsqueeze(0) for name, tensor in network.named_parameters()}
    if not parameters:
        raise ValueError(
            f"sharpness: expected a network with parameters, got {type(module).__name__} without any"
        )

    def outputs(parameters: dict[str, Tensor], inputs: Tensor) -> Tensor:
        single = {name: tensor.squeeze(0) for name, tensor in parameters.items()}
        return torch.func.functional_call(network, single, (inputs,)).unsqueeze(0)

    return parameters, outputs
