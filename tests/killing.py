"""Processes of their own, forked from one that has imported torch; killed right before a file operation."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import forkserver
from pathlib import Path

import pytest

FILE_OPERATIONS = ((os, "fsync"), (Path, "write_bytes"), (Path, "replace"), (Path, "unlink"))

processes = multiprocessing.get_context("forkserver")


def start_server(*modules: str) -> None:
    """Start the process that others are forked from; it imports modules, which it finds by PYTHONPATH."""
    processes.set_forkserver_preload([__name__, *modules])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


def run_process(target: Callable[..., None], *arguments: object) -> int:
    """Run a function in a process of its own; return its exit code."""
    process = processes.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def kill_at_file_operation(number: int, target: Callable[..., None], *arguments: object) -> None:
    """Call a function in a process of its own that is killed right before its number-th file operation."""
    assert run_process(_die_at_file_operation, number, target, *arguments) == -signal.SIGKILL


def _die_at_file_operation(number: int, target: Callable[..., None], *arguments: object) -> None:
    def die_at(operation: int) -> None:
        if operation == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with _before_file_operations(die_at):
        target(*arguments)


def count_file_operations(target: Callable[..., None], *arguments: object) -> int:
    """Call a function here; return how many file operations it makes."""
    numbers: list[int] = []
    with _before_file_operations(numbers.append):
        target(*arguments)
    return len(numbers)


@contextmanager
def _before_file_operations(tell: Callable[[int], object]) -> Iterator[None]:
    """Tell the number of each file operation of the block, from 1, right before it."""
    numbers = count(1)

    def told(function: Callable) -> Callable:
        def call(*arguments: object, **options: object) -> object:
            tell(next(numbers))
            return function(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in FILE_OPERATIONS:
            patch.setattr(owner, name, told(getattr(owner, name)))
        yield
