"""The course of a pack's training: one row per run and epoch, and what became of each run."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from graduated.experiment.run import Run
from graduated.resume import Resume, State
from graduated.storage import sha256, write_json, write_table
from graduated.training.evaluation import Evaluation
from graduated.training.pack import EpochResult, PackTraining

Report = Callable[[float, str], None]
"""Told the number of epochs done, and a few words."""

FINISHED, DIVERGED = "finished", "diverged"
METRICS = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
SETTINGS = ["learning_rate", "batch_size", "momentum", "perturbation"]
COLUMNS = ["run", "epoch", "updates", *SETTINGS, *METRICS]


@dataclass
class Course:
    """How a pack's training goes.

    Attributes:
        rows: One per run and epoch up to a run's divergence; the same on every repetition.
        timing: One per epoch of the pack: seconds, and images a second over all replicas.
        diverged_epoch: For each run the epoch, from 1, in which its loss stopped being finite, or None.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    timing: list[dict[str, float]] = field(default_factory=list)
    diverged_epoch: list[int | None] = field(default_factory=list)

    @property
    def history(self) -> pd.DataFrame:
        """The rows as a table."""
        return pd.DataFrame(self.rows, columns=COLUMNS)

    def record(self, training: PackTraining, result: EpochResult, evaluation: Evaluation) -> None:
        """Add the epoch that the pack has just completed.

        Args:
            training: The pack.
            result: What its training summed over the epoch, [K] each.
            evaluation: Loss and accuracy after it, [K] each.
        """
        for index, finite in enumerate(result.finite.tolist()):
            if self.diverged_epoch[index] is None and not finite:
                self.diverged_epoch[index] = training.epoch
        measured = (result.loss, result.accuracy, evaluation.loss, evaluation.accuracy)
        columns = [values.tolist() for values in measured]
        for index, run in enumerate(training.runs):
            if self.diverged_epoch[index] is None:
                settings = training.schedules[index].at(training.epoch - 1)
                perturbation = training.levels[index].at(training.epoch - 1) if training.levels else 0.0
                position = [run.id, training.epoch, training.updates]
                metrics = [column[index] for column in columns]
                values = [*position, *asdict(settings).values(), perturbation, *metrics]
                self.rows.append(dict(zip(COLUMNS, values, strict=True)))


def train_pack(training: PackTraining, report: Report, resume: Resume | None = None) -> Course:
    """Train a pack to its last epoch, or until no run of it is finite.

    Args:
        training: The pack.
        report: Called at the start, after each step and after each epoch.
        resume: Where to go on from, and to save the state now and then and at the ends of stages.

    Raises:
        Interrupted: A signal came; the state has been saved.
    """
    course = Course(diverged_epoch=[None] * len(training.runs))
    if resume and (found := resume.latest()):
        tensors, progress = found
        training.load_resume_state(tensors)
        course = Course(**progress)

    def state() -> State:
        return training.resume_state(), asdict(course)

    def tell() -> None:
        diverged = len(training.runs) - course.diverged_epoch.count(None)
        report(epochs_done(training), f"{diverged} diverged" if diverged else "")

    def checkpoint(now: bool = False) -> None:
        tell()
        if resume:
            resume.checkpoint(training.epoch * len(training.images) + training.step, state, now)

    tell()
    while training.epoch < training.runs[0].epochs and None in course.diverged_epoch:
        start = time.monotonic()
        images = len(training.runs) * (len(training.images) - training.step * training.batch_size)
        result = training.train_epoch(after_step=checkpoint)
        course.record(training, result, training.evaluate())
        seconds = time.monotonic() - start
        speed = max(0, images) / seconds
        course.timing.append({"epoch": training.epoch, "seconds": seconds, "images_per_second": speed})
        checkpoint(now=training.at_stage_change)
    return course


def epochs_done(training: PackTraining) -> float:
    """Return the number of epochs done, with a fraction.

    A step counts when the next one is done, so that an epoch is whole only when all its work is.
    """
    if training.step < 2:
        return training.epoch
    return training.epoch + (training.step - 1) * training.batch_size / len(training.images)


def run_records(runs: Sequence[Run], course: Course) -> list[dict[str, Any]]:
    """Return what became of each run: specification, status, and its last losses and accuracies.

    The metrics of a run that diverged are None, and so is one that is not finite.
    """
    last = {row["run"]: {name: _number(row[name]) for name in METRICS} for row in course.rows}
    return [
        {
            "run": run.id,
            "specification": run.specification,
            "status": FINISHED if diverged is None else DIVERGED,
            "diverged_epoch": diverged,
            **(last[run.id] if diverged is None else dict.fromkeys(METRICS)),
        }
        for run, diverged in zip(runs, course.diverged_epoch, strict=True)
    ]


def write_course(
    folder: Path, pack: str, runs: Sequence[Run], course: Course, weights: str, provenance: Mapping[str, Any]
) -> None:
    """Write what a pack's training leaves beside its weights: history, timing and record.

    Args:
        folder: Where to.
        pack: The pack's id.
        runs: Its runs.
        course: How their training went.
        weights: SHA-256 of the weights' file.
        provenance: What the record says of inputs, sources, environment and cost.
    """
    history = folder / "history.csv"
    write_table(history, course.history)
    write_table(folder / "timing.csv", pd.DataFrame(course.timing))
    checksums = {"weights": weights, "history": sha256(history)}
    record = {"pack": pack, "runs": run_records(runs, course), "checksums": checksums, **provenance}
    write_json(folder / "record.json", record)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
