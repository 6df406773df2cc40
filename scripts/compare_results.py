"""Compare two results tables run by run: which runs are missing or differ, and by how much.

Exit status 0: the same runs, equal within the tolerance. 1: they differ.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.comparison import compare
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, help="results folder, or results.csv")
    parser.add_argument("second", type=Path, help="results folder, or results.csv")
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="largest relative difference; 0 wants equal bits"
    )
    arguments = parser.parse_args()
    paths = [path / "results.csv" if path.is_dir() else path for path in (arguments.first, arguments.second)]
    differences = compare(*(pd.read_csv(path) for path in paths), arguments.tolerance)
    for difference in differences:
        print(difference)
    if differences:
        sys.exit(f"compare_results: {paths[0]} and {paths[1]} differ in {len(differences)} places")
    print(f"{paths[0]} and {paths[1]} agree within {arguments.tolerance:g}")


if __name__ == "__main__":
    run_program(main)
