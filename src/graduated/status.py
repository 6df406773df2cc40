"""What has become of the trainings and probes of a plan, read from what they have left; writes nothing.

Imports no torch, so that watching is quick.
"""

import csv
import fcntl
import math
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from graduated.experiment.jobs import Job, jobs
from graduated.experiment.plan import Plan
from graduated.outbox import has_state
from graduated.progress import HEARTBEAT
from graduated.resume import latest_progress
from graduated.sources import digest
from graduated.storage import read_json, to_json

DONE, RUNNING, SILENT, INTERRUPTED = "done", "running", "silent", "interrupted"
FAILED, OUTDATED, WAITING = "failed", "outdated", "waiting"

SILENCE = 600.0
"""Seconds after which a heartbeat says nothing of the present; measurements between steps take minutes."""

LOG_END = 20_000
"""Bytes of a log's end that are searched for an error."""


@dataclass(frozen=True)
class Status:
    """What has become of a job.

    Attributes:
        job: The job.
        state: One of the states above. ``silent``: held by a process whose last heartbeat is long ago;
            ``interrupted``: there is a state to go on from; ``outdated``: done by other code or from another
            specification, and to be done again.
        epochs: Epochs done.
        diverged: Runs that diverged so far; 0 for probes.
        images_per_second: Over all replicas, or None.
        epoch_seconds: Seconds that an epoch takes, or None.
        note: What is to be known beside that.
    """

    job: Job
    state: str
    epochs: float = 0.0
    diverged: int = 0
    images_per_second: float | None = None
    epoch_seconds: float | None = None
    note: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == DONE

    @property
    def is_at_work(self) -> bool:
        """Whether a process is at work on it."""
        return self.state in (RUNNING, SILENT)

    @property
    def epochs_left(self) -> float:
        """Epochs that are still to be trained."""
        if self.state in (DONE, OUTDATED):
            return 0 if self.is_done else self.job.epochs
        return self.job.epochs - self.epochs


def watch(plan: Plan, programs: Path) -> list[Status]:
    """Return the status of every job of a plan.

    Args:
        plan: The plan.
        programs: Folder of the command-line programs, whose sources are compared with those of the records.
    """
    found = list(jobs(plan))
    used = {(job.program, job.references) for job in found}
    sources = {(program, loaded): digest(programs / f"{program}.py", loaded) for program, loaded in used}
    return [_status(job, sources[job.program, job.references]) for job in found]


def _status(job: Job, sources: str) -> Status:
    held = is_held(job.state_folder)
    if job.record.is_file() and not held:
        return _finished(job, sources)
    beat = _heartbeat(job.state_folder)
    age = time.time() - beat["time"] if beat else math.inf
    error = "" if held else _error(job)
    if held:
        state = RUNNING if age <= SILENCE else SILENT
        note = beat["detail"] if age <= SILENCE else "no heartbeat for more than 10 minutes"
    elif error:
        state, note = FAILED, error
    else:
        state, note = (INTERRUPTED if has_state(job.state_folder) else WAITING), ""
    if state == WAITING or not beat:
        return Status(job, state, note=note)
    left, seconds = beat["total"] - beat["done"], beat["seconds_left"]
    return Status(
        job,
        state,
        epochs=beat["done"],
        diverged=_diverged_so_far(job),
        images_per_second=beat["images_per_second"],
        epoch_seconds=seconds / left if left and seconds else None,
        note=note,
    )


def _finished(job: Job, sources: str) -> Status:
    record = read_json(job.record, "sources", "inputs", *["runs"] * job.is_pack)
    specification = sha256(to_json(job.specification).encode()).hexdigest()
    is_current = record["sources"] == sources and record["inputs"]["specification"] == specification
    state = DONE if is_current else OUTDATED
    if not job.is_pack:
        return Status(job, state, job.epochs)
    with job.record.with_name("timing.csv").open(newline="", encoding="utf-8") as file:
        timing = list(csv.DictReader(file))
    return Status(
        job,
        state,
        epochs=len(timing),
        diverged=sum(run["status"] == "diverged" for run in record["runs"]),
        images_per_second=median(float(row["images_per_second"]) for row in timing),
        epoch_seconds=median(float(row["seconds"]) for row in timing),
    )


def is_held(folder: Path) -> bool:
    """Tell whether a process holds a job's folder, without disturbing it."""
    try:
        with (Path(folder) / "lock").open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _heartbeat(folder: Path) -> dict[str, Any] | None:
    try:
        return read_json(folder / HEARTBEAT)
    except FileNotFoundError:
        return None


def _diverged_so_far(job: Job) -> int:
    progress = latest_progress(job.state_folder) if job.is_pack else None
    return job.runs - progress["diverged_epoch"].count(None) if progress else 0


def _error(job: Job) -> str:
    """Return the line of the error that ended the job's last attempt; empty where the log tells of none."""
    try:
        content = job.log.read_bytes()[-LOG_END:]
    except FileNotFoundError:
        return ""
    lines = content.decode(errors="replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    refused = last.startswith(f"{job.program}: ") and "the state is saved" not in last
    return last if refused or "Traceback (most recent call last):" in lines else ""
