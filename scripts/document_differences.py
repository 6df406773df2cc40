"""Write docs/differences.md, the known differences from the paper, from workflow/report/differences.yaml."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.program import run_program
from graduated.report.differences import differences_page, read_differences
from graduated.storage import write_text

HEADER = """\
# Known differences

Between the papers' text, the authors' released code and this project, and what each does to results.
Written by `scripts/document_differences.py` from `workflow/report/differences.yaml`; not to be edited. Every
report (`make report`) has them as a table. What neither text nor code says is left out.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    differences = Path("workflow/report/differences.yaml")
    parser.add_argument("--differences", type=Path, default=differences, help="the differences (YAML)")
    parser.add_argument("--output", type=Path, default=Path("docs/differences.md"), help="page to write")
    arguments = parser.parse_args()
    write_text(arguments.output, HEADER + differences_page(read_differences(arguments.differences)))


if __name__ == "__main__":
    run_program(main)
