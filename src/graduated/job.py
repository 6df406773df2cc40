"""What every computing program shares: arguments, device, dataset, and the provenance it leaves."""

import argparse
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graduated.data.images import ImageData
from graduated.data.store import load
from graduated.device import compute_device
from graduated.outbox import Outbox
from graduated.provenance import Stopwatch, environment
from graduated.references import references_of
from graduated.resume import Resume
from graduated.sources import digest
from graduated.storage import read_json, sha256


def job_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the arguments of every computing program."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("specification", type=Path, help="what to compute (JSON, written by the plan)")
    parser.add_argument("--data", type=Path, required=True, help="record of the decoded dataset (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="file or folder to write")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to compute")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    return parser


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the programs that train."""
    parser.add_argument("--resume", type=Path, required=True, help="folder that keeps the state meanwhile")
    parser.add_argument("--cuda-graphs", action="store_true", help="replay training steps as CUDA graphs")
    parser.add_argument("--checkpoint-seconds", type=float, default=120.0, help="between two saves of it")


@dataclass(frozen=True)
class Job:
    """A running computation.

    Attributes:
        device: Where it computes.
        data: The dataset, on that device.
        arguments: The parsed arguments.
        sources: Digest of the program's code.
        environment: Versions, device and commit.
        stopwatch: Started with the job.
    """

    device: torch.device
    data: ImageData
    arguments: argparse.Namespace
    sources: str
    environment: dict[str, Any]
    stopwatch: Stopwatch

    @property
    def key(self) -> str:
        """Identifies all that the bytes of the result depend on."""
        known = {key: value for key, value in self.environment.items() if key != "git_commit"}
        return hashlib.sha256(repr((self.inputs, self.sources, known)).encode()).hexdigest()

    @property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of the specification and of the dataset's record."""
        paths = {"data": self.arguments.data, "specification": self.arguments.specification}
        return {name: sha256(path) for name, path in paths.items()}

    def deliver(self, target: Path, produce: Callable[[Resume, Path], None]) -> None:
        """Produce the job's files, or find them finished, and publish them.

        Args:
            target: Folder to publish them in.
            produce: Given the job's checkpoints and a folder, writes the finished files into the folder.

        Raises:
            Interrupted: A signal came; the state has been saved.
        """
        with Resume(self.arguments.resume, self.key, self.arguments.checkpoint_seconds) as resume:
            outbox = Outbox(resume.folder, self.key)
            if not outbox.is_sealed():
                produce(resume, outbox.folder)
                outbox.seal()
                resume.clear()
            outbox.publish(target)

    def provenance(self) -> dict[str, Any]:
        """Return inputs, sources, environment and cost, for the record of an artefact."""
        return {
            "inputs": self.inputs,
            "sources": self.sources,
            "environment": self.environment,
            "cost": self.stopwatch.cost(),
        }


@contextmanager
def start_job(arguments: argparse.Namespace, program: str, model: str = "") -> Iterator[Job]:
    """Hold the device, load the dataset onto it, and yield the job.

    Args:
        arguments: From ``job_parser``.
        program: The program's ``__file__``.
        model: A network that the program loads beside those that the specification names.
    """
    loaded = [*references_of(read_json(arguments.specification)), model]
    with compute_device(arguments.device, arguments.threads) as device:
        stopwatch = Stopwatch(device)
        data = load(arguments.data).to(device)
        sources = digest(Path(program), loaded)
        yield Job(device, data, arguments, sources, environment(device), stopwatch)
