"""How much work a task is, in steps and in images: what its time is predicted from."""

from dataclasses import dataclass

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import Task, sharpness_specification
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.sharpness.cost import evaluations
from graduated.sharpness.settings import Curvature, Sharpness, make_measure

EVALUATION = 1 / 3
"""Work of an evaluation, without backward pass, beside that of a training step on as many images."""

PER_SAMPLE = 4
"""Likewise of a gradient of its own for every image."""

PRODUCT = 2
"""Likewise of a product with the Hessian."""


@dataclass(frozen=True)
class Work:
    """An amount of work.

    Attributes:
        steps: Forward and backward passes of a whole pack.
        images: Images that go through them, over all replicas.
    """

    steps: float = 0.0
    images: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.steps + other.steps, self.images + other.images)

    def __mul__(self, factor: float) -> "Work":
        return Work(self.steps * factor, self.images * factor)


@dataclass(frozen=True)
class TaskWork:
    """The work of a task.

    Attributes:
        training: All its epochs, evaluations included.
        measuring: What comes after them, or between them; full float32 arithmetic.
    """

    training: Work
    measuring: Work


def task_work(task: Task, plan: CampaignPlan, data: ImageData) -> TaskWork:
    """Return the work of a task; of the probe of T(b), which may end early, the most that it can be.

    Args:
        task: The task.
        plan: The plan that holds the settings of its measures.
        data: The dataset, for the number of its images.
    """
    measuring = Work()
    for measure in task.measures:
        settings = make_measure(**plan.specifications[sharpness_specification(measure)])
        measuring += measure_work(settings, len(task.runs))
    if "samples" in task.value:
        samples = task.value["samples"] or _samples(task.runs[0], data)
        measurements = len(task.value["epochs"]) * len(task.runs)
        chunks = samples / task.value["chunk_size"]
        measuring += Work(chunks, samples * PER_SAMPLE) * measurements
        if paired := task.value.get("paired"):
            small, large = paired["small_batch_size"], paired["large_batch_size"]
            measuring += Work(1 + large / small, 2 * large) * (paired["pairs"] * measurements)
    return TaskWork(training_work(task, data), measuring)


def training_work(task: Task, data: ImageData) -> Work:
    """Return the work of all epochs of a task's runs; of a pack with the evaluations."""
    first, replicas = task.runs[0], len(task.runs)
    samples, evaluated = _samples(first, data), len(data.test_images) if task.is_pack else 0
    batch_sizes = first.build_schedule(samples).batch_sizes
    steps = sum(-(-samples // size) for size in batch_sizes)
    return Work(steps, len(batch_sizes) * replicas * (samples + evaluated * EVALUATION))


def measure_work(settings: Sharpness, replicas: int) -> Work:
    """Return the work of one measure of the sharpness of a pack."""
    batches, passes, alone = settings.samples / settings.batch_size, evaluations(settings), 1
    if isinstance(settings, Curvature):
        passes, alone = passes * PRODUCT, replicas
    return Work(batches * passes * alone, settings.samples * passes * replicas)


def _samples(run: Run, data: ImageData) -> int:
    return run.train_samples or len(data.train_images)
