"""Short trainings along which the noise of the gradient is measured."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.experiment.run import Run
from graduated.noise.along_training import Rows, measure_along_training
from graduated.noise.critical_batch_size import RunningMeanGradientNorm
from graduated.noise.minibatches import training_set
from graduated.noise.noise_scale import noise_scale_of
from graduated.noise.per_sample import Batches, NotFiniteError, gradient_deviations, variance_of
from graduated.noise.two_batch_sizes import two_batch_sizes
from graduated.resume import Resume, State
from graduated.streams import stream
from graduated.training.history import Report, epochs_done
from graduated.training.pack import PackTraining


def variance_along_training(
    training: PackTraining,
    epochs: Sequence[int],
    samples: int | None,
    chunk_size: int,
    report: Report,
    resume: Resume | None = None,
    paired: Mapping[str, int] | None = None,
) -> Rows:
    """Measure C² after some epochs of a pack's training, by per-sample gradients and by two batch sizes.

    Args:
        training: The pack, untrained.
        epochs: Epochs after which to measure; 0 is at initialisation.
        samples: Measure on the first so many training images, without augmentation; None is all.
        chunk_size: Per-sample gradients in memory at a time.
        report: Called at the start, after each step and after each epoch.
        resume: Where to go on from, and to save the state at the ends of epochs.
        paired: Options of :func:`graduated.noise.two_batch_sizes.two_batch_sizes` (small_batch_size,
            large_batch_size, pairs), on the same images, batch normalisation as in training; None does
            without.

    Returns:
        One row per seed and epoch: gradient_variance, standard_error over samples, gradient_norm, samples;
        95 % intervals of squared_gradient_norm and noise_scale (_low, _high; None is infinite); and
        two_batch_sizes, with gradient_variance and standard_error over pairs. Seed and epoch alone where the
        network has diverged.
    """

    def measure(run: Run, network: nn.Module) -> Rows:
        row = {"seed": run.seed, "epoch": training.epoch}
        batches = training_set(network, training.data, samples, chunk_size)
        try:
            estimates = _by_per_sample_gradients(network, batches, chunk_size)
            if paired:
                generator = stream(run.seed, "noise/two_batch_sizes", training.epoch)
                found = two_batch_sizes(network, batches, generator, **paired)
                estimates["two_batch_sizes"] = {
                    "gradient_variance": found.gradient_variance,
                    "standard_error": found.standard_error,
                }
        except NotFiniteError:
            return [row]
        return [{**row, **estimates}]

    return measure_along_training(training, epochs, measure, report, resume)


def _by_per_sample_gradients(network: nn.Module, batches: Batches, chunk_size: int) -> dict[str, Any]:
    deviations = gradient_deviations(network, batches, chunk_size, F.cross_entropy)
    estimate = variance_of(deviations.mean.values(), sum(deviations.squares.values()))
    scale = noise_scale_of(deviations)
    bounds = {
        f"{name}_{end}": bound if math.isfinite(bound) else None
        for name in ("squared_gradient_norm", "noise_scale")
        for end, bound in zip(("low", "high"), getattr(scale, f"{name}_interval"), strict=True)
    }
    return {
        "gradient_variance": estimate.value,
        "standard_error": estimate.standard_error,
        "gradient_norm": estimate.gradient_norm,
        "samples": estimate.samples,
        **bounds,
    }


def steps_to_threshold(
    training: PackTraining,
    threshold: float,
    first_epoch: int,
    report: Report,
    resume: Resume | None = None,
) -> list[dict]:
    """Count the steps T(b) until the running mean of the mini-batch gradient norms reaches a threshold.

    Args:
        training: The pack, untrained; its runs' epochs are the limit.
        threshold: ε.
        first_epoch: First epoch, counted from 0, in which the threshold is checked.
        report: Called at the start, after each step and after each epoch.
        resume: Where to go on from, and to save the state at the ends of epochs.

    Returns:
        One row per seed: batch_size, seed, steps (None where the limit came first).
    """
    norms = RunningMeanGradientNorm(len(training.runs), threshold, first_epoch)
    if resume and (found := resume.latest()):
        tensors, _ = found
        training.load_resume_state(tensors)
        norms.load_state(tensors)

    def state() -> State:
        return {**training.resume_state(), **norms.state()}, None

    def tell() -> None:
        report(epochs_done(training), f"{int(norms.reached.sum())} of {len(training.runs)} reached ε")

    tell()
    while training.epoch < training.runs[0].epochs and not norms.reached.all():
        result = training.train_epoch(record_gradient_norms=True, after_step=tell)
        norms.update(result.gradient_norms.cpu(), training.epoch - 1)
        tell()
        if resume:
            resume.checkpoint(training.epoch, state)
    return [
        {"batch_size": run.batch_size, "seed": run.seed, "steps": int(steps) if reached else None}
        for run, steps, reached in zip(
            training.runs, norms.steps.tolist(), norms.reached.tolist(), strict=True
        )
    ]
