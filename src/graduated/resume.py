"""Resume state of long jobs: checkpoints that survive a kill at any moment, and an orderly stop on a signal.

The state lies in a folder that Snakemake does not know, so that neither the start nor the failure of a job
deletes it. One process at a time holds the folder.
"""

import fcntl
import hashlib
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from graduated.storage import (
    DamagedFileError,
    decode_metadata,
    decode_tensors,
    encode_tensors,
    sweep_partial,
    write_bytes,
)

if TYPE_CHECKING:
    from torch import Tensor

KEPT = 2
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

State = tuple[Mapping[str, "Tensor"], Any]
"""Tensors, and what else there is as JSON."""


class Interrupted(Exception):  # noqa: N818
    """A signal asked the job to stop; its state is saved."""

    def __init__(self, number: int):
        super().__init__(f"stopped by {signal.Signals(number).name}; the state is saved, run again to go on")
        self.status = 128 + number


class Resume:
    """Checkpoints of one job; a context manager that holds the folder and watches for SIGTERM and SIGINT.

    A checkpoint is one file, named by its position and the SHA-256 of its content: it is there whole or not
    at all. The last two are kept; a damaged one falls back to the one before.

    Args:
        folder: Where the state lies.
        key: Identifies specification, sources, inputs and environment; state of another key is not used.
        interval: Seconds between two checkpoints.
    """

    def __init__(self, folder: Path, key: str, interval: float = 120.0):
        self.folder, self.key, self.interval = Path(folder), key, interval
        self._last_saved = time.monotonic()
        self._signal: int | None = None

    def __enter__(self) -> "Resume":
        """Wait for the folder, remove what a kill left half written, and catch the signals."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{self.folder}: waiting for the process that is at work here", file=sys.stderr, flush=True)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        sweep_partial(self.folder)
        self._previous = {number: signal.signal(number, self._request_stop) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals and the folder back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._lock.close()

    def _request_stop(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number

    def checkpoint(self, position: int, state: Callable[[], State], now: bool = False) -> None:
        """Save the state if it is time to, or if a signal came.

        Args:
            position: How far the job is; grows from call to call.
            state: Returns what to save; called only when needed.
            now: It is time to, whenever the last one was saved.

        Raises:
            Interrupted: A signal came; the state has been saved.
        """
        due = now or time.monotonic() - self._last_saved >= self.interval
        if self._signal is None and not due:
            return
        self.save(position, *state())
        if self._signal is not None:
            raise Interrupted(self._signal)

    def save(self, position: int, tensors: Mapping[str, "Tensor"], progress: Mapping[str, Any]) -> None:
        """Save a state and drop all but the last two."""
        content = encode_tensors(tensors, {"key": self.key, "progress": json.dumps(progress)})
        checksum = hashlib.sha256(content).hexdigest()
        write_bytes(self.folder / f"{position:015d}-{checksum}.checkpoint", content)
        for path in _checkpoints(self.folder)[KEPT:]:
            path.unlink()
        self._last_saved = time.monotonic()

    def latest(self) -> tuple[dict[str, "Tensor"], dict[str, Any]] | None:
        """Return the newest sound state of this key, or None; others are reported and removed."""
        for path in _checkpoints(self.folder):
            try:
                return self._read(path)
            except DamagedFileError as error:
                print(f"{error}; not used", file=sys.stderr, flush=True)
                path.unlink()
        return None

    def part_folder(self, index: int) -> Path:
        """Return the folder of a part of the job."""
        return self.folder / f"part-{index}"

    def part(self, index: int) -> "Resume":
        """Return the state of a part of the job, kept below this one."""
        return Resume(self.part_folder(index), f"{self.key}/{index}", self.interval)

    def _read(self, path: Path) -> tuple[dict[str, "Tensor"], dict[str, Any]]:
        content = _read_sound(path)
        tensors, metadata = decode_tensors(content)
        if metadata["key"] != self.key:
            raise DamagedFileError(f"{path}: checkpoint of another specification, source or environment")
        return tensors, json.loads(metadata["progress"])

    def clear(self) -> None:
        """Remove all checkpoints."""
        for path in _checkpoints(self.folder):
            path.unlink()


def latest_progress(folder: Path) -> Any | None:
    """Return what the newest sound checkpoint says beside its tensors, or None; nothing is held or changed.

    Args:
        folder: A job's folder, which a process may be at work in.
    """
    for path in _checkpoints(folder):
        try:
            return json.loads(decode_metadata(_read_sound(path))["progress"])
        except (DamagedFileError, FileNotFoundError):
            continue
    return None


def _checkpoints(folder: Path) -> list[Path]:
    """Return the paths of a folder's checkpoints, the newest first."""
    return sorted(Path(folder).glob("*.checkpoint"), reverse=True)


def _read_sound(path: Path) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != path.stem.partition("-")[2]:
        raise DamagedFileError(f"{path}: damaged checkpoint")
    return content
