"""Show what has become of a preset's trainings and probes: state, speed, time left, disk. Writes nothing."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import yaml

import _source  # noqa: F401
from graduated.experiment.plan import Plan, make_plan
from graduated.experiment.preset_file import read_config
from graduated.forecast import bytes_to_come, bytes_used, seconds_left
from graduated.program import run_program
from graduated.progress import clock
from graduated.status import INTERRUPTED, RUNNING, SILENT, Status, watch

PROGRAMS = Path(__file__).resolve().parent
SCHEMA = PROGRAMS.parent / "workflow" / "schemas" / "config.schema.yaml"
HEADER = ("job", "state", "runs", "diverged", "epoch", "images/s", "ETA")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", type=Path, help="the preset's file, e.g. config/digits.yaml")
    parser.add_argument("--ahead", action="store_true", help="one line: what is to be trained, and disk use")
    arguments = parser.parse_args()
    plan = make_plan(read_config(arguments.preset), yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    statuses = watch(plan, PROGRAMS)
    if arguments.ahead:
        print(f"{plan.config['preset']}: {_to_train(statuses)}; disk: {_disk(plan, statuses)}")
    else:
        print(_table(statuses), _totals(plan, statuses), sep="\n\n")


def _table(statuses: Sequence[Status]) -> str:
    rows = [HEADER, *map(_row, statuses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    notes = ["", *(status.note for status in statuses)]
    lines = []
    for row, note in zip(rows, notes, strict=True):
        texts, numbers = row[:2], row[2:]
        cells = [cell.ljust(width) for cell, width in zip(texts, widths[:2], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(numbers, widths[2:], strict=True)]
        lines.append("  ".join([*cells, note]).rstrip())
    return "\n".join(lines)


def _row(status: Status) -> tuple[str, ...]:
    left = status.epoch_seconds and status.epoch_seconds * status.epochs_left
    return (
        status.job.name,
        status.state,
        str(status.job.runs),
        str(status.diverged or "-"),
        f"{round(status.epochs, 1):g}/{status.job.epochs}",
        f"{status.images_per_second:,.0f}" if status.images_per_second else "-",
        clock(left) if left and status.state in (RUNNING, SILENT, INTERRUPTED) else "-",
    )


def _totals(plan: Plan, statuses: Sequence[Status]) -> str:
    packs = [status for status in statuses if status.job.is_pack]
    done = sum(status.job.runs for status in packs if status.is_done)
    running = sum(status.job.runs for status in packs if status.is_at_work)
    waiting = sum(status.job.runs for status in packs) - done - running
    diverged = sum(status.diverged for status in packs)
    seconds = seconds_left(statuses, plan.config)
    return "\n".join(
        [
            f"runs:  {done} done, {running} running, {waiting} waiting; {diverged} diverged",
            f"time:  {_duration(seconds)}",
            f"disk:  {_disk(plan, statuses)}",
        ]
    )


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "unknown, for no speed has been measured yet"
    return (
        f"about {clock(seconds)} left for trainings and probes"
        if seconds
        else "trainings and probes are done"
    )


def _to_train(statuses: Sequence[Status]) -> str:
    packs = [status for status in statuses if status.job.is_pack]
    left = sum(status.job.runs for status in packs if not status.is_done)
    total = sum(status.job.runs for status in packs)
    return f"{left} of {total} runs to train" if left else f"all {total} runs are trained"


def _disk(plan: Plan, statuses: Sequence[Status]) -> str:
    coming = bytes_to_come(plan, statuses)
    more = "an unknown amount" if coming is None else f"about {_size(coming)}"
    return f"{_size(bytes_used(plan))} used, {more if coming != 0 else 'none'} to come"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


if __name__ == "__main__":
    run_program(main)
