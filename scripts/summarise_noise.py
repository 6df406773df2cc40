"""Combine the estimates of C² with their uncertainty, and pick the one that makes the δ axis."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.noise.axis import noise_record
from graduated.program import run_program
from graduated.storage import read_json, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="which estimate makes the axis (JSON)")
    parser.add_argument("--per-sample", type=Path, required=True, help="record of probe_variance.py (JSON)")
    parser.add_argument(
        "--steps", type=Path, nargs="+", required=True, help="records of probe_steps.py (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    arguments = parser.parse_args()
    estimates = read_json(arguments.per_sample)["estimates"]
    steps = [row for path in arguments.steps for row in read_json(path)["steps"]]
    write_json(arguments.output, noise_record(estimates, steps, read_json(arguments.specification)))


if __name__ == "__main__":
    run_program(main)
