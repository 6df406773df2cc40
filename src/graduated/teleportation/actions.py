"""Actions of a group on two successive layers U, V of a network, and how far they leave its loss as it is.

Each takes U [K, o, k], V [K, k, i], what enters V, h [K, i, B], and T [K, k, k], near 0 at the identity.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from graduated.teleportation.networks import SLOPE, Weights, activate

Action = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def rescale(upper: Tensor, lower: Tensor, inputs: Tensor, generator: Tensor) -> tuple[Tensor, Tensor]:
    """Return U g⁻¹ and gV for g = exp(diag T): leaky ReLU commutes with g, so that no loss changes."""
    scale = generator.diagonal(dim1=-2, dim2=-1).exp()
    return upper / scale.unsqueeze(-2), scale.unsqueeze(-1) * lower


def invert_activation(
    upper: Tensor, lower: Tensor, inputs: Tensor, generator: Tensor
) -> tuple[Tensor, Tensor]:
    """Return U g⁻¹ and σ⁻¹(gσ(Vh))h⁺ for g = I + T: exact on h where its columns are independent.

    Source:
        arXiv 2205.10637, equation (8).
    """
    group = torch.eye(generator.shape[-1], dtype=generator.dtype) + generator
    wanted = functional.leaky_relu(group @ activate(lower @ inputs), 1 / SLOPE)
    return torch.linalg.solve(group, upper, left=False), wanted @ torch.linalg.pinv(inputs)


def invert_hidden(upper: Tensor, lower: Tensor, inputs: Tensor, generator: Tensor) -> tuple[Tensor, Tensor]:
    """Return U σ(Vh)σ(gVh)⁺ and gV for g = I + T: exact on h where σ(gVh) has independent columns.

    That takes a batch of at most k samples. In batches of fewer than k, T = 0 is not the identity: it takes
    from U what the batch does not see.

    Source:
        arXiv 2305.13404, the action of the released code.
    """
    values = lower @ inputs
    moved = values + generator @ values
    return upper @ activate(values) @ torch.linalg.pinv(activate(moved)), lower + generator @ lower


ACTIONS: dict[str, Action] = {
    "rescaling": rescale,
    "inverse activation": invert_activation,
    "pseudo-inverse": invert_hidden,
}
"""By name; the last is the published one."""


def act(action: Action, weights: Weights, inputs: Tensor, generators: Sequence[Tensor]) -> Weights:
    """Return weights after an action on every pair of layers, first to last, each on what then enters it.

    Args:
        action: One of ``ACTIONS``.
        weights: Of the networks.
        inputs: Of the networks [K, 64, B].
        generators: T of every pair.
    """
    moved, hidden = list(weights), inputs
    for layer, generator in enumerate(generators):
        moved[layer + 1], moved[layer] = action(moved[layer + 1], moved[layer], hidden, generator)
        hidden = activate(moved[layer] @ hidden)
    return moved


def identity_generators(weights: Weights) -> list[Tensor]:
    """Return T = 0 [K, k, k] of every pair of layers."""
    return [weight.new_zeros(*weight.shape[:2], weight.shape[1]) for weight in weights[:-1]]
