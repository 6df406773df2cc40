"""Write environment.yml from requirements.lock: the same packages and versions for conda."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.program import run_program
from graduated.storage import write_text

HEADER = """\
# conda env create && conda activate graduated
# Written by scripts/write_environment.py from requirements.lock (make lock); not to be edited.
name: graduated
channels: [conda-forge]
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", type=Path, default=Path("requirements.lock"), help="pinned versions")
    parser.add_argument("--output", type=Path, default=Path("environment.yml"), help="file to write")
    arguments = parser.parse_args()
    pins = arguments.lock.read_text(encoding="utf-8").splitlines()
    write_text(arguments.output, HEADER + "".join(f'      - "{pin}"\n' for pin in pins))


if __name__ == "__main__":
    run_program(main)
