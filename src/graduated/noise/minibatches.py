"""Gradients of mini-batches at one point of parameter space, as flat vectors."""

import copy
from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.func import functional_call, grad, replace_all_batch_norm_modules_, vmap

from graduated.data.images import ImageData
from graduated.noise.per_sample import GradientVariance, gradient_variance

_NUMBERS = {"cpu": 2**21, "cuda": 2**28}
"""Of gradients computed at once, by device: as many as fit a CPU's cache, or occupy a GPU."""


def training_set_variance(
    network: nn.Module, data: ImageData, samples: int | None, chunk_size: int
) -> GradientVariance:
    """Measure C² on the training set by per-sample gradients, without augmentation.

    Args:
        network: An ordinary network, on the data's device.
        data: The dataset.
        samples: Measure on the first so many training images; None is all.
        chunk_size: Per-sample gradients in memory at a time.
    """
    return gradient_variance(network, training_set(network, data, samples, chunk_size), chunk_size)


def training_set(
    network: nn.Module, data: ImageData, samples: int | None, batch_size: int
) -> list[tuple[Tensor, Tensor]]:
    """Return the training set as a network takes it: normalised, in order, without augmentation.

    Args:
        network: An ordinary network, on the data's device.
        data: The dataset.
        samples: The first so many training images; None is all.
        batch_size: Images in one batch.
    """
    dtype = next(network.parameters()).dtype
    images, labels = data.train_images[:samples], data.train_labels[:samples]
    batches = zip(images.split(batch_size), labels.split(batch_size), strict=True)
    return [(data.normalise(part, dtype), targets) for part, targets in batches]


class MiniBatches:
    """The mini-batches of a finite training set, without augmentation, and a network's gradients on them.

    The loss is the mean cross-entropy of the batch. The network is a copy in evaluation mode, whose batch
    normalisation takes the running statistics, so that f_S is the mean of the samples' own losses, or those
    of the mini-batch itself, as in training.

    Args:
        network: An ordinary network from images to logits.
        data: The dataset, on the network's device.
        samples: The training set is the first so many images; None is all.
        batch_statistics: Whether batch normalisation takes the statistics of the mini-batch.
        chunk_size: Images in one backward pass, or one mini-batch where that is larger; speed and memory.

    Attributes:
        samples: Size N of the training set.
        dimension: Number d of trainable parameters.
    """

    def __init__(
        self,
        network: nn.Module,
        data: ImageData,
        samples: int | None = None,
        batch_statistics: bool = False,
        chunk_size: int = 512,
    ):
        self._network = copy.deepcopy(network).eval()
        if batch_statistics:
            replace_all_batch_norm_modules_(self._network)
        self._parameters = {
            name: value.detach() for name, value in self._network.named_parameters() if value.requires_grad
        }
        self._data, self._chunk_size = data, chunk_size
        self.samples = len(data.train_images[:samples])
        self.dimension = sum(value.numel() for value in self._parameters.values())
        self._gradients = vmap(grad(self._loss), (None, 0, 0))

    def _loss(self, parameters: dict[str, Tensor], images: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(self._network, parameters, (images,)), labels)

    def at_once(self, batch_size: int) -> int:
        """Return how many mini-batches of a size are computed together."""
        most = _NUMBERS[self._data.train_images.device.type] // self.dimension
        return max(1, min(self._chunk_size // batch_size, most))

    def gradients(self, batches: Tensor) -> Iterator[Tensor]:
        """Yield the gradients of mini-batches, some at a time.

        Args:
            batches: Indices of each mini-batch's images, [M, b].

        Yields:
            The gradients of the next m mini-batches, [m, d].
        """
        dtype = next(iter(self._parameters.values())).dtype
        for part in batches.to(self._data.train_images.device).split(self.at_once(batches.shape[1])):
            images = self._data.normalise(self._data.train_images[part], dtype)
            gradients = self._gradients(self._parameters, images, self._data.train_labels[part])
            yield torch.cat([gradient.flatten(1) for gradient in gradients.values()], 1)

    def full_gradient(self, most: int) -> Tensor:
        """Return the gradient on the whole training set [d].

        Args:
            most: Images in one pass. A larger training set is cut into parts, all but equal, whose gradients
                are averaged; with batch statistics, they are those of the parts.
        """
        parts = torch.arange(self.samples).tensor_split(-(-self.samples // most))
        weighted = (len(part) / self.samples * next(self.gradients(part[None]))[0].double() for part in parts)
        return sum(weighted).to(next(iter(self._parameters.values())).dtype)


def draw_batches(
    samples: int, batch_size: int, batches: int, replacement: bool, generator: torch.Generator
) -> Tensor:
    """Draw independent mini-batches [batches, batch_size] of indices below ``samples``, all equally likely.

    Args:
        samples: Size N of the training set.
        batch_size: b; at most N without replacement.
        batches: How many.
        replacement: Whether an image can be drawn more than once into a mini-batch.
        generator: Source of the random numbers.
    """
    if replacement:
        return torch.randint(samples, (batches, batch_size), generator=generator)
    orders = [torch.randperm(samples, generator=generator)[:batch_size] for _ in range(batches)]
    return torch.stack(orders)
