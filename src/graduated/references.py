"""Dotted references ``module:function`` by which a config names a user's own dataset, model or schedule."""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def is_reference(name: str) -> bool:
    """Tell whether a name is a reference rather than one of the built-in names."""
    return ":" in name


def references_of(specification: Mapping[str, Any]) -> list[str]:
    """Return what the program of a specification loads by reference: its code is the program's, too.

    Args:
        specification: What the program is to do: ``runs``, of which networks and schedules count, and of a
            study ``measuring``; both may be absent.
    """
    names = {run.get(key, "") for run in specification.get("runs", ()) for key in ("model", "schedule")}
    return sorted(filter(is_reference, {*names, specification.get("measuring", "")}))


def resolve(reference: str) -> Callable[..., Any]:
    """Import ``module:function``; modules in the current folder are found too.

    Raises:
        ValueError: The module or the function does not exist.
    """
    module_name, _, function_name = reference.partition(":")
    if (folder := str(Path.cwd())) not in sys.path:
        sys.path.append(folder)
    try:
        return getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{reference}: cannot be imported ({error}); expected module:function") from None
