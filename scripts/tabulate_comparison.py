"""Join the histories of methods that are compared, and tabulate where they stand at equal cost."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.methods import compare_at_equal_cost, tabulate_methods
from graduated.program import run_program
from graduated.records import read_sharpness, read_trainings
from graduated.storage import read_json, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="methods and their runs (JSON)")
    parser.add_argument("--noise", type=Path, required=True, help="record of C² (JSON)")
    parser.add_argument("--training", type=Path, nargs="+", required=True, help="records of the packs (JSON)")
    parser.add_argument(
        "--sharpness", type=Path, nargs="+", required=True, help="records of their sharpness (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the tables")
    arguments = parser.parse_args()
    specification = read_json(arguments.specification)
    packs, histories = read_trainings(arguments.training)
    history = tabulate_methods(specification, packs, histories, read_json(arguments.noise, "axis"))
    measured = read_sharpness(arguments.sharpness, packs)
    sharpness = {row["run"]: row["sharpness"] for record in measured for row in record["runs"]}
    equal_cost = compare_at_equal_cost(history, sharpness)
    write_table(arguments.output / "history.parquet", history)
    write_table(arguments.output / "equal_cost.csv", equal_cost)


if __name__ == "__main__":
    run_program(main)
