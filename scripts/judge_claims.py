"""Judge the papers' claims on a preset; write a table of verdicts."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.claims.declarations import read_claims
from graduated.claims.judge import Evidence, judge
from graduated.program import run_program
from graduated.storage import write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=Path, help="the claims as declared (YAML)")
    parser.add_argument("--results", type=Path, required=True, help="results table (Parquet)")
    parser.add_argument(
        "--comparisons", type=Path, nargs="*", default=[], help="histories of compared methods (Parquet)"
    )
    parser.add_argument("--output", type=Path, required=True, help="table to write (CSV)")
    arguments = parser.parse_args()
    declarations = read_claims(arguments.claims)
    histories = {path.parent.name: pd.read_parquet(path) for path in arguments.comparisons}
    verdicts = judge(declarations, Evidence(pd.read_parquet(arguments.results), histories))
    write_table(arguments.output, verdicts)


if __name__ == "__main__":
    run_program(main)
