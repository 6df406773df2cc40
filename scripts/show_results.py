"""Print a short table of a preset's results, and the figures."""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.claims.markdown import describe_verdicts
from graduated.methods import summarise_methods
from graduated.noise.cells import summarise_cells
from graduated.program import run_program
from graduated.results import summarise
from graduated.storage import read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", help="name of the preset, e.g. digits")
    preset = parser.parse_args().preset
    results, figures = Path("results") / preset, Path("figures") / preset
    if not (tables := results / "results.parquet").is_file():
        raise ValueError(f"{tables}: no such results; make figures PRESET={preset} makes those of a preset")
    table = pd.read_parquet(tables)
    noise = read_json(results / "noise" / "gradient_variance.json")
    print(summarise(table, noise))
    if (cells := results / "noise" / "cells.csv").is_file():
        print(f"\n{summarise_cells(pd.read_csv(cells))}")
    for path in sorted(results.glob("comparisons/*/equal_cost.csv")):
        print(f"\n{summarise_methods(path.parent.name, pd.read_csv(path))}")
    print(f"\n{describe_verdicts(pd.read_csv(results / 'claims.csv'))}")
    print(f"\nFigures (all on one page, with PDF and data):\n  {figures / 'index.html'}")
    print("\nTables:")
    for name in ("results.csv", "history.parquet", "claims.csv"):
        print(f"  {results / name}")


if __name__ == "__main__":
    run_program(main)
