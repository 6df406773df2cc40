"""Sharpness of every run of a trained pack."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.sharpness.batches import first_batches
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.settings import Curvature, Sharpness
from graduated.training.precision import PRECISIONS
from graduated.training.published import PublishedPack


def pack_sharpness(pack: PublishedPack, data: ImageData, settings: Sharpness) -> list[dict[str, Any]]:
    """Measure the sharpness of all replicas of a pack: at once, but of curvature one after the other.

    A GPU rounds no factors of products here, even if those of the training before were rounded.

    Args:
        pack: The trained pack.
        data: The dataset, on the device to compute on.
        settings: The measure.

    Returns:
        For each run its id and the measured values; None for a run that diverged. Where the Hessian's
        eigenvalues are measured, with the stability ratio λη/2 of the largest, η being the last learning
        rate: gradient descent on the quadratic approximation diverges above 1.
    """
    parts = list(_alone(pack)) if isinstance(settings, Curvature) else [pack]
    with PRECISIONS["float32"].in_force(data.train_images.device):
        return [row for part in parts for row in _rows(part, data, settings)]


def pack_record(measure: str, pack: PublishedPack, data: ImageData, settings: Sharpness) -> dict[str, Any]:
    """Measure the sharpness of a pack, and return the record of it, but for the provenance.

    Args:
        measure: The measure's name in the preset.
        pack: The trained pack.
        data: The dataset, on the device to compute on.
        settings: The measure.
    """
    return {
        "measure": measure,
        "title": settings.title,
        "radius": settings.perturbation_radius,
        "runs": pack_sharpness(pack, data, settings),
        "checksums": {"weights": pack.weights_checksum},
    }


def _alone(pack: PublishedPack) -> Iterator[PublishedPack]:
    """Yield each run as a pack of one."""
    for index, run in enumerate(pack.runs):
        state = {name: tensor[index : index + 1] for name, tensor in pack.state.items()}
        yield replace(pack, runs=(run,), finished=(pack.finished[index],), state=state)


def _rows(pack: PublishedPack, data: ImageData, settings: Sharpness) -> list[dict[str, Any]]:
    network = pack.network(data)
    images = data.train_images[: settings.samples]
    statistics = CIFAR10_STATISTICS if settings.statistics == "cifar10" else None
    inputs = data.normalise(images, next(network.parameters()).dtype, statistics)
    batches = first_batches(inputs, data.train_labels[: settings.samples], settings)
    result = measure_sharpness(network.logits, network.parameters_by_name(), batches, settings)
    rows = []
    for index, (run, finished) in enumerate(zip(pack.runs, pack.finished, strict=True)):
        values = {name: _json(value[index]) if finished else None for name, value in result.columns.items()}
        if "eigenvalues" in values:
            values["stability_ratio"] = _stability_ratio(run, values["sharpness"], len(data.train_images))
        rows.append({"run": run.id, **values})
    return rows


def _stability_ratio(run: Run, eigenvalue: float | None, images: int) -> float | None:
    if eigenvalue is None:
        return None
    samples = run.train_samples or images
    return eigenvalue * run.build_schedule(samples).at(run.epochs - 1).learning_rate / 2


def _json(value: Tensor) -> Any:
    """Return a number, or a list of them; None for one that is not finite."""
    if value.dim():
        return [_json(item) for item in value]
    number = value.item()
    return number if math.isfinite(number) else None
