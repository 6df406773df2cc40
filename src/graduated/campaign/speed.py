"""How fast a device is, from what it has done so far."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from scipy.optimize import nnls

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import Task, sharpness_record, sharpness_specification
from graduated.campaign.work import Work, measure_work, task_work
from graduated.data.images import ImageData
from graduated.sharpness.settings import make_measure
from graduated.storage import read_json

UNMEASURED = 3.0
"""How much longer measuring is taken to last than training on as many images, until one has been timed."""


@dataclass(frozen=True)
class Observation:
    """Work that has been done.

    Attributes:
        work: How much.
        seconds: How long it took.
    """

    work: Work
    seconds: float


@dataclass(frozen=True)
class Rate:
    """How long work takes, over all replicas of a pack.

    Attributes:
        step: Seconds that a step takes whatever its size.
        image: Seconds that an image takes.
    """

    step: float
    image: float

    def seconds(self, work: Work) -> float:
        """Return the seconds that some work takes."""
        return self.step * work.steps + self.image * work.images


ASSUMED = Rate(step=0.1, image=0.01)
"""Of training where nothing has been timed: a slow one, ResNet18 on a CPU (``docs/benchmarks.md``)."""


def fit(observations: Sequence[Observation]) -> Rate:
    """Return the rate of least relative squared error that is nowhere negative.

    Args:
        observations: One or more; from a single one, all time is laid to the images.
    """
    if len(observations) == 1:
        (only,) = observations
        return Rate(0.0, only.seconds / only.work.images)
    relative = [(one.work.steps / one.seconds, one.work.images / one.seconds) for one in observations]
    step, image = nnls(np.array(relative), np.ones(len(relative)))[0]
    return Rate(float(step), float(image))


def observe_training(task: Task, results: Path, plan: CampaignPlan, data: ImageData) -> Observation:
    """Return how long the epochs of a finished pack took; an interrupted one does not count.

    Args:
        task: The pack.
        results: The preset's results folder, which holds its timing.
        plan: The preset's plan.
        data: The dataset, for the number of its images.
    """
    path = (results / task.record).with_name("timing.csv")
    with path.open(newline="", encoding="utf-8") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    whole = task_work(task, plan, data).training
    return Observation(whole * (1 / task.runs[0].epochs), median(seconds))


def observe_measuring(task: Task, results: Path, plan: CampaignPlan) -> Iterator[Observation]:
    """Yield how long each measure of a finished pack took.

    The arguments are those of :func:`observe_training`.
    """
    for measure in task.measures:
        settings = make_measure(**plan.specifications[sharpness_specification(measure)])
        record = read_json(results / sharpness_record(measure, task.name))
        yield Observation(measure_work(settings, len(task.runs)), record["cost"]["wall_seconds"])


@dataclass(frozen=True)
class Speed:
    """How fast a device is.

    Attributes:
        training: At training.
        measuring: At measuring sharpness.
    """

    training: Rate
    measuring: Rate


def speed(training: Sequence[Observation], measuring: Sequence[Observation]) -> Speed:
    """Return the speed of a device.

    Args:
        training: Any number of observations; without one it is assumed.
        measuring: Likewise; without one it is guessed from the trainings.
    """
    rate = fit(training) if training else ASSUMED
    guessed = Rate(rate.step * UNMEASURED, rate.image * UNMEASURED)
    return Speed(rate, fit(measuring) if measuring else guessed)
