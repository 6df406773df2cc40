"""Optimizers of K networks at once: every hyperparameter is a vector over the replicas."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


class Optimizer(ABC):
    """Updates w_k ← w_k − η_k d_k for every replica k, with a direction d of its own.

    Args:
        parameters: Stacked parameters [K, ...] by name.
    """

    def __init__(self, parameters: Mapping[str, Tensor]):
        self.parameters = dict(parameters)
        self.buffers: dict[str, Tensor] = {}

    @torch.no_grad()
    def step(self, learning_rates: Tensor, momenta: Tensor) -> None:
        """Make one update from the parameters' gradients, and clear them.

        Args:
            learning_rates: η, [K].
            momenta: β, [K].
        """
        for name, parameter in self.parameters.items():
            shape = (-1, *[1] * (parameter.ndim - 1))
            direction = self.direction(name, parameter.grad, momenta.view(shape))
            parameter.addcmul_(direction, learning_rates.view(shape), value=-1)
            parameter.grad = None

    @abstractmethod
    def direction(self, name: str, gradient: Tensor, momentum: Tensor) -> Tensor:
        """Return d of one parameter; what is remembered from step to step is updated.

        Args:
            name: The parameter's.
            gradient: g [K, ...].
            momentum: β, in a shape that broadcasts with g.
        """


class SGD(Optimizer):
    """d = g."""

    def direction(self, name: str, gradient: Tensor, momentum: Tensor) -> Tensor:
        """Return the gradient."""
        return gradient


class HeavyBall(Optimizer):
    """SHB: m ← βm + g, d = m, as torch's SGD with momentum (arXiv 2402.02325)."""

    def __init__(self, parameters: Mapping[str, Tensor]):
        super().__init__(parameters)
        self.buffers = {name: torch.zeros_like(parameter) for name, parameter in self.parameters.items()}

    def direction(self, name: str, gradient: Tensor, momentum: Tensor) -> Tensor:
        """Return the momentum."""
        return self.buffers[name].mul_(momentum).add_(gradient)


class NormalisedHeavyBall(HeavyBall):
    """NSHB: m ← βm + (1−β)g, d = m, from m = 0 (arXiv 2402.02325)."""

    def direction(self, name: str, gradient: Tensor, momentum: Tensor) -> Tensor:
        """Return the momentum."""
        return self.buffers[name].mul_(momentum).addcmul_(gradient, 1 - momentum)


class QuasiHyperbolicMomentum(NormalisedHeavyBall):
    """QHM: m as of NSHB, d = (1−ν)g + νm (Ma & Yarats 2019); ν = 1 is NSHB, ν = 0 is SGD.

    Args:
        parameters: Stacked parameters [K, ...] by name.
        quasi: ν, [K].
    """

    def __init__(self, parameters: Mapping[str, Tensor], quasi: Tensor):
        super().__init__(parameters)
        self.quasi = quasi

    def direction(self, name: str, gradient: Tensor, momentum: Tensor) -> Tensor:
        """Return the gradient averaged with the momentum."""
        quasi = self.quasi.view(momentum.shape)
        return (1 - quasi) * gradient + quasi * super().direction(name, gradient, momentum)


def build(name: str, parameters: Mapping[str, Tensor], quasi: Tensor) -> Optimizer:
    """Return an optimizer by its name.

    Args:
        name: sgd, shb, nshb or qhm.
        parameters: Stacked parameters [K, ...] by name.
        quasi: ν [K]; read by qhm alone.

    Raises:
        ValueError: The name is none of them.
    """
    kinds = {"sgd": SGD, "shb": HeavyBall, "nshb": NormalisedHeavyBall}
    if name == "qhm":
        return QuasiHyperbolicMomentum(parameters, quasi)
    if name not in kinds:
        raise ValueError(f"optimizer {name!r} is unknown; expected sgd, shb, nshb or qhm")
    return kinds[name](parameters)


def gradient_norms(parameters: Iterable[Tensor]) -> Tensor:
    """Return the Euclidean norm of every replica's gradient, [K]."""
    squares = [parameter.grad.flatten(1).square().sum(1) for parameter in parameters]
    return torch.stack(squares).sum(0).sqrt()
