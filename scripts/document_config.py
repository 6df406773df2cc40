"""Write docs/configuration.md, the reference of every key of a preset, from the schema."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import _source  # noqa: F401
from graduated.experiment.keys import schema_keys
from graduated.program import run_program
from graduated.storage import write_text

SCHEMA = Path("workflow/schemas/config.schema.yaml")
HEADER = """\
# Every key of a preset

Written by `scripts/document_config.py` from `workflow/schemas/config.schema.yaml`; not to be edited. A key
without a default is required, but for options of a measure, whose meaning ends with the methods that have
them and the default. `config.yaml` says of each setting of the paper where it comes from.

| key | type | default | meaning |
|---|---|---|---|
"""


def row(key: str, schema: Mapping[str, Any]) -> str:
    """Return the table row of a key."""
    kind = " or ".join(f"`{value}`" for value in schema["enum"]) if "enum" in schema else _type(schema)
    default = f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
    return f"| `{key}` | {kind} | {default} | {schema['description']} |\n"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return f"list of {schema['items']['type']}"
    kind = schema["type"]
    return kind if isinstance(kind, str) else " or ".join(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", type=Path, default=SCHEMA, help="schema of a preset (YAML)")
    parser.add_argument("--output", type=Path, default=Path("docs/configuration.md"), help="page to write")
    arguments = parser.parse_args()
    schema = yaml.safe_load(arguments.schema.read_text(encoding="utf-8"))
    write_text(arguments.output, HEADER + "".join(row(*key) for key in schema_keys(schema)))


if __name__ == "__main__":
    run_program(main)
