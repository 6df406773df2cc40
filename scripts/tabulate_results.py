"""Join the records of a preset into one tidy table, its history with δ, and what it cost."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.program import run_program
from graduated.records import read_sharpness, read_trainings
from graduated.results import tabulate, tabulate_cost, tabulate_history
from graduated.storage import read_json, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="runs and measures of the table (JSON)")
    parser.add_argument("--noise", type=Path, required=True, help="record of C² (JSON)")
    parser.add_argument("--training", type=Path, nargs="+", required=True, help="records of the packs (JSON)")
    parser.add_argument(
        "--sharpness", type=Path, nargs="+", required=True, help="records of sharpness (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables")
    arguments = parser.parse_args()
    specification, noise = read_json(arguments.specification), read_json(arguments.noise, "axis")
    packs, histories = read_trainings(arguments.training)
    sharpness = read_sharpness(arguments.sharpness, packs)
    results = tabulate(specification, packs, sharpness, noise)
    timings = [pd.read_csv(path.with_name("timing.csv")) for path in arguments.training]
    history = tabulate_history(histories, specification["runs"], noise["axis"]["gradient_variance"])
    for suffix in ("csv", "parquet"):
        write_table(arguments.output / f"results.{suffix}", results)
    write_table(arguments.output / "history.parquet", history)
    write_table(arguments.output / "cost.csv", tabulate_cost(packs, timings))


if __name__ == "__main__":
    run_program(main)
