"""A few timed steps of training, for a first idea of how fast a device is."""

import time

import torch

from graduated.campaign.speed import Observation
from graduated.campaign.tasks import Task
from graduated.campaign.work import Work
from graduated.data.images import ImageData
from graduated.training.pack import PackTraining

WARM_UP = 2
"""Steps before the clock starts, in which libraries load and graphs are captured."""


class _Enough(Exception):  # noqa: N818
    pass


def calibrate(task: Task, data: ImageData, captured: bool, seconds: float) -> Observation:
    """Train a pack for a moment and forget it.

    Args:
        task: The pack, or a probe.
        data: The dataset, on the device to compute on.
        captured: Whether to replay steps as CUDA graphs.
        seconds: How long; one step is timed in any case.
    """
    training = PackTraining(task.runs, data, captured)
    done, start = 0, 0.0

    def after_step() -> None:
        nonlocal done, start
        if training.device.type == "cuda":
            torch.cuda.synchronize()
        done += 1
        if done == WARM_UP:
            start = time.monotonic()
        if done > WARM_UP and time.monotonic() - start >= seconds:
            raise _Enough

    try:
        while True:
            training.train_epoch(after_step=after_step)
    except _Enough:
        steps = done - WARM_UP
        images = min(training.batch_size, len(training.images)) * len(task.runs)
        return Observation(Work(steps, steps * images), time.monotonic() - start)
