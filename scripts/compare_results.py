"""Compare two results: which runs are missing or differ, by how much, which verdicts changed, and why.

Why is told by the manifests beside the tables: other settings, versions of packages, or sources.
Exit status 0: the same runs, equal within the tolerance, and the same verdicts. 1: they differ.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.comparison import compare, compare_verdicts
from graduated.manifest import KEYS, causes
from graduated.program import run_program
from graduated.storage import read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "first", type=Path, help="results folder, or results.csv; claims.csv, manifest.json beside it"
    )
    parser.add_argument(
        "second", type=Path, help="results folder, or results.csv; claims.csv, manifest.json beside it"
    )
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="largest relative difference; 0 wants equal bits"
    )
    arguments = parser.parse_args()
    tables = [_table(path) for path in (arguments.first, arguments.second)]
    differences = compare(*map(pd.read_csv, tables), arguments.tolerance)
    judged = [table.with_name("claims.csv") for table in tables]
    if all(path.is_file() for path in judged):
        differences += compare_verdicts(*map(pd.read_csv, judged))
    for difference in differences:
        print(difference)
    if differences:
        for cause in _causes([table.with_name("manifest.json") for table in tables]):
            print(f"made from other {cause}")
        sys.exit(f"compare_results: {tables[0]} and {tables[1]} differ in {len(differences)} places")
    print(f"{tables[0]} and {tables[1]} agree within {arguments.tolerance:g}")


def _table(path: Path) -> Path:
    return path / "results.csv" if path.is_dir() else path


def _causes(manifests: list[Path]) -> list[str]:
    if not all(path.is_file() for path in manifests):
        return []
    return causes(*(read_json(path, *KEYS) for path in manifests))


if __name__ == "__main__":
    run_program(main)
