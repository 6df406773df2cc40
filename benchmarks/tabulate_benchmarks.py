"""Write docs/benchmarks.md from the records of the benchmarks."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.program import run_program
from graduated.storage import read_json, write_if_changed
from page_texts import HEADER, NO_GPU, RUN
from record import RESULTS
from sections import SECTIONS
from tables import device

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def page(folder: Path) -> str:
    """Return the page for the records in a folder."""
    records = [read_json(path) for path in sorted(folder.glob("*.json"))]
    text = HEADER
    if not any(device(record) == "GPU" for record in records):
        text += NO_GPU
    for kind, section in SECTIONS.items():
        for record in records:
            if record["benchmark"] == kind or record["benchmark"].startswith(f"{kind}_"):
                text += section(record)
    return text + RUN


def main() -> None:
    """Read the records and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the records")
    parser.add_argument("--output", type=Path, default=PAGE, help="page to write")
    arguments = parser.parse_args()
    write_if_changed(arguments.output, page(arguments.results))


if __name__ == "__main__":
    run_program(main)
