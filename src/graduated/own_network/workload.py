"""How long measurements will take, told by how often the loss has been evaluated."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

from graduated.noise.table import Estimation
from graduated.own_network.table import Row
from graduated.sharpness.cost import evaluations
from graduated.sharpness.settings import Curvature, Sharpness, WorstCase
from graduated.trial import Loss, trial_evaluations

Report = Callable[[float, str], None]
"""Told which share of all work is done, and the measurement under way."""

_GRADIENT, _SAMPLE_GRADIENT, _HESSIAN = 3.0, 5.0, 8.0
"""What they cost, in forward passes."""


@dataclass(frozen=True)
class Task:
    """A measurement.

    Attributes:
        name: Of the measurement.
        measure: Returns its rows, given the loss.
        evaluations: How many times it evaluates the loss, roughly.
        cost: In forward passes of a sample, roughly.
    """

    name: str
    measure: Callable[[Loss], Iterable[Row]]
    evaluations: float
    cost: float


def carry_out(tasks: Sequence[Task], loss: Loss, report: Report) -> list[Row]:
    """Return the rows of all tasks.

    Args:
        tasks: What to measure.
        loss: From outputs and targets to their mean loss.
        report: Told the progress before each evaluation of the loss.

    Raises:
        ValueError: PyTorch cannot take the gradients that a measurement needs.
    """
    rows: list[Row] = []
    total, begun = sum(task.cost for task in tasks), 0.0
    for task in tasks:
        try:
            rows += task.measure(_watched(loss, task, begun, total, report))
        except RuntimeError as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            advice = "--no-noise, or --sharpness with other measures, leaves it out"
            raise ValueError(f"{task.name}: cannot be measured here ({advice}): {reason}") from error
        begun += task.cost
    return rows


def _watched(loss: Loss, task: Task, begun: float, total: float, report: Report) -> Loss:
    """Return the loss, telling the progress at every evaluation."""
    done = 0

    def watched(outputs: Tensor, targets: Tensor) -> Tensor:
        nonlocal done
        report((begun + task.cost * min(done / task.evaluations, 1.0)) / total, task.name)
        done += 1
        return loss(outputs, targets)

    return watched


def noise_work(samples: int, estimation: Estimation) -> tuple[float, float]:
    """Return evaluations and cost of C² by per-sample gradients, and by pairs of batch sizes in two modes."""
    parts = estimation.large_batch_size / estimation.small_batch_size
    pairs = 2 * estimation.pairs
    trials = trial_evaluations(samples, estimation.chunk_size)
    trials += 2 * trial_evaluations(samples, estimation.large_batch_size)
    evaluations = trials + 2 * samples / estimation.chunk_size + pairs * (parts + 1)
    cost = (_GRADIENT + _SAMPLE_GRADIENT) * samples + _GRADIENT * pairs * 2 * estimation.large_batch_size
    return evaluations, cost


def layer_work(samples: int, chunk_size: int) -> tuple[float, float]:
    """Return evaluations and cost of C² by layer."""
    evaluations = trial_evaluations(samples, chunk_size) + 2 * samples / chunk_size
    return evaluations, (_GRADIENT + _SAMPLE_GRADIENT) * samples


def sharpness_work(settings: Sharpness) -> tuple[float, float]:
    """Return evaluations and cost of a measure of sharpness."""
    costs = {WorstCase: _GRADIENT, Curvature: _HESSIAN}
    cost = next((cost for kind, cost in costs.items() if isinstance(settings, kind)), 1.0)
    passes, trials = 1 + evaluations(settings), trial_evaluations(settings.samples, settings.batch_size)
    return trials + passes * settings.samples / settings.batch_size, passes * cost * settings.samples
