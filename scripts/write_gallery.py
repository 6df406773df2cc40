"""Write the gallery of a preset: one page of every figure, with links to the files that lie beside it."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.gallery import render
from graduated.program import run_program
from graduated.storage import read_json, write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="preset and names of its figures (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="page to write (HTML), beside the figures")
    arguments = parser.parse_args()
    specification = read_json(arguments.specification)
    write_text(arguments.output, render(specification["preset"], specification["figures"]))


if __name__ == "__main__":
    run_program(main)
