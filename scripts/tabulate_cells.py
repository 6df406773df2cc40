"""Join what the probes of C² cell by cell measured into one tidy table."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.noise.cells import summarise_cells, tabulate_cells
from graduated.program import run_program
from graduated.storage import read_json, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specifications", type=Path, nargs="+", required=True, help="of the probes (JSON)")
    parser.add_argument(
        "--probes", type=Path, nargs="+", required=True, help="their records, in the same order (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
    arguments = parser.parse_args()
    specifications, records = (
        map(read_json, paths) for paths in (arguments.specifications, arguments.probes)
    )
    table = tabulate_cells(zip(specifications, records, strict=True))
    write_table(arguments.output, table)
    print(summarise_cells(table))


if __name__ == "__main__":
    run_program(main)
