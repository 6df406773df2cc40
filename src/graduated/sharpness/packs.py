"""Sharpness of every run of a trained pack."""

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.data.images import ImageData
from graduated.sharpness.objective import first_batches
from graduated.sharpness.released import worst_case_sharpness
from graduated.sharpness.settings import Sharpness
from graduated.training.published import PublishedPack


def pack_sharpness(pack: PublishedPack, data: ImageData, settings: Sharpness) -> list[dict]:
    """Measure the sharpness of all replicas of a pack at once.

    Args:
        pack: The trained pack.
        data: The dataset, on the device to compute on.
        settings: The measure.

    Returns:
        For each run its id and the measured values; None for a run that diverged.
    """
    network = pack.network(data)
    images = data.train_images[: settings.samples]
    statistics = CIFAR10_STATISTICS if settings.statistics == "cifar10" else None
    inputs = data.normalise(images, next(network.parameters()).dtype, statistics)
    batches = first_batches(inputs, data.train_labels[: settings.samples], settings)
    result = worst_case_sharpness(network.logits, network.parameters_by_name(), batches, settings)
    columns = {
        "sharpness": result.loss_increase.tolist(),
        "error_increase": result.error_increase.tolist(),
        "perturbation_norm": result.perturbation_norm.tolist(),
    }
    return [
        {
            "run": run.id,
            **{name: values[index] if finished else None for name, values in columns.items()},
        }
        for index, (run, finished) in enumerate(zip(pack.runs, pack.finished, strict=True))
    ]
