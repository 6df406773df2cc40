"""Gradient descent on the weights of many small networks at once, from Gaussian weights of given scales."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

import torch
from torch import Tensor

from graduated.saddle_to_saddle.regression import Regression
from graduated.streams import stream

LONGEST = 50_000
"""Steps after which a descent has failed."""

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda inputs: inputs,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "leaky ReLU": lambda inputs: torch.nn.functional.leaky_relu(inputs, 0.1),
}


class State(NamedTuple):
    """Where descents stand before a step; a descent goes on from weights that are changed in place.

    Attributes:
        step: How many steps were taken.
        weights: Of every layer, of shape (scales, sets, outputs, inputs).
        loss: Of shape (scales, sets).
        gradient_norm: ‖∇L‖ over all weights, of the same shape.
    """

    step: int
    weights: list[Tensor]
    loss: Tensor
    gradient_norm: Tensor


def outputs_of(weights: Sequence[Tensor], activation: str, inputs: Tensor) -> Tensor:
    """Return f(X) = W_L σ(… σ(W_1 X)), without activation after the last layer."""
    values = weights[0] @ inputs
    for matrix in weights[1:]:
        values = matrix @ ACTIVATIONS[activation](values)
    return values


def product(weights: Sequence[Tensor]) -> Tensor:
    """Return W_L ⋯ W_1, the map of a linear network."""
    return outputs_of(weights, "linear", torch.eye(weights[0].shape[-1], dtype=weights[0].dtype))


def initial_units(sets: int, units: int, inputs: int, outputs: int, seed: int) -> Tensor:
    """Return Gaussian units (row i of W₁, column i of W₂) whose longest has norm 1.

    Returns:
        Of shape (sets, units, inputs + outputs).
    """
    drawn = [
        torch.randn(
            (units, inputs + outputs),
            generator=stream(seed, "saddle_to_saddle/weights", index),
            dtype=torch.float64,
        )
        for index in range(sets)
    ]
    stacked = torch.stack(drawn)
    return stacked / stacked.norm(dim=-1, keepdim=True).amax(-2, keepdim=True)


def two_layers(units: Tensor, scales: Sequence[float], inputs: int) -> list[Tensor]:
    """Return W₁ and W₂ of units (sets, units, inputs + outputs), times every ε: a first axis of scales."""
    scaled = torch.tensor(scales, dtype=units.dtype)[:, None, None, None] * units
    return [scaled[..., :inputs].contiguous(), scaled[..., inputs:].mT.contiguous()]


def stacked_units(weights: Sequence[Tensor]) -> Tensor:
    """Return the units (…, units, inputs + outputs) of a network of two layers."""
    return torch.cat([weights[0], weights[1].mT], -1)


def descend(
    weights: Sequence[Tensor], regression: Regression, activation: str, learning_rate: float
) -> Iterator[State]:
    """Yield the states of gradient descent, the start first; whoever asks no more ends it.

    Args:
        weights: Of every layer; left as they are.
        regression: Data sets, one for each entry of the weights' second axis.
        activation: One of ``ACTIVATIONS``.
        learning_rate: η.

    Raises:
        RuntimeError: ``LONGEST`` steps were not enough, or a loss is no longer finite.
    """
    parameters = [matrix.clone().requires_grad_() for matrix in weights]
    optimizer = torch.optim.SGD(parameters, learning_rate)
    for step in count():
        optimizer.zero_grad()
        loss = regression.loss(outputs_of(parameters, activation, regression.inputs))
        loss.sum().backward()
        if step == LONGEST or not loss.isfinite().all():
            raise RuntimeError(f"gradient descent, {activation}: not settled after {step} steps")
        squares = sum(matrix.grad.square().sum((-2, -1)) for matrix in parameters)
        yield State(step, [matrix.detach() for matrix in parameters], loss.detach(), squares.sqrt())
        optimizer.step()
