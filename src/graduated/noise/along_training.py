"""Measuring on a pack's networks, as ordinary modules, at several times of its training."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import nn

from graduated.experiment.run import Run
from graduated.models import PlainLayers, build
from graduated.models.replication import replica
from graduated.resume import Resume, State
from graduated.training.history import Report, epochs_done
from graduated.training.pack import PackTraining
from graduated.training.precision import PRECISIONS

Rows = list[dict[str, Any]]
"""Rows of a table, of JSON's types."""

Measure = Callable[[Run, nn.Module], Rows]
"""Measures on one run's network; what it returns depends on run, network and epoch alone."""


def networks(training: PackTraining) -> Iterator[tuple[Run, nn.Module]]:
    """Yield each run of a pack with its network as it is now: one module, given the runs' states in turn."""
    data, first = training.data, training.runs[0]
    channels = data.train_images.shape[1]
    network = build(first.model, PlainLayers(), channels, data.classes, dict(first.model_options))
    network = network.to(training.device, training.dtype)
    for index, run in enumerate(training.runs):
        network.load_state_dict(replica(training.state(), index))
        yield run, network


def measure_along_training(
    training: PackTraining,
    epochs: Sequence[int],
    measure: Measure,
    report: Report,
    resume: Resume | None = None,
) -> Rows:
    """Train a pack to the last of some epochs, and measure each of its networks after each of them.

    Args:
        training: The pack, untrained.
        epochs: Epochs after which to measure; 0 is at initialisation.
        measure: Measures on one network; a GPU rounds no factors of its products, even if the training's are.
        report: Told the epochs done at the start, after each step and after each epoch and what is measured
            there.
        resume: Where to go on from, and to save the state at the ends of epochs.

    Returns:
        The rows of all networks, by epoch and then in the order of the runs.
    """
    rows: Rows = []

    def measure_now() -> None:
        if training.epoch in epochs:
            with PRECISIONS["float32"].in_force(training.device):
                for run, network in networks(training):
                    rows.extend(measure(run, network))

    def state() -> State:
        return training.resume_state(), rows

    def tell() -> None:
        report(epochs_done(training), "")

    def checkpoint() -> None:
        tell()
        if resume:
            resume.checkpoint(training.epoch, state)

    if resume and (found := resume.latest()):
        tensors, rows = found
        training.load_resume_state(tensors)
        tell()
    else:
        measure_now()
        checkpoint()
    while training.epoch < max(epochs):
        training.train_epoch(after_step=tell)
        measure_now()
        checkpoint()
    return rows


def study_along_training(
    training: PackTraining,
    epochs: Sequence[int],
    measure: Measure,
    report: Callable[[float, str], None],
    resume: Resume | None = None,
) -> Rows:
    """Do as :func:`measure_along_training`, telling which share of the work is done, also between networks.

    Training and measuring count half each. Arguments and result are as there, but ``report`` is told a share
    in [0, 1], and what has been measured last.
    """
    last, networks_to_measure = max(*epochs, 1), len(epochs) * len(training.runs)
    share = 0.0

    def tell(done: float, _detail: str) -> None:
        nonlocal share
        measured = sum(epoch <= done for epoch in epochs) / len(epochs)
        share = (done / last + measured) / 2
        report(share, "")

    def measure_and_tell(run: Run, network: nn.Module) -> Rows:
        nonlocal share
        rows = measure(run, network)
        share += 0.5 / networks_to_measure
        report(share, f"seed {run.seed} measured at epoch {training.epoch}")
        return rows

    return measure_along_training(training, epochs, measure_and_tell, tell, resume)
