"""The keys of a preset, as its schema has them."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def schema_keys(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every key of a schema, with dots, and its own schema, depth first.

    Args:
        schema: JSON schema of an object; names that the user gives stand as ``NAME``.
        path: What the keys begin with.
    """
    for key, child in schema.get("properties", {}).items():
        yield path + key, child
        yield from schema_keys(child, f"{path}{key}.")
        if isinstance(others := child.get("additionalProperties"), dict):
            yield from schema_keys(others, f"{path}{key}.NAME.")
