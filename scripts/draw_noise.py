"""Draw C² by every estimator, and cell by cell along training where that was measured."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.plots.noise import noise_along_training, noise_estimators_compared
from graduated.plots.style import save_all
from graduated.program import run_program
from graduated.storage import read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path, help="C² by every estimator (JSON)")
    parser.add_argument("--cells", type=Path, help="C² cell by cell along training (CSV)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--imprint", default="", help="line below the figures: preset, network, epochs")
    arguments = parser.parse_args()
    record = read_json(arguments.record)
    figures = {"noise_estimators_compared": noise_estimators_compared(record)}
    if arguments.cells:
        cells = pd.read_csv(arguments.cells)
        figures["noise_along_training"] = noise_along_training(cells, record["axis"])
    for name, figure in figures.items():
        save_all(figure, arguments.output, name, arguments.imprint)


if __name__ == "__main__":
    run_program(main)
