"""Copy a preset's results that the documentation rests on, with a manifest that has the checksum of each."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.manifest import KEYS
from graduated.program import run_program
from graduated.storage import read_json, sha256, write_bytes, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path, help="manifest of the preset (JSON)")
    parser.add_argument("--files", type=Path, nargs="*", required=True, help="results to copy")
    parser.add_argument("--names", nargs="*", required=True, help="name of the copy of each")
    parser.add_argument("--output", type=Path, required=True, help="folder of the copies")
    arguments = parser.parse_args()
    if not arguments.files:
        raise ValueError(f"{arguments.output.name}: workflow/reference.yaml names nothing to publish of it")
    record = read_json(arguments.manifest, *KEYS)
    copies = dict(zip(arguments.names, arguments.files, strict=True))
    for name, path in copies.items():
        write_bytes(arguments.output / name, path.read_bytes())
    published = {name: sha256(path) for name, path in copies.items()}
    write_json(arguments.output / "manifest.json", {**record, "published": published})


if __name__ == "__main__":
    run_program(main)
