"""How the noise of mini-batch gradients falls with the batch size: E‖∇f_S − ∇f‖² = C²/b (Lemma 2.1).

The law is algebra for a loss that is the mean of the samples' own losses. With batch normalisation that holds
in evaluation mode only; in training mode, the mode of SGD itself, a sample's loss depends on its company.
"""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor, nn

from graduated.experiment.run import Run
from graduated.intervals import mean_interval
from graduated.noise.along_training import Rows, study_along_training
from graduated.noise.minibatches import MiniBatches, draw_batches, training_set_variance
from graduated.resume import Resume
from graduated.streams import stream
from graduated.studies import Findings, Report
from graduated.studies.settings import NoiseLaw
from graduated.theory.noise_law_fits import EVALUATION, TRAINING, fits, verdicts
from graduated.training.pack import PackTraining

SAMPLINGS = ((EVALUATION, True), (EVALUATION, False), (TRAINING, False))
"""Modes, and whether images are drawn with replacement."""


def measure(
    settings: NoiseLaw, training: PackTraining, report: Report, resume: Resume | None = None
) -> Findings:
    """Measure E‖∇f_S − ∇f‖² by Monte Carlo over mini-batches S of many sizes, and compare it with C²/b.

    C² is known exactly, from the gradients of all samples in evaluation mode. ∇f is the gradient on the whole
    training set in the same mode as ∇f_S. Without replacement the law has the factor (N − b)/(N − 1).

    Args:
        settings: Of the study.
        training: An untrained pack with a run per seed.
        report: Told the progress.
        resume: Where to go on from, and to save the state after each measured epoch.

    Returns:
        Tables ``mean_squares``, a row per seed, epoch, mode, sampling and batch size, and ``fits``, slopes in
        log b and ratios to the law per epoch, mode and sampling.
    """

    def measure_network(run: Run, network: nn.Module) -> Rows:
        return _network_rows(settings, training, run, network)

    rows = study_along_training(training, settings.epochs, measure_network, report, resume)
    table = pd.DataFrame(rows)
    return Findings({"mean_squares": table, "fits": fits(table)}, verdicts(settings, table))


def _network_rows(settings: NoiseLaw, training: PackTraining, run: Run, network: nn.Module) -> Rows:
    rows: Rows = []
    for mode, replacement in SAMPLINGS:
        minibatches = MiniBatches(
            network, training.data, settings.samples, mode == TRAINING, settings.chunk_size
        )
        samples = minibatches.samples
        if not rows:
            variance = training_set_variance(network, training.data, samples, minibatches.at_once(1))
        full = minibatches.full_gradient(settings.largest_batch_size)
        for batch_size in _batch_sizes(settings, samples, mode):
            batches = max(settings.fewest_batches, settings.images // batch_size)
            generator = stream(run.seed, f"noise_law/{mode}/{replacement}/{batch_size}", training.epoch)
            drawn = draw_batches(samples, batch_size, batches, replacement, generator)
            factor = 1.0 if replacement else (samples - batch_size) / (samples - 1)
            row = {
                "seed": run.seed,
                "epoch": training.epoch,
                "replacement": replacement,
                "mode": mode,
                "batch_size": batch_size,
                **_mean_square(minibatches, drawn, full),
                "predicted": variance.value * (samples - 1) / samples / batch_size * factor,
                "population_factor": factor,
                "batches": batches,
                "samples": samples,
            }
            rows.append(row)
    return rows


def _batch_sizes(settings: NoiseLaw, samples: int, mode: str) -> Iterator[int]:
    """Yield powers of two; a single image has no batch statistics."""
    size = 2 if mode == TRAINING else 1
    while size < samples and size <= settings.largest_batch_size:
        yield size
        size *= 2


def _mean_square(minibatches: MiniBatches, drawn: Tensor, full: Tensor) -> dict[str, float]:
    """Return the mean of ‖ω‖² over mini-batches, its interval, and ‖E ω‖² free of bias."""
    squares, total = [], torch.zeros_like(full, dtype=torch.float64)
    for gradients in minibatches.gradients(drawn):
        noise = (gradients - full).double()
        squares.append(noise.square().sum(1))
        total += noise.sum(0)
    values, batches = torch.cat(squares).cpu().numpy(), len(drawn)
    mean, low, high = mean_interval(values)
    square_of_mean = float((total / batches).square().sum())
    offset = (batches * square_of_mean - mean) / (batches - 1)
    return {"mean_square": mean, "low": low, "high": high, "squared_offset": offset}
