"""What a preset's results consist of and were made from, as one record; and why two of them differ."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graduated.storage import read_json, sha256

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn")

KEYS = ("settings", "versions", "sources", "files")


def manifest(settings: Mapping[str, Any], sources: Iterable[Path], files: Iterable[Path]) -> dict[str, Any]:
    """Return the record of a preset's results.

    Every training and measurement has a record of its own, with its device and its cost; this one is of the
    tables and figures that were made of them.

    Args:
        settings: The whole configuration.
        sources: Of each program, the digests of its source files (``results/PRESET/sources``).
        files: Tables, records and figures.

    Returns:
        ``settings``; ``versions`` of Python and packages; ``sources`` and ``files``, a SHA-256 for each.
    """
    return {
        "settings": dict(settings),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "sources": {name: digest for path in sources for name, digest in read_json(path).items()},
        "files": {str(path): sha256(path) for path in sorted(map(Path, files))},
    }


def causes(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """Say what two results were made from that is not the same, one line each.

    Args:
        first: A manifest.
        second: Another.
    """
    lines = [
        f"settings: {name}: {one} and {other}"
        for name, one, other in _differences(first["settings"], second["settings"])
    ]
    lines += [
        f"versions: {name} {one} and {other}"
        for name, one, other in _differences(first["versions"], second["versions"])
    ]
    changed = [name for name, _, _ in _differences(first["sources"], second["sources"])]
    return [*lines, f"sources: {', '.join(changed)}"] if changed else lines


def _differences(
    first: Mapping[str, Any], second: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield where two nested mappings part: the dotted key, and both values, "none" for a missing one."""
    for key in sorted(first.keys() | second.keys(), key=str):
        one, other = first.get(key, "none"), second.get(key, "none")
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _differences(one, other, f"{prefix}{key}.")
        elif one != other:
            yield f"{prefix}{key}", one, other
