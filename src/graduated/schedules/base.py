"""What a schedule is: the settings of every epoch of a training, from where it starts."""

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What one update uses.

    Attributes:
        learning_rate: η.
        batch_size: b, images a step.
        momentum: β; 0 where the optimizer has none.
    """

    learning_rate: float
    batch_size: int
    momentum: float = 0.0


@dataclass(frozen=True)
class Start:
    """Where a schedule starts, and how far it goes.

    Attributes:
        learning_rate: η_0.
        batch_size: b_0.
        epochs: M, passes over the training set.
        optimizer: Name of the optimizer.
        momentum: β_0.
        quasi: ν of QHM.
        samples: N, the most that a batch can hold; None where it is not known yet.
    """

    learning_rate: float
    batch_size: int
    epochs: int
    optimizer: str = "sgd"
    momentum: float = 0.0
    quasi: float = 1.0
    samples: int | None = None

    def capped(self, batch_size: int) -> int:
        """Return a batch size, or N where it is larger."""
        return batch_size if self.samples is None else min(batch_size, self.samples)


@dataclass(frozen=True)
class Schedule(ABC):
    """A function of the epoch.

    Attributes:
        start: Where it starts.
    """

    start: Start

    def batch_size(self, epoch: int) -> int:
        """Return the batch size of an epoch."""
        return self.start.capped(self.start.batch_size)

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The batch size of every epoch."""
        return tuple(self.batch_size(epoch) for epoch in range(self.start.epochs))

    @abstractmethod
    def at(self, epoch: int) -> Settings:
        """Return the settings of an epoch's steps, epochs counted from 0."""


@dataclass(frozen=True)
class Constant(Schedule):
    """Constant learning rate and batch size: method 1 of arXiv 2311.08745, and its whole sweep."""

    def at(self, epoch: int) -> Settings:
        """Return the same settings in every epoch."""
        return Settings(self.start.learning_rate, self.batch_size(epoch), self.start.momentum)
