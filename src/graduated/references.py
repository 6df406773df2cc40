"""Dotted references ``module:function`` by which a config names a user's own dataset or model."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def is_reference(name: str) -> bool:
    """Tell whether a name is a reference rather than one of the built-in names."""
    return ":" in name


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
