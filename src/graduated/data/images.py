"""A dataset of images in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from graduated.data.catalogue import Augmentation, Statistics


class DataUnavailableError(FileNotFoundError):
    """A dataset's files are not here and cannot be fetched; the message says what to put where."""


def channel_tensors(
    statistics: Statistics, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation as two tensors [C].

    Args:
        statistics: Both, of each channel, in units of pixel / 255.
        dtype: Type of the tensors.
        device: Where they lie.
    """
    mean, std = statistics
    return torch.tensor(mean, dtype=dtype, device=device), torch.tensor(std, dtype=dtype, device=device)


@dataclass(frozen=True, eq=False)
class ImageData:
    """Training and test images with their labels.

    Attributes:
        train_images: uint8 [N, C, H, W].
        train_labels: int64 [N], in 0 ... classes - 1.
        test_images: uint8 [M, C, H, W].
        test_labels: int64 [M].
        classes: Number of classes.
        mean: Mean of each channel, in units of pixel / 255.
        std: Standard deviation of each channel, likewise.
        augmentation: What is done to training images.

    Raises:
        ValueError: A tensor's type, shape or range is not as above.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        _check_images("train_images", self.train_images)
        _check_images("test_images", self.test_images)
        _check_labels("train_labels", self.train_labels, len(self.train_images), self.classes)
        _check_labels("test_labels", self.test_labels, len(self.test_images), self.classes)
        train_shape, test_shape = tuple(self.train_images.shape[1:]), tuple(self.test_images.shape[1:])
        if train_shape != test_shape:
            raise ValueError(f"test_images: each is {test_shape}, expected {train_shape} as in train_images")
        _check_statistics("mean", self.mean, train_shape[0])
        _check_statistics("std", self.std, train_shape[0])
        if not all(value > 0 for value in self.std):
            raise ValueError(f"std: is {self.std}, expected positive numbers")

    def to(self, device: torch.device | str) -> "ImageData":
        """Return the same data on a device."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            test_images=self.test_images.to(device),
            test_labels=self.test_labels.to(device),
        )

    def subset(self, train_samples: int) -> "ImageData":
        """Return the same data with only the first ``train_samples`` training images.

        Raises:
            ValueError: There are not so many.
        """
        available = len(self.train_images)
        if not 1 <= train_samples <= available:
            raise ValueError(f"train_samples: is {train_samples}, expected 1 to {available}")
        return replace(
            self,
            train_images=self.train_images[:train_samples],
            train_labels=self.train_labels[:train_samples],
        )

    def normalise(
        self, images: Tensor, dtype: torch.dtype = torch.float32, statistics: Statistics | None = None
    ) -> Tensor:
        """Return (images / 255 - mean) / std.

        Args:
            images: uint8 [..., C, H, W].
            dtype: Type of the result.
            statistics: Mean and standard deviation of each channel, in place of the dataset's own.
        """
        mean, std = channel_tensors(statistics or (self.mean, self.std), dtype, images.device)
        return images.to(dtype).div_(255).sub_(mean[:, None, None]).div_(std[:, None, None])


def _check_images(what: str, images: Tensor) -> None:
    if images.dtype != torch.uint8 or images.dim() != 4 or images.numel() == 0:
        raise ValueError(f"{what}: is {_summary(images)}, expected uint8 [N, C, H, W], none of them 0")


def _check_labels(what: str, labels: Tensor, samples: int, classes: int) -> None:
    if labels.dtype != torch.int64 or labels.shape != (samples,):
        raise ValueError(f"{what}: is {_summary(labels)}, expected int64 [{samples}]")
    lowest, highest = (int(bound) for bound in labels.aminmax())
    if lowest < 0 or highest >= classes:
        raise ValueError(f"{what}: range from {lowest} to {highest}, expected 0 to {classes - 1}")


def _check_statistics(what: str, values: Sequence[float], channels: int) -> None:
    if len(values) != channels:
        raise ValueError(f"{what}: has {len(values)} numbers, expected one for each of {channels} channels")


def _summary(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
