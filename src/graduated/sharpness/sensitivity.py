"""How far worst-case sharpness depends on what the paper fixes: ρ, n, m, the normalisation, the search."""

from collections.abc import Iterator
from dataclasses import asdict, replace

import pandas as pd
from torch import nn

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.experiment.run import Run
from graduated.noise.along_training import Rows, study_along_training
from graduated.resume import Resume
from graduated.sharpness.batches import first_batches
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.sensitivity_agreement import NONE, agreement, gains, verdicts
from graduated.sharpness.settings import AutoPGD, ReleasedSearch, WorstCase
from graduated.studies import Findings, Report
from graduated.studies.settings import SharpnessSensitivity
from graduated.training.pack import PackTraining

NORMALISATIONS = {
    NONE: {},
    "logits": {"normalise_logits": True},
    "adaptive": {"adaptive": True},
    "adaptive, logits": {"adaptive": True, "normalise_logits": True},
}
"""Of the outputs, or of the perturbation by the weights."""

OF_IMAGES = {"CIFAR-10 statistics": {"statistics": "cifar10"}}
"""Of the inputs, where they have three channels: the released code's slip on CIFAR-100."""


def measure(
    settings: SharpnessSensitivity, training: PackTraining, report: Report, resume: Resume | None = None
) -> Findings:
    """Measure worst-case ℓ∞ sharpness of the same networks in many settings, and compare.

    Args:
        settings: Of the study.
        training: An untrained pack with a run per seed.
        report: Told the progress.
        resume: Where to go on from, and to save the state after each measured epoch.

    Returns:
        Tables ``values``, a row per seed, epoch and setting; ``agreement``, of each setting with the
        reference: rank correlation over the networks and ratio; ``gains``, what Auto-PGD finds beyond the
        released search by radius.

    Raises:
        ValueError: A measured number of samples exceeds the training set.
    """
    available = len(training.data.train_images)
    if settings.measured_samples[-1] > available:
        raise ValueError(
            f"measured_samples = {settings.measured_samples}: expected at most the {available} images"
        )

    def measure_pack(run: Run, _network: nn.Module) -> Rows:
        """Measure all runs at once when the first one's turn comes."""
        return _pack_rows(settings, training) if run == training.runs[0] else []

    rows = study_along_training(training, settings.epochs, measure_pack, report, resume)
    values = pd.DataFrame(rows).astype({"sharpness": float})
    tables = {"values": values, "agreement": agreement(settings, values), "gains": gains(settings, values)}
    return Findings(tables, verdicts(settings, tables))


def _pack_rows(settings: SharpnessSensitivity, training: PackTraining) -> Rows:
    network, data, rows = training.network.eval(), training.data, []
    parameters = network.parameters_by_name()
    reference = _reference(settings)
    for normalisation, measure in _grid(settings, channels=data.train_images.shape[1]):
        statistics = CIFAR10_STATISTICS if measure.statistics == "cifar10" else None
        inputs = data.normalise(data.train_images[: measure.samples], training.dtype, statistics)
        batches = first_batches(inputs, data.train_labels[: measure.samples], measure)
        found = measure_sharpness(network.logits, parameters, batches, measure).sharpness.tolist()
        rows += [
            {
                "seed": run.seed,
                "epoch": training.epoch,
                "method": measure.method,
                "normalisation": normalisation,
                "radius": measure.radius,
                "samples": measure.samples,
                "batch_size": measure.batch_size,
                "reference": measure == reference,
                "sharpness": value if value == value else None,
            }
            for run, value in zip(training.runs, found, strict=True)
        ]
    return rows


def _grid(settings: SharpnessSensitivity, channels: int) -> Iterator[tuple[str, WorstCase]]:
    """Yield each measure once, with the name of its normalisation."""
    reference = _reference(settings)
    normalisations = NORMALISATIONS | (OF_IMAGES if channels == len(CIFAR10_STATISTICS[0]) else {})
    for radius in settings.radius:
        for name, options in normalisations.items():
            yield name, replace(reference, radius=radius, **options)
        yield NONE, AutoPGD(**asdict(replace(reference, radius=radius)), restarts=settings.restarts)
    for samples in settings.measured_samples:
        if samples != reference.samples:
            yield NONE, replace(reference, samples=samples)
    for batch_size in settings.measured_batch_size:
        if batch_size != reference.batch_size:
            yield NONE, replace(reference, batch_size=batch_size)


def _reference(settings: SharpnessSensitivity) -> ReleasedSearch:
    return ReleasedSearch(
        radius=settings.reference_radius,
        samples=settings.reference_samples,
        batch_size=settings.reference_batch_size,
        steps=settings.steps,
    )
