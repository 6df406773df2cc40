"""Write the verdicts of several presets as one table into a text, between its two marks."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.claims.declarations import read_claims
from graduated.claims.markdown import insert, verdict_table
from graduated.claims.verdicts import Verdicts
from graduated.program import run_program
from graduated.storage import write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=Path, help="the claims as declared (YAML)")
    parser.add_argument(
        "--verdicts", type=Path, nargs="+", required=True, help="claims.csv of presets, verdicts.csv beside"
    )
    parser.add_argument("--into", type=Path, required=True, help="text that holds the two marks")
    arguments = parser.parse_args()
    table = verdict_table(read_claims(arguments.claims).claims, Verdicts.read(arguments.verdicts))
    text = arguments.into.read_text(encoding="utf-8")
    write_text(arguments.into, insert(text, table))


if __name__ == "__main__":
    run_program(main)
