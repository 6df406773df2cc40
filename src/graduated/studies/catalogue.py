"""Which studies there are, and where each is carried out. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Study:
    """One study.

    Attributes:
        question: What it asks, one line.
        measuring: Module with ``measure(settings, report) -> Findings``; of a study on networks
            ``measure(settings, training, report, resume) -> Findings``, training being an untrained pack.
        drawing: Module with ``FIGURES``, functions of the study's tables by file name.
        settings: Its settings' class.
        tables: Names of its tables.
        figures: Names of its figures.
        on_network: Whether it trains networks of the preset. Its settings then hold learning_rate,
            batch_size, seed (several) and epochs (several, the times of measurement).
    """

    question: str
    measuring: str
    drawing: str
    settings: type
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    on_network: bool = False


STUDIES: dict[str, Study] = {}
"""Every study by name."""


def make_settings(name: str, values: Mapping[str, Any]) -> Any:
    """Return a study's settings, with the values that differ from the defaults.

    Args:
        name: Of the study.
        values: As read from YAML or JSON; lists become tuples.

    Raises:
        ValueError: The study or a setting is unknown, or a value is out of range.
    """
    if name not in STUDIES:
        raise ValueError(f"{name!r} is unknown; expected one of {', '.join(STUDIES)}")
    kind = STUDIES[name].settings
    known = [field.name for field in fields(kind)]
    for key in values:
        if key not in known:
            raise ValueError(f"{name}.{key}: unknown; expected one of {', '.join(known)}")
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return kind(**frozen)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None
