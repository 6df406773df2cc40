"""The course of a pack's training: one row per run and epoch, and what became of each run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from graduated.experiment.run import Run
from graduated.training.pack import EpochResult, Evaluation, PackTraining

FINISHED, DIVERGED = "finished", "diverged"
METRICS = ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
COLUMNS = ["run", "epoch", "learning_rate", "batch_size", *METRICS]


@dataclass(frozen=True)
class Outcome:
    """How a pack's training went.

    Attributes:
        history: One row per run and epoch up to a run's divergence; the same bytes on every repetition.
        timing: One row per epoch of the pack: seconds and images a second over all replicas.
        diverged_epoch: For each run the epoch, from 1, in which its loss stopped being finite, or None.
    """

    history: pd.DataFrame
    timing: pd.DataFrame
    diverged_epoch: list[int | None]


def train_pack(training: PackTraining, report: Callable[[int, str], None]) -> Outcome:
    """Train a pack to its last epoch, or until no run of it is finite.

    Args:
        training: The pack.
        report: Called after each epoch with the number of epochs done and a few words.
    """
    rows, timing = [], []
    diverged: list[int | None] = [None] * len(training.runs)
    images = len(training.runs) * len(training.images)
    for epoch in range(1, training.runs[0].epochs + 1):
        start = time.monotonic()
        result, evaluation = training.train_epoch(), training.evaluate()
        for index, finite in enumerate(result.finite.tolist()):
            if diverged[index] is None and not finite:
                diverged[index] = epoch
        rows += _rows(training, epoch, result, evaluation, diverged)
        seconds = time.monotonic() - start
        timing.append({"epoch": epoch, "seconds": seconds, "images_per_second": images / seconds})
        report(epoch, f"{images / seconds:,.0f} images/s")
        if None not in diverged:
            break
    return Outcome(pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(timing), diverged)


def _rows(
    training: PackTraining,
    epoch: int,
    result: EpochResult,
    evaluation: Evaluation,
    diverged: list[int | None],
) -> list[dict]:
    measured = (result.loss, result.accuracy, evaluation.loss, evaluation.accuracy)
    columns = [values.tolist() for values in measured]
    rows = []
    for index, run in enumerate(training.runs):
        if diverged[index] is not None:
            continue
        settings = training.schedules[index].at(epoch - 1)
        metrics = [column[index] for column in columns]
        values = [run.id, epoch, settings.learning_rate, settings.batch_size, *metrics]
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def run_records(runs: Sequence[Run], outcome: Outcome) -> list[dict]:
    """Return what became of each run: specification, status, and its last losses and accuracies.

    The metrics of a run that diverged are None.
    """
    records = []
    for run, diverged in zip(runs, outcome.diverged_epoch, strict=True):
        metrics = dict.fromkeys(METRICS)
        if diverged is None:
            own = outcome.history["run"] == run.id
            metrics = outcome.history.loc[own, METRICS].iloc[-1].astype(float).to_dict()
        records.append(
            {
                "run": run.id,
                "specification": run.specification,
                "status": FINISHED if diverged is None else DIVERGED,
                "diverged_epoch": diverged,
                **metrics,
            }
        )
    return records
