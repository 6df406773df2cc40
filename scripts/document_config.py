"""Write docs/configuration.md, the reference of every key of a preset, from the schema."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import _source  # noqa: F401
from graduated.storage import write_text

HEADER = """\
# Every key of a preset

Written by `scripts/document_config.py` from `workflow/schemas/config.schema.yaml`; not to be edited. A key
without a default is required. `config.yaml` says of each setting of the paper where it comes from.

| key | type | default | meaning |
|---|---|---|---|
"""


def rows(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield one table row per key, depth first."""
    for key, child in schema.get("properties", {}).items():
        kind = " or ".join(f"`{value}`" for value in child["enum"]) if "enum" in child else _type(child)
        default = f"`{json.dumps(child['default'])}`" if "default" in child else ""
        yield f"| `{path}{key}` | {kind} | {default} | {child['description']} |\n"
        yield from rows(child, f"{path}{key}.")
        if isinstance(others := child.get("additionalProperties"), dict):
            yield from rows(others, f"{path}{key}.NAME.")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"list of {schema['items']['type']}"
    kind = schema["type"]
    return kind if isinstance(kind, str) else " or ".join(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", type=Path, default=Path("workflow/schemas/config.schema.yaml"))
    parser.add_argument("--output", type=Path, default=Path("docs/configuration.md"), help="page to write")
    arguments = parser.parse_args()
    schema = yaml.safe_load(arguments.schema.read_text())
    write_text(arguments.output, HEADER + "".join(rows(schema)))


if __name__ == "__main__":
    main()
