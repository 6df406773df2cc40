"""Draw one figure from the results table, in every format asked for."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.plots.figures import FIGURES
from graduated.plots.style import save
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figure", choices=FIGURES, help="which figure")
    parser.add_argument("--table", type=Path, required=True, help="results table (Parquet)")
    parser.add_argument(
        "--output", type=Path, nargs="+", required=True, help="files; the suffix is the format"
    )
    parser.add_argument("--imprint", default="", help="line below the figure: preset, network, epochs")
    arguments = parser.parse_args()
    figure = FIGURES[arguments.figure](pd.read_parquet(arguments.table))
    for path in arguments.output:
        save(figure, path, arguments.imprint)


if __name__ == "__main__":
    run_program(main)
