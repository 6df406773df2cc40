"""How long the tasks of a campaign will take, from what has been timed on this device."""

import sys
from collections.abc import Callable, Sequence
from traceback import format_exception_only

from graduated.campaign.budget import Budget
from graduated.campaign.calibration import calibrate
from graduated.campaign.execution import Bench
from graduated.campaign.speed import Observation, observe_measuring, observe_training, speed
from graduated.campaign.tasks import Task
from graduated.campaign.work import TaskWork, task_work
from graduated.resume import latest_progress

CALIBRATION = 3.0
"""Seconds for which each of two packs is tried; of a short budget a fiftieth."""

DOUBT = 4.0
"""How many times as long as guessed a probe's measurement may take while none of any kind has been timed."""


class Forecast:
    """Predicts seconds.

    Args:
        bench: Where tasks are done.
        done: Tasks that have been done there.

    Attributes:
        speed: How fast the device is.
        timed: Whether anything has been timed, so that the speed is not merely assumed.
    """

    def __init__(self, bench: Bench, done: Sequence[Task]):
        self.bench = bench
        self.speed, self.timed = speed([], []), False
        self._trained: dict[int, list[Observation]] = {}
        self._measured: list[Observation] = []
        self._tried: list[Observation] = []
        for task in done:
            self.learn(task)

    def learn(self, task: Task) -> None:
        """Take a finished task into account."""
        if task.is_pack:
            plan, results = self.bench.plan, self.bench.results
            trained = observe_training(task, results, plan, self.bench.data)
            self._trained.setdefault(task.runs[0].batch_size, []).append(trained)
            self._measured += observe_measuring(task, results, plan)
            self._fit()

    def calibrate(self, tasks: Sequence[Task], budget: Budget) -> None:
        """Time a few steps of the smallest and of the largest batch size, unless packs of two are done.

        A pack that cannot be trained here is reported, and left for its turn to fail.
        """
        seconds = min(CALIBRATION, budget.seconds / 50)
        ordered = sorted(tasks, key=lambda task: task.runs[0].batch_size)
        if len(self._trained) >= 2 or not budget.left:
            return
        for task in dict.fromkeys([*ordered[:1], *ordered[-1:]]):
            try:
                self._tried.append(calibrate(task, self.bench.data, self.bench.captured, seconds))
            except RuntimeError as error:
                print(f"{task.name}: not timed: {first_line(error)}", file=sys.stderr, flush=True)
        self._fit()

    def _fit(self) -> None:
        observed = [one for several in self._trained.values() for one in several]
        if len(self._trained) < 2:
            observed += self._tried
        self.speed, self.timed = speed(observed, self._measured), bool(observed)

    def seconds(self, task: Task) -> float:
        """Return how long the rest of a task takes."""
        work = self._work(task)
        training = self.speed.training.seconds(work.training) * (1 - self._progress(task))
        return training + self.speed.measuring.seconds(work.measuring)

    def stretch(self, task: Task) -> float:
        """Return how long a probe may take between two ends of epochs, where alone it can be stopped."""
        work = self._work(task)
        measurements = len(task.value.get("epochs", [0]))
        training = self.speed.training.seconds(work.training) / task.runs[0].epochs
        measuring = self.speed.measuring.seconds(work.measuring) / measurements
        return training + measuring * (1 if self._measured else DOUBT)

    def needed(self, task: Task) -> Callable[[float], float]:
        """Return a function of the epochs done: the seconds that a task must have left to go on then."""
        measuring = self.speed.measuring.seconds(self._work(task).measuring)
        stretch = self.stretch(task)
        if task.is_pack:
            return lambda done: measuring if done >= task.runs[0].epochs else 0.0
        return lambda done: stretch

    def samples(self, task: Task) -> int:
        """Return the size of a task's training set."""
        return task.runs[0].train_samples or len(self.bench.data.train_images)

    def _work(self, task: Task) -> TaskWork:
        return task_work(task, self.bench.plan, self.bench.data)

    def _progress(self, task: Task) -> float:
        """Return the share of a pack's epochs that is done."""
        state = latest_progress(self.bench.results / task.state_folder) if task.is_pack else None
        return len(state["timing"]) / task.runs[0].epochs if state else 0.0


def first_line(error: Exception) -> str:
    """Return an error as one line, its kind included."""
    return "".join(format_exception_only(error)).splitlines()[0]
