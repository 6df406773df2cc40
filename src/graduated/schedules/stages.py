"""Stages: learning rate and batch size that change by a factor every so many epochs (arXiv 2311.08745)."""

from dataclasses import dataclass
from functools import cached_property

from graduated.schedules.base import Schedule, Settings
from graduated.schedules.learning_rate import torch_learning_rates


@dataclass(frozen=True)
class Stages(Schedule):
    """Methods 2 to 4 of the paper: decaying learning rate, growing batch size, or both.

    Attributes:
        interval: Epochs of a stage.
        learning_rate_factor: κ, what the learning rate is multiplied by from stage to stage.
        batch_size_factor: λ, what the batch size is multiplied by; the product is truncated to an integer.
        batch_size_lag: Epochs that the batch size changes late; 1 in the authors' code, 0 in the paper.

    Raises:
        ValueError: A number is out of range.
    """

    interval: int = 40
    learning_rate_factor: float = 1.0
    batch_size_factor: float = 1.0
    batch_size_lag: int = 0

    def __post_init__(self) -> None:
        if self.interval < 1:
            raise ValueError(f"interval: expected at least 1 epoch, found {self.interval}")
        if not 0 < self.learning_rate_factor <= 1:
            raise ValueError(
                f"learning_rate_factor: expected a number in (0, 1], found {self.learning_rate_factor}"
            )
        if self.batch_size_factor < 1:
            raise ValueError(f"batch_size_factor: expected at least 1, found {self.batch_size_factor}")
        if self.batch_size_lag < 0:
            raise ValueError(f"batch_size_lag: expected at least 0 epochs, found {self.batch_size_lag}")

    @cached_property
    def learning_rates(self) -> tuple[float, ...]:
        """The learning rate of every epoch, by torch's StepLR."""
        options = {"gamma": self.learning_rate_factor, "step_size": self.interval}
        start = self.start
        scheduler = "torch.optim.lr_scheduler:StepLR"
        return torch_learning_rates(scheduler, options, start.learning_rate, start.epochs)

    def batch_size(self, epoch: int) -> int:
        """Return the batch size of an epoch."""
        size = self.start.batch_size
        for _ in range(max(0, epoch - self.batch_size_lag) // self.interval):
            size = int(size * self.batch_size_factor)
        return self.start.capped(size)

    def at(self, epoch: int) -> Settings:
        """Return the settings of an epoch's steps."""
        return Settings(self.learning_rates[epoch], self.batch_size(epoch), self.start.momentum)
