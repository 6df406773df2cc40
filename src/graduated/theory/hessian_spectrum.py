"""The spectrum of the Hessian along training, and how far SGD is from the edge of stability.

Gradient descent diverges from the quadratic approximation of the loss where λη/2 exceeds 1, λ being the
Hessian's largest eigenvalue. The loss that SGD descends has batch normalisation in training mode; sharpness
is measured in evaluation mode. Both Hessians are examined.
"""

import copy
from collections.abc import Iterator

import pandas as pd
import torch
from statsmodels.stats.weightstats import DescrStatsW
from torch import nn
from torch.func import replace_all_batch_norm_modules_
from torch.nn.modules.batchnorm import _BatchNorm

from graduated.experiment.run import Run
from graduated.noise.along_training import Rows, study_along_training
from graduated.noise.table import EVALUATION, TRAINING
from graduated.resume import Resume
from graduated.sharpness.batches import Batches, first_batches
from graduated.sharpness.curvature import curvature
from graduated.sharpness.hessian import hessian_operator
from graduated.sharpness.objective import Objective, stacked
from graduated.sharpness.settings import HessianTrace
from graduated.sharpness.spectrum import lanczos_spectrum
from graduated.streams import stream_seed
from graduated.studies import Findings, Report, Verdict, outcome_of
from graduated.studies.settings import HessianSpectrum
from graduated.training.pack import PackTraining

EDGE = 1.0
"""λη/2 at the edge of stability."""

_NAMES = ["seed", "epoch", "mode"]
_CURVES = ["eigenvalue", "density"]
_EXTREMES = ["top_eigenvalue", "bottom_eigenvalue", "trace", "trace_low", "trace_high"]


def measure(
    settings: HessianSpectrum, training: PackTraining, report: Report, resume: Resume | None = None
) -> Findings:
    """Measure the spectrum of the Hessian of the same networks at several times of their training.

    The Hessian is that of the mean loss on the first training images, without augmentation.

    Args:
        settings: Of the study.
        training: An untrained pack with a run per seed.
        report: Told the progress.
        resume: Where to go on from, and to save the state after each measured epoch.

    Returns:
        By seed, epoch and mode of batch normalisation: ``spectra``, the density of the eigenvalues on a grid;
        ``extremes``, the largest and the smallest eigenvalue, the trace with its 95 % interval over probes,
        λη/2, the share of the negative eigenvalues in the sum of absolute values, and how many eigenvalues
        there are. Of a run that diverged there is nothing.

    Raises:
        ValueError: The measured samples exceed the training set.
    """
    available = len(training.data.train_images)
    if settings.samples > available:
        raise ValueError(f"samples = {settings.samples}: expected at most the {available} training images")

    def measure_network(run: Run, network: nn.Module) -> Rows:
        return list(_network_rows(settings, training, run, network))

    table = pd.DataFrame(study_along_training(training, settings.epochs, measure_network, report, resume))
    spectra = table[_NAMES + _CURVES].explode(_CURVES, ignore_index=True).dropna()
    extremes = table.drop(columns=_CURVES)
    measured = extremes.columns.difference([*_NAMES, "eigenvalues"])
    extremes = extremes.astype(dict.fromkeys(measured, float))
    tables = {"spectra": spectra.astype(dict.fromkeys(_CURVES, float)), "extremes": extremes}
    return Findings(tables, verdicts(settings, extremes))


def _network_rows(
    settings: HessianSpectrum, training: PackTraining, run: Run, network: nn.Module
) -> Iterator[dict]:
    data, size = training.data, settings.samples
    probing = HessianTrace(
        samples=size,
        batch_size=min(settings.chunk_size, size),
        draws=settings.probes,
        seed=stream_seed(run.seed, "hessian_spectrum", training.epoch),
    )
    inputs = data.normalise(data.train_images[:size], next(network.parameters()).dtype)
    batches = first_batches(inputs, data.train_labels[:size], probing)
    for mode, module in _modes(network):
        names = dict(zip(_NAMES, (run.seed, training.epoch, mode), strict=True))
        yield {**names, **_columns(settings, module, batches, probing)}


def _modes(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the network with running statistics, and with those of the batch where there is a difference."""
    yield EVALUATION, network
    if any(isinstance(part, _BatchNorm) for part in network.modules()):
        network = copy.deepcopy(network)
        replace_all_batch_norm_modules_(network)
        yield TRAINING, network


@torch.no_grad()
def _columns(settings: HessianSpectrum, module: nn.Module, batches: Batches, probing: HessianTrace) -> dict:
    parameters, outputs = stacked(module)
    objective = Objective(outputs, parameters)
    count = {"eigenvalues": objective.weights.shape[1]}
    trace = curvature(objective, batches, probing)
    if not trace.clean_loss.isfinite():
        absent = [*_EXTREMES, "stability_ratio", "negative_share", *_CURVES]
        return {**dict.fromkeys(absent), **count}
    hessian = hessian_operator(objective, batches)
    found = lanczos_spectrum(hessian, settings.steps, settings.draws, settings.points, probing.seed)
    traces = (value.item() for value in (trace.sharpness, trace.low, trace.high))
    return {
        **dict(zip(_EXTREMES, (found.top, found.bottom, *traces), strict=True)),
        "stability_ratio": found.top * settings.learning_rate / 2,
        "negative_share": found.negative_share,
        **count,
        "eigenvalue": found.eigenvalues.tolist(),
        "density": found.density.tolist(),
    }


def verdicts(settings: HessianSpectrum, extremes: pd.DataFrame) -> list[Verdict]:
    """Judge whether SGD stays below the edge of stability, by the loss that it descends.

    Args:
        settings: Of the study.
        extremes: Table of the study.
    """
    trained = extremes[extremes["epoch"] > 0]
    largest = trained.groupby(["mode", "seed"])["stability_ratio"].agg(
        lambda ratios: ratios.max(skipna=False)
    )
    largest = largest.dropna()
    modes = largest.index.unique("mode")
    own = TRAINING if TRAINING in modes else EVALUATION
    if own not in modes or len(largest[own]) < 2:
        return []
    value, (low, high) = float(largest[own].mean()), DescrStatsW(largest[own]).tconfint_mean()
    setting = f"η = {settings.learning_rate:g}, b = {settings.batch_size}"
    remark = f"Supported means: the interval is below {EDGE:g}. {setting}."
    if own == TRAINING:
        measured = f"in evaluation mode, that of measures of sharpness, {largest[EVALUATION].mean():.3g}"
        remark += f" Batch norm in training mode, that of SGD; {measured}."
    return [
        Verdict(
            "SGD trains below gradient descent's edge of stability, λη/2 < 1",
            "arXiv 2103.00065; arXiv 2412.20553",
            outcome_of(low, high, below=EDGE),
            "largest λη/2 over the measured epochs after initialisation, mean over seeds",
            value,
            float(low),
            float(high),
            len(largest[own]),
            "seeds",
            remark,
        )
    ]
