"""One call of a campaign: task after task by value per second, as long as the budget lasts."""

import sys
from collections import Counter
from pathlib import Path
from traceback import format_exception

from graduated.campaign.archive import write_archive
from graduated.campaign.budget import Budget
from graduated.campaign.execution import Bench, execute
from graduated.campaign.finished import is_finished
from graduated.campaign.forecast import Forecast, first_line
from graduated.campaign.order import FIRST, REST, Candidate, Cell, coarse_grid, rank
from graduated.campaign.tasks import Task
from graduated.progress import Progress, clock
from graduated.resume import Interrupted
from graduated.storage import write_text

USEFUL = 60.0
"""Seconds for which it is worth to begin a pack; of a short budget a tenth."""


class Campaign:
    """The tasks of a plan, done one after the other.

    Args:
        bench: Where tasks are done.
        budget: How long; entered.
        archive: The archive to write; what became of tasks that failed is written beside it.
        whole: Whether to begin only what will be finished within the budget.

    Attributes:
        done: Tasks whose files are in the campaign's own results.
        new: Those of them that this call has done.
        failed: Tasks that failed in this call.
        failures: The file of their tracebacks; there is none where none failed.
    """

    def __init__(self, bench: Bench, budget: Budget, archive: Path, whole: bool = False):
        self.bench, self.budget, self.archive, self.whole = bench, budget, archive, whole
        tasks, plan = bench.plan.tasks, bench.plan
        self.done = [task for task in tasks if is_finished(task, plan, bench.results)]
        self.new: list[Task] = []
        self.failed: list[Task] = []
        self.failures, self._tracebacks = archive.with_suffix(".failed.txt"), ""
        self.forecast = Forecast(bench, self.done)
        self._grid = set(plan.grid)
        cells = [cell for task in tasks for cell in self._cells(task) if cell]
        self._coarse = coarse_grid(*zip(*cells, strict=True)) if cells else frozenset()

    def run(self) -> None:
        """Do what fits into the budget; the archive is brought up to date after every task."""
        self.failures.unlink(missing_ok=True)
        self._write_archive()
        self.forecast.calibrate(self._left(), self.budget)
        while task := self._next():
            try:
                self._do(task)
            except Interrupted as interruption:
                self.budget.stopped(interruption)
                break
            except Exception as error:
                self._note_failure(task, error)
        print(self._summary(), flush=True)

    def _note_failure(self, task: Task, error: Exception) -> None:
        self.failed.append(task)
        self._tracebacks += f"{task.name}\n{''.join(format_exception(error))}\n"
        write_text(self.failures, self._tracebacks)
        print(f"{task.name}: failed: {first_line(error)}", file=sys.stderr, flush=True)

    def _left(self) -> list[Task]:
        done = {*self.bench.plan.done, *(task.name for task in self.done)}
        return [task for task in self.bench.plan.tasks if task.name not in done]

    def _next(self) -> Task | None:
        """Return the task of most value per second of which a useful part fits; None if none does."""
        if not self.budget.left:
            return None
        left = self._left()
        tasks = {task.name: task for task in left if task not in self.failed}
        done = [task for task in self.bench.plan.tasks if task.is_pack and task not in left]
        counts = Counter(cell for task in done for cell in self._cells(task) if cell)
        ranked = rank(map(self._candidate, tasks.values()), counts, self._coarse)
        fitting = (tasks[one.name] for one in ranked if self._fits(tasks[one.name], one.seconds))
        return next(fitting, None)

    def _candidate(self, task: Task) -> Candidate:
        bonus = 0.0 if task.is_pack else FIRST if task.name == "per_sample" else REST
        cells = self._cells(task) if task.is_pack else ()
        return Candidate(task.name, cells, self.forecast.seconds(task), bonus)

    def _cells(self, task: Task) -> tuple[Cell | None, ...]:
        return tuple(
            (run.learning_rate, run.batch_size) if run.id in self._grid else None for run in task.runs
        )

    def _fits(self, task: Task, seconds: float) -> bool:
        useful = min(seconds, USEFUL, self.budget.seconds / 10)
        least = useful if task.is_pack else self.forecast.stretch(task)
        return (max(seconds, least) if self.whole else least) <= self.budget.left

    def _do(self, task: Task) -> None:
        forecast, seconds = self.forecast, sum(map(self.forecast.seconds, self._left()))
        print(
            f"next: {task.name}, {len(task.runs)} runs, about {clock(forecast.seconds(task))}; "
            f"{clock(self.budget.left)} left to use, {clock(seconds)} for all that is left",
            file=sys.stderr,
            flush=True,
        )
        images = len(task.runs) * forecast.samples(task)
        progress = Progress(task.name, task.runs[0].epochs, "epoch", images=images)
        execute(task, self.bench, self.budget.watch(progress.update, forecast.needed(task)))
        self.done.append(task)
        self.new.append(task)
        forecast.learn(task)
        self._write_archive()

    def _write_archive(self) -> None:
        write_archive(self.bench.plan.preset, self.done, self.bench.results, self.archive)

    def _summary(self) -> str:
        plan, left = self.bench.plan, self._left()
        done = [task for task in plan.tasks if task not in left]
        rest = f"left: {_count(left)}, {self._duration(left)}" if left else "nothing is left"
        names = ", ".join(task.name for task in self.failed)
        failed = f"; failed: {names} ({self.failures})" if names else ""
        return (
            f"{plan.preset}, {plan.epochs} epochs: done: {_count(done)}, in this call {_count(self.new)}; "
            f"{rest}{failed}; archive: {self.archive}"
        )

    def _duration(self, tasks: list[Task]) -> str:
        if not self.forecast.timed:
            return "speed unknown"
        return f"about {clock(sum(map(self.forecast.seconds, tasks)))} here"


def _count(tasks: list[Task]) -> str:
    packs = [task for task in tasks if task.is_pack]
    return f"{sum(len(task.runs) for task in packs)} runs and {len(tasks) - len(packs)} probes"
