"""Options that a config gives to schedules, perturbations, studies and measures, checked by dataclasses."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

WORDS = {int: "an integer", float: "a number", str: "text", bool: "true or false", NoneType: "null"}


def construct(kind: type[T], options: Mapping[str, Any], *first: Any) -> T:
    """Build a dataclass from options.

    Args:
        kind: The dataclass; its options are integers, numbers, truths, texts, some of which may be the only
            ones allowed, tuples of one of them, or None.
        options: Values by the names of its fields.
        first: Values of its first fields, which are no options.

    Raises:
        ValueError: An option is unknown, missing or of another type, or the dataclass refuses its value.
    """
    known = {entry.name: entry for entry in fields(kind)[len(first) :]}
    types = get_type_hints(kind)
    for name, value in options.items():
        if name not in known:
            raise ValueError(f"option {name!r} is unknown; expected {', '.join(known) or 'none'}")
        if not _fits(value, types[name]):
            raise ValueError(f"{name}: expected {_describe(types[name])}, found {value!r}")
    for name, entry in known.items():
        if entry.default is MISSING and name not in options:
            raise ValueError(f"{name}: expected {_describe(types[name])}, found nothing")
    return kind(*first, **options)


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, UnionType):
        return any(_fits(value, alternative) for alternative in get_args(kind))
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(item, get_args(kind)[0]) for item in value)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, int | float if kind is float else kind)


def _describe(kind: Any) -> str:
    if isinstance(kind, UnionType):
        return " or ".join(map(_describe, get_args(kind)))
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return f"a list, each of them {_describe(get_args(kind)[0])}"
    return WORDS[kind]
