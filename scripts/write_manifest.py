"""Write the manifest of a preset: settings, versions, sources, and the checksum of every table and figure."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.manifest import manifest
from graduated.program import run_program
from graduated.storage import read_json, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", type=Path, help="the whole configuration (JSON)")
    parser.add_argument("--sources", type=Path, nargs="+", required=True, help="digests of sources (JSON)")
    parser.add_argument("--files", type=Path, nargs="+", required=True, help="tables, records and figures")
    parser.add_argument("--output", type=Path, required=True, help="manifest to write (JSON)")
    arguments = parser.parse_args()
    record = manifest(read_json(arguments.settings), arguments.sources, arguments.files)
    write_json(arguments.output, record)


if __name__ == "__main__":
    run_program(main)
