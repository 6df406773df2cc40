"""What the rest of a plan will take: time, from the speeds measured so far, and disk."""

import math
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from graduated.data.catalogue import describe
from graduated.experiment.plan import Plan
from graduated.status import Status
from graduated.storage import read_json


def seconds_left(statuses: Sequence[Status], config: dict) -> float | None:
    """Estimate how long all trainings and probes will still take.

    A job without a measured speed is given that of the nearest batch size, a replica an epoch.

    Args:
        statuses: Of every job.
        config: The complete config: on a GPU jobs take turns, on a CPU they share its cores.

    Returns:
        Seconds; None where something is left and nothing has been measured.
    """
    left = [status for status in statuses if status.epochs_left > 0]
    measured = {
        status.job.batch_size: status.epoch_seconds / status.job.runs
        for status in statuses
        if status.epoch_seconds
    }
    if not left:
        return 0.0
    if not measured:
        return None
    seconds = [_epoch_seconds(status, measured) * status.epochs_left for status in left]
    return max(max(seconds), sum(seconds) / _jobs_at_a_time(config["compute"]))


def _epoch_seconds(status: Status, measured: dict[int, float]) -> float:
    if status.epoch_seconds:
        return status.epoch_seconds
    batch_size = status.job.batch_size
    nearest = min(measured, key=lambda other: abs(math.log(other / batch_size)))
    return measured[nearest] * status.job.runs


def _jobs_at_a_time(compute: dict) -> int:
    return max(1, (os.cpu_count() or 1) // compute["threads"]) if compute["device"] == "cpu" else 1


def bytes_used(plan: Plan) -> int:
    """Return the size of a preset's results and figures; a file with several names counts once."""
    sizes: dict[tuple[int, int], int] = {}
    for folder in (plan.results, plan.figures):
        for path in folder.rglob("*"):
            try:
                entry = path.lstat()
            except FileNotFoundError:  # replaced meanwhile by the job that writes it
                continue
            if not stat.S_ISDIR(entry.st_mode):
                sizes[entry.st_dev, entry.st_ino] = entry.st_size
    return sum(sizes.values())


def bytes_to_come(plan: Plan, statuses: Sequence[Status]) -> int | None:
    """Estimate the disk that the rest of a plan will take: the weights of the runs still to be trained.

    Runs that a campaign brought are done without weights.

    Returns:
        Bytes; None where the dataset, and with it the size of the network, is still unknown.
    """
    packs = [status for status in statuses if status.job.is_pack]
    trained = [status.job for status in packs if status.job.weights.is_file()]
    runs = sum(status.job.runs for status in packs if not status.is_done and status.job not in trained)
    if not runs:
        return 0
    if trained:
        return runs * trained[0].weights.stat().st_size // trained[0].runs
    network = bytes_of_network(plan)
    return None if network is None else runs * network


def bytes_of_network(plan: Plan) -> int | None:
    """Return the size of one network's weights and buffers; None for a dataset not decoded yet.

    The network is built without memory for its weights. Imports torch.
    """
    import torch

    from graduated.models import PlainLayers, build

    if (shape := _images(plan)) is None:
        return None
    model = plan.config["model"]
    with torch.device("meta"):
        network = build(model["name"], PlainLayers(), *shape, model["options"])
    itemsize = 8 if plan.config["training"]["precision"] == "float64" else 4
    return sum(tensor.numel() * itemsize for tensor in network.state_dict().values())


def _images(plan: Plan) -> tuple[int, int] | None:
    """Return channels and classes of the dataset."""
    if description := describe(plan.config["dataset"]):
        return description.channels, description.classes
    record = Path(f"{plan.data}.json")
    if not record.is_file():
        return None
    data = read_json(record)
    return data["sizes"]["train_images"][1], data["classes"]
