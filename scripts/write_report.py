"""Write the report of a preset: one HTML page that needs no other file and no network."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.program import run_program
from graduated.report.collect import Files, collect
from graduated.report.page import render
from graduated.storage import write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", type=Path, required=True, help="the preset's file (YAML)")
    parser.add_argument("--schema", type=Path, required=True, help="the schema of presets (YAML)")
    parser.add_argument("--results", type=Path, required=True, help="results table (Parquet)")
    parser.add_argument("--noise", type=Path, required=True, help="record of C² (JSON)")
    parser.add_argument("--cost", type=Path, required=True, help="what each pack cost (CSV)")
    parser.add_argument("--claims", type=Path, required=True, help="verdicts on the claims (CSV)")
    parser.add_argument("--studies", type=Path, help="verdicts of the studies (CSV)")
    parser.add_argument("--figures", type=Path, nargs="+", required=True, help="figures (PNG), in order")
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help="tables to list checksums of")
    parser.add_argument("--differences", type=Path, required=True, help="from the paper (YAML)")
    parser.add_argument("--citation", type=Path, required=True, help="how to cite (CFF)")
    parser.add_argument("--output", type=Path, required=True, help="page to write (HTML)")
    arguments = vars(parser.parse_args())
    output = arguments.pop("output")
    write_text(output, render(collect(Files(**arguments))))
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, opens in any browser, needs no network")


if __name__ == "__main__":
    run_program(main)
