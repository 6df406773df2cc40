"""Update rules of gradient methods, by torch.optim wherever it has them, and what they do in closed form."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

Gradient = Callable[[Tensor], Tensor]
"""From points [..., D] to gradients [..., D]."""

Rule = Callable[[list[dict]], torch.optim.Optimizer]
"""From parameter groups, each with its learning rate, to the optimizer."""

MOMENTUM, SQUARES_DECAY = 0.9, 0.99
"""β of the momentum methods, and ρ of RMSprop."""

GRADIENT_DESCENT, HEAVY_BALL, NESTEROV = "gradient descent", "heavy ball", "Nesterov"
ADAGRAD, RMSPROP, ADAM = "AdaGrad", "RMSprop", "Adam"
EMA = "EMA momentum"


def ema_momentum(groups: list[dict], momentum: float = MOMENTUM) -> torch.optim.Optimizer:
    """Return momentum as a moving average, Δ_t = βΔ_{t−1} − (1 − β)α∇f, Δ_0 = 0.

    It is torch's SGD with dampening β, whose first step would be undamped if its average did not start at 0.

    Args:
        groups: Parameters and learning rates α.
        momentum: β.
    """
    optimizer = torch.optim.SGD(groups, momentum=momentum, dampening=momentum)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return optimizer


RULES: dict[str, Rule] = {
    GRADIENT_DESCENT: torch.optim.SGD,
    HEAVY_BALL: partial(torch.optim.SGD, momentum=MOMENTUM),
    NESTEROV: partial(torch.optim.SGD, momentum=MOMENTUM, nesterov=True),
    ADAGRAD: torch.optim.Adagrad,
    RMSPROP: partial(torch.optim.RMSprop, alpha=SQUARES_DECAY),
    ADAM: torch.optim.Adam,
}
"""The methods that are compared; where nothing is said, as by torch's defaults, ε outside the root."""


def iterate(
    rule: Rule, gradient: Gradient, starts: Tensor, learning_rates: Sequence[float], steps: int
) -> Iterator[Tensor]:
    """Yield where a rule is after each step, for several learning rates side by side.

    Args:
        rule: Makes the optimizer.
        gradient: ∇f, at points [R, ..., D].
        starts: [..., D], the same for all learning rates.
        learning_rates: R of them.
        steps: How many.

    Yields:
        The points [R, ..., D], always the same tensor.
    """
    points = starts.expand(len(learning_rates), *starts.shape).clone()
    gradients = torch.empty_like(points)
    groups = []
    for row, slot, learning_rate in zip(points, gradients, learning_rates, strict=True):
        row.grad = slot
        groups.append({"params": [row], "lr": learning_rate})
    optimizer = rule(groups)
    for _ in range(steps):
        gradients.copy_(gradient(points))
        optimizer.step()
        yield points


def run(rule: Rule, gradient: Gradient, start: Tensor, learning_rate: float, steps: int) -> Tensor:
    """Return the path [steps + 1, ..., D] of a rule from its start [..., D]."""
    path = [start]
    path += [points[0].clone() for points in iterate(rule, gradient, start, [learning_rate], steps)]
    return torch.stack(path)


def printed_nesterov(
    gradient: Gradient, start: Tensor, learning_rate: float, momentum: float, steps: int
) -> Tensor:
    """Return where Nesterov's method ends as slides print it: the gradient is taken at θ_t + βθ_{t−1}.

    Nesterov's own looks ahead to θ_t + βΔ_{t−1}. Where the printed rule comes to rest, ∇f((1 + β)θ) = 0.

    Args:
        gradient: ∇f.
        start: θ_0 = θ_{−1}, [..., D].
        learning_rate: α, of Δ_t = βΔ_{t−1} − (1 − β)α∇f.
        momentum: β.
        steps: How many.
    """
    previous = here = start
    update = torch.zeros_like(start)
    for _ in range(steps):
        ahead = here + momentum * previous
        update = momentum * update - (1 - momentum) * learning_rate * gradient(ahead)
        previous, here = here, here + update
    return here


def transition(method: str, relative_rate: float, momentum: float = MOMENTUM) -> np.ndarray:
    """Return the matrix [2, 2] by which a linear method moves (x, its momentum buffer) on λx²/2.

    Args:
        method: Gradient descent, heavy ball, Nesterov or EMA momentum.
        relative_rate: αλ.
        momentum: β; gradient descent has none.
    """
    rate = relative_rate
    if method == GRADIENT_DESCENT:
        return np.array([[1 - rate, 0.0], [1.0, 0.0]])
    if method == EMA:
        return np.array([[1 - (1 - momentum) * rate, -rate * momentum], [1 - momentum, momentum]])
    if method == HEAVY_BALL:
        return np.array([[1 - rate, -rate * momentum], [1.0, momentum]])
    return np.array([[1 - rate * (1 + momentum), -rate * momentum**2], [1.0, momentum]])


def growth(method: str, relative_rate: float, momentum: float = MOMENTUM) -> float:
    """Return by which factor per step a linear method grows in the end: the spectral radius.

    The arguments are those of :func:`transition`.
    """
    return float(np.abs(np.linalg.eigvals(transition(method, relative_rate, momentum))).max())


def stability_edge(method: str, momentum: float = MOMENTUM) -> float:
    """Return the largest stable αL of a linear method, where its matrix has the eigenvalue −1."""
    return {
        GRADIENT_DESCENT: 2.0,
        HEAVY_BALL: 2 * (1 + momentum),
        EMA: 2 * (1 + momentum) / (1 - momentum),
        NESTEROV: 2 * (1 + momentum) / (1 + 2 * momentum),
    }[method]
