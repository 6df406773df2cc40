"""Learning rates that decay by a scheduler of ``torch.optim.lr_scheduler``, one step an epoch."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graduated.references import resolve
from graduated.schedules.base import Schedule, Settings


@dataclass(frozen=True)
class LearningRateSchedule(Schedule):
    """Constant batch size, and a learning rate that torch's scheduler changes after every epoch."""

    @abstractmethod
    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return the scheduler as ``module:class``, and its arguments beside the optimizer."""

    @cached_property
    def learning_rates(self) -> tuple[float, ...]:
        """The learning rate of every epoch."""
        return torch_learning_rates(*self.torch_scheduler(), self.start.learning_rate, self.start.epochs)

    def at(self, epoch: int) -> Settings:
        """Return the settings of an epoch's steps."""
        return Settings(self.learning_rates[epoch], self.batch_size(epoch), self.start.momentum)


def torch_learning_rates(
    scheduler: str, options: Mapping[str, Any], learning_rate: float, epochs: int
) -> tuple[float, ...]:
    """Return the learning rates that a scheduler of torch's gives, one per epoch.

    Args:
        scheduler: ``module:class``, called with an optimizer and the options.
        options: Its further arguments.
        learning_rate: η_0.
        epochs: How many.

    Raises:
        ValueError: The scheduler does not exist or does not take these options.
    """
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=learning_rate)
    try:
        schedule = resolve(scheduler)(optimizer, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"schedule {scheduler}: {error}") from None
    rates = []
    for _ in range(epochs):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return tuple(rates)


@dataclass(frozen=True)
class Polynomial(LearningRateSchedule):
    """η_t = η_0 (1 − t/M)^p: "optimal noise scheduling" for p ≤ 1 (arXiv 2412.11501).

    Attributes:
        power: p.

    Raises:
        ValueError: It is not greater than 0.
    """

    power: float = 0.9

    def __post_init__(self) -> None:
        _check_positive("power", self.power)

    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return torch's PolynomialLR."""
        return "torch.optim.lr_scheduler:PolynomialLR", {
            "total_iters": self.start.epochs,
            "power": self.power,
        }


@dataclass(frozen=True)
class Cosine(LearningRateSchedule):
    """η_t = η_0 (1 + cos(πt/M))/2."""

    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return torch's CosineAnnealingLR."""
        return "torch.optim.lr_scheduler:CosineAnnealingLR", {"T_max": self.start.epochs}


@dataclass(frozen=True)
class Exponential(LearningRateSchedule):
    """η_t = η_0 γ^t.

    Attributes:
        factor: γ, from epoch to epoch.

    Raises:
        ValueError: It is not greater than 0.
    """

    factor: float = 0.9

    def __post_init__(self) -> None:
        _check_positive("factor", self.factor)

    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return torch's ExponentialLR."""
        return "torch.optim.lr_scheduler:ExponentialLR", {"gamma": self.factor}


@dataclass(frozen=True)
class InverseTime(LearningRateSchedule):
    """η_t = η_0 c/(c + t), the classical decay of Robbins and Monro.

    Attributes:
        constant: c, in epochs: the learning rate has halved after so many.

    Raises:
        ValueError: It is not greater than 0.
    """

    constant: float = 10.0

    def __post_init__(self) -> None:
        _check_positive("constant", self.constant)

    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return torch's LambdaLR."""
        return "torch.optim.lr_scheduler:LambdaLR", {
            "lr_lambda": lambda epoch: self.constant / (self.constant + epoch)
        }


@dataclass(frozen=True)
class TorchScheduler(LearningRateSchedule):
    """Any scheduler like those of torch.

    Attributes:
        scheduler: ``module:class``.
        options: Its arguments beside the optimizer.
    """

    scheduler: str
    options: Mapping[str, Any]

    def torch_scheduler(self) -> tuple[str, Mapping[str, Any]]:
        """Return the scheduler."""
        return self.scheduler, self.options


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name}: expected a number greater than 0, found {value}")
