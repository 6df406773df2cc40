"""Schedules: the learning rate, the batch size and the momentum of every epoch of a training.

Imports no torch until a learning rate is asked for.
"""

from collections.abc import Mapping
from typing import Any

from graduated.options import construct
from graduated.references import is_reference
from graduated.schedules.base import Constant, Schedule, Settings, Start
from graduated.schedules.learning_rate import (
    Cosine,
    Exponential,
    InverseTime,
    Polynomial,
    TorchScheduler,
)
from graduated.schedules.noise_reduction import NoiseReduction
from graduated.schedules.stages import Stages

__all__ = ["SCHEDULES", "Schedule", "Settings", "Start", "build"]

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Stages,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "exponential": Exponential,
    "inverse_time": InverseTime,
    "noise_reduction": NoiseReduction,
}
"""Every schedule by its name; beside them, any scheduler of the learning rate as ``module:class``."""


def build(name: str, start: Start, options: Mapping[str, Any]) -> Schedule:
    """Return a schedule.

    Args:
        name: A key of ``SCHEDULES``, or ``module:class`` of a scheduler like those of torch.
        start: Where it starts.
        options: Its further settings.

    Raises:
        ValueError: The name or an option is unknown, or an option is out of range.
    """
    if is_reference(name):
        return TorchScheduler(start, name, options)
    if name not in SCHEDULES:
        raise ValueError(f"{name!r} is unknown; expected one of {', '.join(SCHEDULES)} or module:class")
    try:
        return construct(SCHEDULES[name], options, start)
    except ValueError as error:
        raise ValueError(f"schedule {name}: {error}") from None
