"""Plain SGD on stacked parameters, with one learning rate a replica."""

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def sgd_step(parameters: Iterable[Tensor], learning_rates: Tensor) -> None:
    """Update w_k ← w_k − η_k ∇f(w_k) for every replica k, and clear the gradients.

    Args:
        parameters: Tensors [K, ...] with their gradients.
        learning_rates: η, [K].
    """
    for parameter in parameters:
        rates = learning_rates.view(-1, *[1] * (parameter.ndim - 1))
        parameter.addcmul_(parameter.grad, rates, value=-1)
        parameter.grad = None


def gradient_norms(parameters: Iterable[Tensor]) -> Tensor:
    """Return the Euclidean norm of every replica's gradient, [K]."""
    squares = [parameter.grad.flatten(1).square().sum(1) for parameter in parameters]
    return torch.stack(squares).sum(0).sqrt()
