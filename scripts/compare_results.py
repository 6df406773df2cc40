"""Compare two results: which runs are missing or differ, by how much, and which verdicts changed.

Exit status 0: the same runs, equal within the tolerance, and the same verdicts. 1: they differ.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.comparison import compare, compare_verdicts
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="results folder, or results.csv; claims.csv beside it")
    parser.add_argument("second", type=Path, help="results folder, or results.csv; claims.csv beside it")
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="largest relative difference; 0 wants equal bits"
    )
    arguments = parser.parse_args()
    tables = [_table(path, "results.csv") for path in (arguments.first, arguments.second)]
    differences = compare(*map(pd.read_csv, tables), arguments.tolerance)
    judged = [table.with_name("claims.csv") for table in tables]
    if all(path.is_file() for path in judged):
        differences += compare_verdicts(*map(pd.read_csv, judged))
    for difference in differences:
        print(difference)
    if differences:
        sys.exit(f"compare_results: {tables[0]} and {tables[1]} differ in {len(differences)} places")
    print(f"{tables[0]} and {tables[1]} agree within {arguments.tolerance:g}")


def _table(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path


if __name__ == "__main__":
    run_program(main)
