"""Training beside the authors' own (github.com/naoki-sato3/new-sigma-nice), by turns on the same images.

Their script as released does not run: a counter is used before it is set, and it wants an account at a log
service. So this takes what it can from a checkout at run time, their ResNet18, transforms, DataLoader, loss
and optimizer, and repeats around them only the structure of their loop: move the batch, forward, backward,
step, and read loss and hits back after every step. Augmentation is also measured alone. Without a checkout
nothing is measured.
"""

import argparse
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn, optim
from torch.utils.data import Dataset
from torchvision import transforms

import _source  # noqa: F401
import peers
from graduated.data.augmentation import Draws, draw, gather_batch
from graduated.data.cifar import load_cifar100
from graduated.data.images import ImageData
from graduated.data.store import raw_folder
from graduated.device import compute_device
from graduated.program import run_program
from graduated.streams import stream
from graduated.training.pack import channels_last_storage
from record import add_peer_argument, benchmark_parser, cores, write_record
from timing import interleave, paired_ratio, spread, timed
from workload import AXES, LEARNING_RATE, Setting, Workload, images

ADDRESS = "https://github.com/naoki-sato3/new-sigma-nice"
WARM_UP = 5
"""Steps before a measurement of theirs: one more than the batches that their loader keeps ready."""


class PilImages(Dataset):
    """Images as torchvision's CIFAR datasets hand them out: as PIL images, transformed one by one."""

    def __init__(self, data: ImageData, transform: Callable[[Image.Image], torch.Tensor]):
        self.pixels: np.ndarray = channels_last_storage(data.train_images.cpu()).numpy()
        self.labels, self.transform = data.train_labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[index])), self.labels[index]


class AuthorsTraining:
    """The authors' model, data loader, loss and optimizer, and the structure of their loop around them.

    Args:
        folder: A checkout of their code.
        data: The dataset.
        batch_size: b.
        device: Where to compute.
    """

    def __init__(self, folder: Path, data: ImageData, batch_size: int, device: torch.device):
        with peers.modules(folder, "models.resnet") as (resnet,):
            net = resnet.resnet18().to(device)
        names = {
            "torch": torch,
            "torchvision": torchvision,
            "transforms": transforms,
            "nn": nn,
            "optim": optim,
        }
        names |= {"args": SimpleNamespace(batchsize=batch_size, lr=LEARNING_RATE), "net": net}
        script = folder / "cifar.py"
        peers.assignments(script, ["mean", "std", "transform_train"], names)
        names["trainset"] = PilImages(data, names["transform_train"])
        peers.assignments(script, ["trainloader", "criterion", "optimizer"], names)
        self.net, self.device, self.batch_size = net.train(), device, batch_size
        self.trainset, self.loader = names["trainset"], names["trainloader"]
        self.criterion, self.optimizer = names["criterion"], names["optimizer"]

    def speed(self, steps: int, step: Callable[..., None]) -> float:
        """Return images a second over some steps in the middle of an epoch."""
        batches = iter(self.loader)
        for batch in islice(batches, WARM_UP):
            step(*batch)
        seconds = timed(lambda: [step(*batch) for batch in islice(batches, steps)], self.device)
        return steps * self.batch_size / seconds

    def training_speed(self, steps: int) -> float:
        """Return images a second of training."""
        with peers.defaults_of_pytorch():
            return self.speed(steps, self._step)

    def loader_speed(self, steps: int) -> float:
        """Return images a second of augmentation by the loader's worker processes, without training."""
        return self.speed(steps, lambda *_: None)

    def transform_speed(self, samples: int) -> float:
        """Return images a second of augmentation in one process."""
        order = torch.randperm(len(self.trainset), generator=stream(0, "benchmark"))[:samples].tolist()
        return samples / timed(lambda: [self.trainset[index] for index in order], torch.device("cpu"))

    def _step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        images, labels = images.to(self.device), labels.to(self.device)
        self.optimizer.zero_grad()
        outputs = self.net(images)
        loss = self.criterion(outputs, labels)
        loss.backward()
        self.optimizer.step()
        loss.item()
        outputs.max(1)[1].eq(labels).sum().item()


def gather_speed(data: ImageData, batch_size: int, steps: int) -> float:
    """Return images a second of our augmentation, its random draws included."""
    pixels, device = channels_last_storage(data.train_images), data.train_images.device

    def augment() -> None:
        for step in range(steps):
            generator = stream(0, "augmentation", step)
            draws = Draws.stack([draw(data.augmentation, batch_size, generator)]).to(device)
            index = torch.randint(len(pixels), (1, batch_size), generator=generator).to(device)
            gather_batch(pixels, index, draws, data.mean, data.std)

    return steps * batch_size / timed(augment, device)


def our_speed(workload: Workload, replicas: int, data: ImageData) -> Callable[[], float]:
    """Return a function that trains a pack for an epoch and gives its images a second."""
    workload.setting.enforce()
    training = workload.training(replicas, data)
    trained = replicas * workload.samples
    return lambda: trained / timed(training.train_epoch, data.train_images.device)


def measure(arguments: argparse.Namespace, data: ImageData) -> list[dict[str, Any]]:
    """Measure training and augmentation, ours and theirs by turns."""
    device, batch_size, steps = data.train_images.device, arguments.batch_size, arguments.steps
    authors = AuthorsTraining(arguments.peer, data, batch_size, device)
    options, setting = arguments.model_options, Setting(*(getattr(arguments, axis) for axis in AXES))
    workload = Workload("cifar100", arguments.model, options, batch_size, steps, setting)
    ours = {
        ("training", f"pack of {replicas}"): our_speed(workload, replicas, data)
        for replicas in arguments.replicas
    }
    training = {("training", "authors"): lambda: authors.training_speed(steps), **ours}
    samples, batches = arguments.augmented, -(-arguments.augmented // batch_size)
    augmentation = {
        ("augmentation", "authors"): lambda: authors.transform_speed(samples),
        ("augmentation", "authors, DataLoader of 2 workers"): lambda: authors.loader_speed(batches),
        ("augmentation", "gather"): lambda: gather_speed(data, batch_size, batches),
    }
    values = interleave(training, arguments.repetitions) | interleave(augmentation, arguments.repetitions)
    return [
        {
            "what": what,
            "who": who,
            "batch_size": batch_size,
            "images_per_second": spread(speeds),
            "ratio": paired_ratio(speeds, values[what, "authors"]),
        }
        for (what, who), speeds in values.items()
    ]


def main() -> None:
    """Measure and write the record, if there is a checkout."""
    parser = benchmark_parser(__doc__)
    add_peer_argument(parser, ADDRESS)
    parser.add_argument("--batch-size", type=int, default=128, help="b")
    parser.add_argument("--steps", type=int, default=2, help="steps of one measurement of training")
    parser.add_argument("--augmented", type=int, default=2048, help="images of one of augmentation")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1], help="runs in our pack, K")
    parser.add_argument("--model", default="resnet18", help="our architecture; theirs is ResNet18")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--threads", type=int, default=cores(), help="CPU threads")
    parser.add_argument("--synthetic", action="store_true", help="random images in place of CIFAR-100")
    for axis, values in AXES.items():
        parser.add_argument(f"--{axis}", choices=values, default=values[0], help="ours")
    arguments = parser.parse_args()
    if not peers.is_there(arguments.peer, ADDRESS):
        return
    with compute_device(arguments.device, arguments.threads) as device:
        if arguments.synthetic:
            margin = 2 * WARM_UP * arguments.batch_size
            data = images(
                "cifar100", margin + max(arguments.steps * arguments.batch_size, arguments.augmented)
            )
        else:
            data = load_cifar100(raw_folder())
        rows = measure(arguments, data.to(device))
        constant = ("model", "synthetic", "repetitions", "steps", "augmented", *AXES)
        settings = {name: getattr(arguments, name) for name in constant}
        settings |= {"model_options": json.loads(arguments.model_options), "peer": ADDRESS}
        settings |= {"peer_commit": peers.commit(arguments.peer)}
        write_record(arguments.results, "peer_training", device, settings, rows)


if __name__ == "__main__":
    run_program(main)
