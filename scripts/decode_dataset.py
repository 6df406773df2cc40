"""Decode a dataset once into a checked tensor file and the record beside it.

CIFAR-10 and CIFAR-100 are taken from the folder named by GRADUATED_DATA (default: data/), or downloaded.
"""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.data.store import decode, raw_folder
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", help="digits, cifar10, cifar100, or module:function for your own")
    parser.add_argument(
        "--output", type=Path, required=True, help="tensor file; the record gets suffix .json"
    )
    arguments = parser.parse_args()
    decode(arguments.dataset, raw_folder(), arguments.output)


if __name__ == "__main__":
    run_program(main)
