"""C² along training by three estimators: whether it is one constant, and whether they agree."""

import math

import pandas as pd
from torch import nn

from graduated.experiment.run import Run
from graduated.noise.along_training import Rows, study_along_training
from graduated.noise.table import Estimation, noise_table
from graduated.resume import Resume
from graduated.streams import stream_seed
from graduated.studies import Findings, Report
from graduated.studies.settings import NoiseEstimators
from graduated.theory.noise_estimators_verdicts import verdicts
from graduated.training.pack import PackTraining


def measure(
    settings: NoiseEstimators, training: PackTraining, report: Report, resume: Resume | None = None
) -> Findings:
    """Measure C² and the gradient-noise scale of the same networks by every estimator that applies.

    The training set is the images without augmentation.

    Args:
        settings: Of the study.
        training: An untrained pack with a run per seed.
        report: Told the progress.
        resume: Where to go on from, and to save the state after each measured epoch.

    Returns:
        Table ``estimates``, a row per seed, epoch, estimator and mode: C², ‖∇f‖², noise scale and δ, each
        with its 95 % interval; a noise scale that is not bounded is missing.
    """

    def measure_network(run: Run, network: nn.Module) -> Rows:
        data, dtype = training.data, next(network.parameters()).dtype
        images = data.train_images[: settings.samples].split(settings.large_batch_size)
        labels = data.train_labels[: settings.samples].split(settings.large_batch_size)
        batches = [(data.normalise(part, dtype), target) for part, target in zip(images, labels, strict=True)]
        estimation = Estimation(
            settings.small_batch_size,
            settings.large_batch_size,
            settings.pairs,
            settings.chunk_size,
            stream_seed(run.seed, "noise_estimators", training.epoch),
        )
        table = noise_table(
            network, batches, settings.learning_rate, settings.batch_size, estimation=estimation
        )
        names = {"seed": run.seed, "epoch": training.epoch}
        return [{**names, **_bounded(row)} for row in table.to_dict("records")]

    rows = study_along_training(training, settings.epochs, measure_network, report, resume)
    table = pd.DataFrame(rows)
    return Findings({"estimates": table}, verdicts(table))


def _bounded(row: dict) -> dict:
    return {name: None if value in (math.inf, -math.inf) else value for name, value in row.items()}
