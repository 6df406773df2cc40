"""Draw a comparison of methods: their curves, δ along training, and published curves beside ours."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.plots.methods import beside_published, method_curves, smoothing_along_training
from graduated.plots.style import save_all
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the comparison; the figures' names start with it")
    parser.add_argument("--history", type=Path, required=True, help="the methods' histories (Parquet)")
    parser.add_argument("--published", type=Path, help="published curves of methods of the same names (CSV)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--imprint", default="", help="line below the figures: preset, network, epochs")
    arguments = parser.parse_args()
    history = pd.read_parquet(arguments.history)
    figures = {"curves": method_curves(history), "smoothing": smoothing_along_training(history)}
    if arguments.published:
        figures["published"] = beside_published(history, pd.read_csv(arguments.published))
    for drawing, figure in figures.items():
        save_all(figure, arguments.output, f"{arguments.name}_{drawing}", arguments.imprint)


if __name__ == "__main__":
    run_program(main)
