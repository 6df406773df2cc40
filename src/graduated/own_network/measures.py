"""Measures of sharpness on a command line: ``NAME`` of a standard one, or ``NAME=option:value,...``."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from graduated.sharpness.settings import Sharpness, make_measure

STANDARD: dict[str, dict[str, Any]] = {
    "worst_linf": {},
    "worst_linf_adaptive": {"adaptive": True, "radius": 0.004},
    "worst_linf_apgd": {"method": "apgd", "restarts": 3},
    "average_l2": {"method": "average", "norm": "l2", "radius": 0.01},
    "random_directions": {"method": "random_directions", "radius": 0.5},
    "top_eigenvalue": {"method": "top_eigenvalues"},
    "hessian_trace": {"method": "hessian_trace"},
}
"""Measures that have names: how each differs from the paper's, which is the first."""

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
            measures[name] = make_measure(**{**sizes, **STANDARD.get(name, {}), **chosen})
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
    if name == "statistics":
        raise ValueError("statistics: applies to data sets of images; normalise your batches")
    for kind in (int, float):
        with suppress(ValueError):
            return name, kind(value)
    return name, _TRUTH.get(value, value)
