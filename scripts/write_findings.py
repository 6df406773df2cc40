"""Write docs/findings.md, what we found, from what is said of each claim and from the verdicts of presets."""

import argparse
from pathlib import Path

import _source  # noqa: F401
from graduated.claims.declarations import read_claims
from graduated.claims.findings import findings_page, read_findings
from graduated.claims.verdicts import Verdicts
from graduated.program import run_program
from graduated.storage import write_text

HEADER = """\
# What we found

Written by `snakemake findings` from `workflow/findings.yaml` and the verdicts in `results/reference`; not to
be edited. How a verdict is reached: [claims](claims.md). The *better-trained half* are the runs that reached
the median training loss of their preset. †: added after the results were seen, to explore, not to confirm.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=Path, help="the claims as declared (YAML)")
    parser.add_argument("findings", type=Path, help="what is said of each (YAML)")
    parser.add_argument(
        "--verdicts", type=Path, nargs="+", required=True, help="claims.csv of presets, verdicts.csv beside"
    )
    parser.add_argument("--output", type=Path, required=True, help="page to write (Markdown)")
    arguments = parser.parse_args()
    claims = read_claims(arguments.claims).claims
    sections = read_findings(arguments.findings, claims)
    page = findings_page(sections, claims, Verdicts.read(arguments.verdicts))
    write_text(arguments.output, HEADER + page)


if __name__ == "__main__":
    run_program(main)
