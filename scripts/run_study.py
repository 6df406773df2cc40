"""Carry out one study on functions: its tables, and its verdicts with their provenance."""

import argparse
from pathlib import Path

import torch

import _source  # noqa: F401
from graduated.program import run_program
from graduated.progress import Progress
from graduated.provenance import Stopwatch, environment
from graduated.references import references_of, resolve
from graduated.sources import digest
from graduated.storage import read_json, sha256
from graduated.studies.catalogue import make_settings
from graduated.studies.folder import write_findings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specification", type=Path, help="study and settings (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="folder for tables and record")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    specification = read_json(arguments.specification)
    name = specification["study"]
    settings = make_settings(name, specification["settings"])
    stopwatch = Stopwatch(torch.device("cpu"))
    progress = Progress(name, 100, "%")
    findings = resolve(specification["measuring"])(
        settings, lambda fraction, detail="": progress.update(100 * fraction, detail)
    )
    provenance = {
        "inputs": {"specification": sha256(arguments.specification)},
        "sources": digest(Path(__file__), references_of(specification)),
        "environment": environment(torch.device("cpu")),
        "cost": stopwatch.cost(),
    }
    write_findings(arguments.output, name, settings, findings, provenance)


if __name__ == "__main__":
    run_program(main)
