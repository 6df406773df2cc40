"""Which studies there are, and where each is carried out. Imports no torch."""

from collections.abc import Mapping
from typing import Any

from graduated.options import construct
from graduated.studies.chapters import Study, companions, functions, networks

STUDIES: dict[str, Study] = functions.STUDIES | companions.STUDIES | networks.STUDIES
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
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return construct(STUDIES[name].settings, frozen)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
