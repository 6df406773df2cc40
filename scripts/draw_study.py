"""Draw the figures of a study from its tables: PNG, vector PDF, and what is drawn as CSV."""

import argparse
from importlib import import_module
from pathlib import Path

import _source  # noqa: F401
from graduated.plots.style import save_all
from graduated.program import run_program
from graduated.studies.catalogue import STUDIES
from graduated.studies.folder import read_tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=STUDIES, help="which study")
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="the study's tables (CSV)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--imprint", default="", help="line below the figures: preset, network, epochs")
    arguments = parser.parse_args()
    study = STUDIES[arguments.study]
    tables = read_tables(arguments.tables)
    figures = import_module(study.drawing).FIGURES
    for name in study.figures:
        save_all(figures[name](tables), arguments.output, name, arguments.imprint)


if __name__ == "__main__":
    run_program(main)
