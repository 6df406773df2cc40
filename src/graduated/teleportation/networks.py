"""Small networks without biases, K of them stacked, on handwritten digits (scikit-learn's 8×8, not MNIST)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from graduated.data import digits
from graduated.streams import stream

WIDTHS = (64, 16, 10, 10)
"""Of inputs, hidden layers and outputs; the published networks have 784 inputs."""

SLOPE = 0.1
"""Of leaky ReLU on the negative side."""

Weights = list[Tensor]
"""W_1, ..., W_3, each [K, outputs, inputs]."""

_STUDY = "teleportation_on_digits"


@dataclass(frozen=True)
class Batch:
    """Samples for each of K networks, or the same ones for all.

    Attributes:
        inputs: [K, 64, N] or [1, 64, N], grey levels from 0 to 1.
        labels: [K, N] or [1, N].
    """

    inputs: Tensor
    labels: Tensor

    def choose(self, index: Tensor) -> "Batch":
        """Return for each network the samples with its indices [K, B]; this batch is the same for all."""
        return Batch(self.inputs[0].T[index].transpose(1, 2), self.labels[0][index])


def load_digits() -> tuple[Batch, Batch]:
    """Return the training and the test samples, the same for all networks."""
    data = digits.load(Path())
    parts = (data.train_images, data.train_labels), (data.test_images, data.test_labels)
    train, test = (
        Batch((images.flatten(1).double() / 255).T.unsqueeze(0), labels.unsqueeze(0))
        for images, labels in parts
    )
    return train, test


def initial_weights(networks: int, seed: int) -> Weights:
    """Return weights uniform in ±1/√inputs, each network's from a stream of its own.

    Args:
        networks: K.
        seed: Of the study.
    """
    generators = [stream(seed, f"{_STUDY}/weights", network) for network in range(networks)]
    layers = []
    for inputs, outputs in pairwise(WIDTHS):
        draws = [torch.rand(outputs, inputs, generator=each, dtype=torch.float64) for each in generators]
        layers.append((2 * torch.stack(draws) - 1) / math.sqrt(inputs))
    return layers


def activate(values: Tensor) -> Tensor:
    """Return leaky ReLU of values."""
    return functional.leaky_relu(values, SLOPE)


def losses(weights: Sequence[Tensor], batch: Batch) -> Tensor:
    """Return every network's mean cross-entropy [K] in nats."""
    hidden = batch.inputs
    for weight in weights[:-1]:
        hidden = activate(weight @ hidden)
    logits = weights[-1] @ hidden
    labels = batch.labels.expand(len(logits), -1)
    return functional.cross_entropy(logits, labels, reduction="none").mean(1)


def gradients(weights: Sequence[Tensor], batch: Batch, *, differentiable: bool = False) -> tuple[Tensor, ...]:
    """Return every network's gradient, of the weights' shapes.

    Args:
        weights: Of the networks, which require gradients.
        batch: Samples.
        differentiable: Whether the gradient can be differentiated again.
    """
    return torch.autograd.grad(losses(weights, batch).sum(), weights, create_graph=differentiable)


def random_samples(train: Batch, networks: int, number: int, seed: int, purpose: str, epoch: int) -> Batch:
    """Return for each network a number of training samples, drawn without replacement.

    Args:
        train: All training samples.
        networks: K.
        number: Of samples for each network.
        seed: Of the study.
        purpose: What they are for.
        epoch: Which draw of that purpose.
    """
    total = train.labels.shape[1]
    generators = [stream(seed, f"{_STUDY}/{purpose}/{network}", epoch) for network in range(networks)]
    index = torch.stack([torch.randperm(total, generator=each)[:number] for each in generators])
    return train.choose(index)


def minibatches(train: Batch, networks: int, size: int, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield an epoch's mini-batches, each network's in an order of its own; what is left over is dropped.

    Args:
        train: All training samples.
        networks: K.
        size: b.
        seed: Of the study.
        epoch: From 0.
    """
    total = train.labels.shape[1]
    shuffled = random_samples(train, networks, total, seed, "order", epoch)
    for first in range(0, total - size + 1, size):
        part = slice(first, first + size)
        yield Batch(shuffled.inputs[:, :, part], shuffled.labels[:, part])
