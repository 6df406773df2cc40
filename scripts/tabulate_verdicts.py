"""Join the verdicts of the studies into one table, and print it."""

import argparse
import textwrap
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.program import run_program
from graduated.storage import read_json, write_table


def describe(verdict: pd.Series) -> str:
    """Return a verdict in a few lines for the terminal."""
    interval = f"{verdict['value']:.4g} [{verdict['low']:.4g}, {verdict['high']:.4g}]"
    lines = [
        f"{verdict['outcome'].upper():12s} {verdict['claim']} ({verdict['source']})",
        f"{verdict['statistic']}: {interval}, n = {verdict['n']} {verdict['unit']}. {verdict['remark']}",
    ]
    indent = {"subsequent_indent": " " * 13, "width": 110}
    return "\n".join(
        textwrap.fill(line, initial_indent=" " * 13 * (index > 0), **indent)
        for index, line in enumerate(lines)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path, nargs="+", help="records of studies (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="table to write (CSV)")
    arguments = parser.parse_args()
    records = [read_json(path) for path in arguments.records]
    table = pd.DataFrame(
        {"study": record["study"], **verdict} for record in records for verdict in record["verdicts"]
    )
    write_table(arguments.output, table)
    for name, verdicts in table.groupby("study", sort=False):
        print(f"\n{name}", *(describe(verdict) for _, verdict in verdicts.iterrows()), sep="\n")


if __name__ == "__main__":
    run_program(main)
