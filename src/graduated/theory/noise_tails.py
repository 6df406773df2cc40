"""What the noise of mini-batch gradients looks like: histogram, tails and moments by batch size and time.

For a given network the noise takes finitely many values, so that its tails are light in the strict sense.
The question here is whether they look so at the frequencies that a training meets.
"""

import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from graduated.experiment.run import Run
from graduated.noise.along_training import Rows, study_along_training
from graduated.noise.minibatches import MiniBatches, draw_batches, training_set_variance
from graduated.resume import Resume
from graduated.streams import stream, stream_seed
from graduated.studies import Findings, Report
from graduated.studies.settings import NoiseTails
from graduated.theory.noise_samples import NoiseSample, control_rows, sample_rows
from graduated.theory.noise_tails_verdicts import moment_slopes, verdicts
from graduated.training.pack import PackTraining

MODES = ("training", "evaluation")
"""Whether batch normalisation takes the statistics of the mini-batch, as SGD does, or the running ones."""


def measure(
    settings: NoiseTails, training: PackTraining, report: Report, resume: Resume | None = None
) -> Findings:
    """Draw mini-batches of several sizes along training, and describe the law of their gradients' noise.

    The noise is ω = ∇f_S − ∇f, the gradient of a mini-batch drawn without replacement minus that on the whole
    training set, both in the same mode.

    Args:
        settings: Of the study.
        training: An untrained pack with a run per seed.
        report: Told the progress.
        resume: Where to go on from, and to save the state after each measured epoch.

    Returns:
        By seed, epoch, mode and batch size: ``histograms``, ``quantiles``, ``kurtosis``, ``tails`` (estimates
        of the tail index), ``moments`` (of ‖ω‖) and ``normality`` (p-values of tests on projections); beside
        them ``controls`` (the estimators on samples of known law, of the same size) and ``moment_slopes``
        (log E‖ω‖^p in log b).

    Raises:
        ValueError: A measured batch size exceeds the training set.
    """
    available = len(training.data.train_images[: settings.samples])
    if settings.measured_batch_size[-1] > available:
        raise ValueError(
            f"measured_batch_size = {settings.measured_batch_size}: expected at most the {available} images"
        )

    def measure_network(run: Run, network: nn.Module) -> Rows:
        return _network_rows(settings, training, run, network)

    rows = study_along_training(training, settings.epochs, measure_network, report, resume)
    by_table: dict[str, Rows] = {}
    for row in rows:
        by_table.setdefault(row.pop("table"), []).append(row)
    tables = {name: pd.DataFrame(cells) for name, cells in by_table.items()}
    tables["controls"] = pd.DataFrame(control_rows(settings))
    tables["moment_slopes"] = moment_slopes(tables["moments"])
    steps_per_epoch = math.ceil(len(training.data.train_images) / settings.batch_size)
    return Findings(tables, verdicts(settings, tables, steps_per_epoch))


def _network_rows(settings: NoiseTails, training: PackTraining, run: Run, network: nn.Module) -> Rows:
    rows: Rows = []
    for mode in MODES:
        minibatches = MiniBatches(
            network, training.data, settings.samples, mode == "training", settings.chunk_size
        )
        if not rows:
            samples = minibatches.samples
            variance = training_set_variance(network, training.data, samples, minibatches.at_once(1))
            views = _views(settings, minibatches.dimension, run.seed)
        population = variance.value * (samples - 1) / samples
        full = minibatches.full_gradient(settings.images_at_once)
        for batch_size in settings.measured_batch_size:
            purpose = f"noise_tails/{mode}/{batch_size}"
            generator = stream(run.seed, f"{purpose}/batches", training.epoch)
            drawn = draw_batches(samples, batch_size, settings.batches, False, generator)
            sample = _noise(minibatches, drawn, full, *views)
            bootstrap = np.random.default_rng(stream_seed(run.seed, f"{purpose}/bootstrap", training.epoch))
            names = {"seed": run.seed, "epoch": training.epoch, "mode": mode, "batch_size": batch_size}
            scale = math.sqrt(population / batch_size)
            rows += [{**names, **row} for row in sample_rows(sample, scale, bootstrap)]
    return rows


def _views(settings: NoiseTails, dimension: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return random unit vectors [directions, d] and random coordinates."""
    generator = stream(seed, "noise_tails/views")
    coordinates = torch.randperm(dimension, generator=generator)[: settings.coordinates]
    directions = torch.randn(settings.directions, dimension, generator=generator)
    return directions / directions.norm(dim=1, keepdim=True), coordinates


def _noise(
    minibatches: MiniBatches, drawn: Tensor, full: Tensor, directions: Tensor, coordinates: Tensor
) -> NoiseSample:
    """Return norms, projections and some coordinates of the noise of the mini-batches drawn."""
    directions, coordinates = directions.to(full), coordinates.to(full.device)
    parts: list[tuple[Tensor, ...]] = []
    for gradients in minibatches.gradients(drawn):
        noise = gradients - full
        parts.append((noise.norm(dim=1), noise @ directions.T, noise[:, coordinates]))
    return NoiseSample(*(torch.cat(part).double().cpu().numpy() for part in zip(*parts, strict=True)))
