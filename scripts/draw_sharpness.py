"""Draw all measures of sharpness of a preset: how they order the runs, and each against δ."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.plots.sharpness import Measure, sharpness_measures_ranked, sharpness_measures_vs_smoothing
from graduated.plots.style import save_all
from graduated.program import run_program
from graduated.sharpness.settings import make_measure
from graduated.storage import read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "measures", type=Path, nargs="+", help="settings of the measures, in the order wanted (JSON)"
    )
    parser.add_argument("--table", type=Path, required=True, help="results table (Parquet)")
    parser.add_argument("--ranks", type=Path, required=True, help="rank correlations (CSV)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--imprint", default="", help="line below the figures: preset, network, epochs")
    arguments = parser.parse_args()
    table, ranks = pd.read_parquet(arguments.table), pd.read_csv(arguments.ranks)
    measures = [Measure.of(path.stem, make_measure(**read_json(path))) for path in arguments.measures]
    figures = {
        "sharpness_measures_ranked": sharpness_measures_ranked(ranks, table, measures),
        "sharpness_measures_vs_smoothing": sharpness_measures_vs_smoothing(table, measures),
    }
    for name, figure in figures.items():
        save_all(figure, arguments.output, name, arguments.imprint)


if __name__ == "__main__":
    run_program(main)
