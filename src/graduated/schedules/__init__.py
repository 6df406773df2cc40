"""Schedules: the learning rate, the batch size and the momentum at every step of a training."""

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What one update uses.

    Attributes:
        learning_rate: η.
        batch_size: b, images a step.
        momentum: β; 0 is plain SGD.
    """

    learning_rate: float
    batch_size: int
    momentum: float = 0.0


class Schedule(ABC):
    """A function of the step; the batch size may change between epochs only."""

    @abstractmethod
    def at(self, epoch: int, step: int = 0) -> Settings:
        """Return the settings of a step, counted from 0 within an epoch counted from 0."""


@dataclass(frozen=True)
class Constant(Schedule):
    """Constant learning rate and batch size: the paper's method 1 and its whole sweep."""

    learning_rate: float
    batch_size: int

    def at(self, epoch: int, step: int = 0) -> Settings:
        """Return the same settings at every step."""
        return Settings(self.learning_rate, self.batch_size)


SCHEDULES = {"constant": Constant}


def build(name: str, learning_rate: float, batch_size: int) -> Schedule:
    """Return the schedule of this name that starts from a learning rate and a batch size.

    Raises:
        ValueError: The name is unknown.
    """
    if name not in SCHEDULES:
        raise ValueError(f"schedule {name!r} is unknown; expected one of {', '.join(SCHEDULES)}")
    return SCHEDULES[name](learning_rate, batch_size)
