"""Correlate the ranks that measures of sharpness give the runs, with one another and with δ and accuracy."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.program import run_program
from graduated.sharpness_ranks import rank_sharpness
from graduated.storage import read_json, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="the measures (JSON, that of the results table)")
    parser.add_argument("--table", type=Path, required=True, help="results table (Parquet)")
    parser.add_argument("--output", type=Path, required=True, help="table to write (CSV)")
    arguments = parser.parse_args()
    measures = read_json(arguments.specification)["measures"]
    write_table(arguments.output, rank_sharpness(pd.read_parquet(arguments.table), measures))


if __name__ == "__main__":
    run_program(main)
