"""What every computing program shares: arguments, device, dataset, and the provenance it leaves."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graduated.data.images import ImageData
from graduated.data.store import load
from graduated.device import compute_device
from graduated.provenance import Stopwatch, environment
from graduated.sources import digest
from graduated.storage import sha256


def job_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the arguments of every computing program."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("specification", type=Path, help="what to compute (JSON, written by the plan)")
    parser.add_argument("--data", type=Path, required=True, help="record of the decoded dataset (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="file or folder to write")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to compute")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    return parser


@dataclass(frozen=True)
class Job:
    """A running computation.

    Attributes:
        device: Where it computes.
        data: The dataset, on that device.
        arguments: The parsed arguments.
        program: The program's own file.
        stopwatch: Started with the job.
    """

    device: torch.device
    data: ImageData
    arguments: argparse.Namespace
    program: Path
    stopwatch: Stopwatch

    def provenance(self) -> dict[str, Any]:
        """Return inputs, sources, environment and cost, for the record of an artefact."""
        return {
            "inputs": {
                "data": sha256(self.arguments.data),
                "specification": sha256(self.arguments.specification),
            },
            "sources": digest(self.program),
            "environment": environment(self.device),
            "cost": self.stopwatch.cost(),
        }


@contextmanager
def start_job(arguments: argparse.Namespace, program: str) -> Iterator[Job]:
    """Hold the device, load the dataset onto it, and yield the job.

    Args:
        arguments: From ``job_parser``.
        program: The program's ``__file__``.
    """
    with compute_device(arguments.device, arguments.threads) as device:
        stopwatch = Stopwatch(device)
        data = load(arguments.data).to(device)
        yield Job(device, data, arguments, Path(program), stopwatch)
