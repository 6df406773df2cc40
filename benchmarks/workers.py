"""Packs in processes of their own, so that several can train at once and each has its own peak of memory."""

import contextlib
import multiprocessing
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

import _source  # noqa: F401
from graduated.device import compute_device
from timing import timed
from workload import Workload, images, matrix_products


@dataclass(frozen=True, order=True)
class Arm:
    """A way to train: P processes at the same time, each with a pack of K runs and T threads.

    Attributes:
        replicas: K.
        processes: P.
        threads: T.
    """

    replicas: int
    processes: int
    threads: int


class Worker:
    """A process that trains one pack on request.

    Args:
        workload: What to train.
        replicas: K.
        threads: CPU threads.
        device: ``"cpu"`` or ``"cuda"``.
    """

    def __init__(self, workload: Workload, replicas: int, threads: int, device: str):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        arguments = (other, workload, replicas, threads, device)
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        other.close()

    def ask(self, request: str, count: int = 1) -> None:
        """Begin to ``"train"`` so many epochs, or to ``"multiply"`` matrices so many times."""
        self.connection.send((request, count))

    def answer(self) -> Any:
        """Wait for the answer: first of all the peak of memory in MiB, then the seconds of each request.

        Raises:
            ChildProcessError: The process failed.
        """
        try:
            value = self.connection.recv()
        except EOFError:
            raise ChildProcessError("a worker process ended without an answer (out of memory?)") from None
        if isinstance(value, Exception):
            raise ChildProcessError(f"a worker process failed: {value}")
        return value

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.join()


@contextlib.contextmanager
def started(workers: Iterable[Worker]) -> Iterator[None]:
    """End the workers with the block."""
    workers = list(workers)
    try:
        yield
    finally:
        for worker in workers:
            worker.close()


def run_together(workers: Sequence[Worker], request: str, count: int = 1) -> float:
    """Have workers do the same at the same time and return the seconds of the slowest."""
    for worker in workers:
        worker.ask(request, count)
    return max([worker.answer() for worker in workers])


def _serve(connection: Connection, workload: Workload, replicas: int, threads: int, device: str) -> None:
    """Answer requests until the other end closes.

    ``compute_device`` is asked for the CPU in any case: its settings hold for the GPU too, and the lease of
    the GPU is the parent's.
    """
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            with compute_device("cpu", threads):
                _answer(connection, workload, replicas, torch.device(device))
        except (RuntimeError, ValueError) as error:
            connection.send(RuntimeError(f"K = {replicas}, {workload}: {error}"))


def _answer(connection: Connection, workload: Workload, replicas: int, device: torch.device) -> None:
    workload.setting.enforce()
    data = images(workload.dataset, workload.samples).to(device)
    idle = _peak_memory(device)
    training = workload.training(replicas, data)
    training.train_epoch()
    memory = _peak_memory(device) - idle
    multiply = matrix_products(workload.setting.precision, device)
    work = {"train": training.train_epoch, "multiply": multiply}
    connection.send(memory)
    while True:
        request, count = connection.recv()
        work[request]()  # memory and caches as they are in the middle of a training
        connection.send(timed(lambda: [work[request]() for _ in range(count)], device))  # noqa: B023
        torch.cuda.empty_cache()


def _peak_memory(device: torch.device) -> float:
    """Return the peak in MiB: of the process on a CPU, of the allocated memory on a GPU.

    Linux tells the peak of this program in its status; ``getrusage`` there begins with that of the parent.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / (1 << 20)
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / (1 << 10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
