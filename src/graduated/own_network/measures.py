"""Measures of sharpness on a command line: ``NAME`` of a standard one, or ``NAME=option:value,...``."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from graduated.sharpness.settings import Sharpness

STANDARD: dict[str, dict[str, Any]] = {
    "worst_linf": {},
    "worst_linf_adaptive": {"adaptive": True, "radius": 0.004},
    "worst_linf_apgd": {"method": "apgd", "restarts": 3},
    "average_l2": {"method": "average", "norm": "l2", "radius": 0.01},
    "random_directions": {"method": "random_directions", "radius": 0.5},
    "top_eigenvalue": {"method": "curvature"},
    "hessian_trace": {"method": "curvature", "quantity": "trace"},
}
"""Measures that have names: how each differs from the paper's, which is the first."""

OPTIONS = {field.name: type(field.default) for field in fields(Sharpness) if field.name != "statistics"}
"""What can be set, and its type; the batches are normalised by whoever gives them."""

_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}
_TRUTH = {"true": True, "false": False}


def parse_measures(
    texts: Sequence[str], available: int, samples: int | None = None, batch_size: int = 128
) -> dict[str, Sharpness]:
    """Return the settings of measures by name.

    Args:
        texts: ``NAME`` or ``NAME=option:value,...``; without a standard name the options are those that
            differ from the paper's measure.
        available: How many samples there are.
        samples: Number n of samples to measure on, where a measure does not say; None is up to 1024.
        batch_size: Number m of samples perturbed together, likewise; at most n.

    Raises:
        ValueError: A name, an option or a value is wrong.
    """
    sizes = _sizes(available, samples, batch_size)
    measures: dict[str, Sharpness] = {}
    for text in texts:
        name, equals, options = text.partition("=")
        if name in measures:
            raise ValueError(f"sharpness {name}: named twice")
        if name not in STANDARD and not equals:
            expected = f"one of {', '.join(STANDARD)}, or {name}=option:value,..."
            raise ValueError(f"sharpness {name}: unknown; expected {expected}")
        try:
            chosen = dict(_parse_option(option) for option in options.split(",")) if equals else {}
            measures[name] = Sharpness(**{**sizes, **STANDARD.get(name, {}), **chosen})
        except ValueError as error:
            raise ValueError(f"sharpness {text}: {str(error).removeprefix('sharpness ')}") from None
        wanted = measures[name].samples
        if wanted > available:
            raise ValueError(f"sharpness {text}: samples = {wanted}: expected at most the {available} given")
    return measures


def _sizes(available: int, samples: int | None, batch_size: int) -> dict[str, int]:
    """Return n and m; by default n is the greatest multiple of m that there are samples for, up to 1024."""
    if batch_size < 1:
        raise ValueError(f"sharpness batch_size: expected a positive whole number, got {batch_size}")
    batch_size = min(batch_size, available if samples is None else samples)
    if samples is None:
        most = min(available, max(Sharpness.samples, batch_size))
        samples = most // batch_size * batch_size
    return {"samples": samples, "batch_size": batch_size}


def _parse_option(text: str) -> tuple[str, Any]:
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r}: expected option:value")
    if name not in OPTIONS:
        raise ValueError(f"{name}: unknown; expected one of {', '.join(OPTIONS)}")
    kind = OPTIONS[name]
    try:
        return name, _TRUTH[value] if kind is bool else kind(value)
    except (KeyError, ValueError):
        raise ValueError(f"{name}: expected {_KINDS[kind]}, got {value!r}") from None
