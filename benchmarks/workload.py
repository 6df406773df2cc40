"""What is measured: a pack of runs on a dataset of known shape, in one setting of the arithmetic."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

import _source  # noqa: F401
from graduated.data import digits
from graduated.data.catalogue import describe
from graduated.data.images import ImageData
from graduated.data.store import raw_folder
from graduated.experiment.run import Run
from graduated.models.replication import ReplicatedNetwork
from graduated.streams import stream
from graduated.training.pack import NETWORKS, PackTraining
from graduated.training.precision import PRECISIONS

AXES = {
    "precision": tuple(PRECISIONS),
    "execution": ("eager", "captured", "compiled", "compiled and captured"),
    "packing": tuple(NETWORKS),
    "kernels": ("deterministic", "any"),
}
"""Settings of the arithmetic and their values; a benchmark has one option for each axis."""

MATRIX = {"cpu": 1024, "cuda": 8192}
PRODUCTS = 8
LEARNING_RATE = 0.05


@dataclass(frozen=True)
class Setting:
    """One value on each of ``AXES``.

    Attributes:
        precision: Arithmetic of the training.
        execution: Whether the network is compiled by ``torch.compile``, and whether steps are launched
            operation by operation, or replayed as CUDA graphs.
        packing: How the replicas of a pack are computed.
        kernels: Whether only deterministic algorithms are allowed, as in all real jobs.
    """

    precision: str = "float32"
    execution: str = "eager"
    packing: str = "grouped"
    kernels: str = "deterministic"

    def enforce(self) -> None:
        """Put the setting in force for this process, as far as it is not the training's own."""
        torch.use_deterministic_algorithms(self.kernels == "deterministic")


@dataclass(frozen=True)
class Workload:
    """One shape of training.

    Attributes:
        dataset: A name of the catalogue. The digits are real, all others random images of the same shape.
        model: Name of the architecture.
        model_options: Its further arguments, as JSON.
        batch_size: b.
        steps: Most steps of an epoch; an epoch has no partial batch.
        setting: Of the arithmetic.
    """

    dataset: str
    model: str
    model_options: str
    batch_size: int
    steps: int
    setting: Setting = Setting()

    @property
    def samples(self) -> int:
        """Images of an epoch."""
        available = describe(self.dataset).train_size // self.batch_size
        if available == 0:
            raise ValueError(f"batch size {self.batch_size}: more than the images of {self.dataset}")
        return self.batch_size * min(self.steps, available)

    def runs(self, replicas: int) -> tuple[Run, ...]:
        """Return the runs of a pack: equal but for the seed."""
        options = tuple(sorted(json.loads(self.model_options).items()))
        build = functools.partial(
            Run, self.dataset, self.model, LEARNING_RATE, self.batch_size, epochs=1, model_options=options
        )
        same = {"precision": self.setting.precision, "packing": self.setting.packing}
        return tuple(build(seed=seed, train_samples=self.samples, **same) for seed in range(replicas))

    def training(self, replicas: int, data: ImageData) -> PackTraining:
        """Return a pack ready to be trained on data that is on the device to compute on."""
        execution = self.setting.execution.split()
        training = PackTraining(self.runs(replicas), data, captured="captured" in execution)
        if "compiled" in execution:
            training.network.compile(dynamic=False)
        return training


def images(dataset: str, samples: int) -> ImageData:
    """Return the digits, or as many random images as asked for in the shape of another dataset."""
    if dataset == "digits":
        return digits.load(raw_folder())
    description, generator = describe(dataset), stream(0, "benchmark")
    shape = description.channels, description.size, description.size
    pixels = torch.randint(256, (samples, *shape), dtype=torch.uint8, generator=generator)
    labels = torch.randint(description.classes, (samples,), generator=generator)
    return ImageData(
        train_images=pixels,
        train_labels=labels,
        test_images=pixels[:1],
        test_labels=labels[:1],
        classes=description.classes,
        mean=description.mean,
        std=description.std,
        augmentation=description.augmentation,
    )


def training_flop(dataset: str, model: str, model_options: str) -> int:
    """Return the floating-point operations of training on one image, forward and backward.

    Counted by PyTorch on the network itself: convolutions and matrix products, a multiply-add as two.
    """
    description = describe(dataset)
    channels, size, classes = description.channels, description.size, description.classes
    network = ReplicatedNetwork(1, model, channels, classes, json.loads(model_options))
    batch = 2
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(batch, channels, size, size)).sum().backward()
    return counter.get_total_flops() // batch


def matrix_flop(device: str) -> int:
    """Return the floating-point operations of the work of ``matrix_products``."""
    return PRODUCTS * 2 * MATRIX[device] ** 3


def matrix_products(precision: str, device: torch.device) -> Callable[[], None]:
    """Return some work that is nothing but large matrix products in the types of a precision."""
    arithmetic, size = PRECISIONS[precision], MATRIX[device.type]
    generator, dtype = stream(0, "matrices"), arithmetic.products or arithmetic.weights
    first, second = (torch.randn(size, size, generator=generator).to(device, dtype) for _ in range(2))
    result = torch.empty_like(first)

    def work() -> None:
        with arithmetic.in_force(device):
            for _ in range(PRODUCTS):
                torch.mm(first, second, out=result)

    return work
