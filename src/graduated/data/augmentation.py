"""Augmentation of whole batches on the device of the data: crop, flip and rotation in one integer gather.

The images that come out are those of torchvision's ``RandomCrop(size, padding) -> RandomHorizontalFlip ->
RandomRotation(degrees) -> ToTensor -> Normalize`` with the same parameters (nearest pixel, black outside).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from graduated.data.catalogue import Augmentation
from graduated.data.images import channel_tensors


@dataclass(frozen=True, eq=False)
class Draws:
    """The random parameters of augmentation, one of each per image; all tensors have the same shape.

    Attributes:
        augmentation: What they were drawn for.
        dy: Row at which the crop starts in the padded image, int64 in 0 ... 2 * crop_padding.
        dx: Column at which it starts, likewise.
        flip: Whether the image is mirrored left to right, bool.
        angle: Degrees of rotation, counter-clockwise, float32.
    """

    augmentation: Augmentation
    dy: Tensor
    dx: Tensor
    flip: Tensor
    angle: Tensor

    @classmethod
    def stack(cls, draws: Sequence["Draws"]) -> "Draws":
        """Stack the draws of K replicas, [N] each, to [K, N].

        Raises:
            ValueError: They were drawn for different augmentations.
        """
        augmentation = draws[0].augmentation
        if any(other.augmentation != augmentation for other in draws):
            raise ValueError("draws: made for different augmentations, expected one for all replicas")
        columns = zip(*(replica._tensors() for replica in draws), strict=True)
        return cls(augmentation, *(torch.stack(column) for column in columns))

    def to(self, device: torch.device | str) -> "Draws":
        """Return the same draws on a device."""
        return self._map(lambda tensor: tensor.to(device))

    def copy_(self, other: "Draws") -> None:
        """Take over other draws of the same shape, in place."""
        for mine, theirs in zip(self._tensors(), other._tensors(), strict=True):
            mine.copy_(theirs)

    def __getitem__(self, positions: int | slice | Tensor | tuple) -> "Draws":
        """Return the draws at some positions; the key is that of a tensor."""
        return self._map(lambda tensor: tensor[positions])

    def _map(self, function: Callable[[Tensor], Tensor]) -> "Draws":
        return Draws(self.augmentation, *map(function, self._tensors()))

    def _tensors(self) -> tuple[Tensor, ...]:
        return self.dy, self.dx, self.flip, self.angle


def draw(augmentation: Augmentation, samples: int, generator: torch.Generator) -> Draws:
    """Draw the augmentation of one epoch.

    Args:
        augmentation: What is done to the images.
        samples: Images in the epoch, N; entry i belongs to the epoch's i-th image.
        generator: A generator on the CPU.

    Returns:
        Draws of shape [N], on the CPU.
    """
    offsets = 2 * augmentation.crop_padding + 1
    return Draws(
        augmentation,
        dy=torch.randint(offsets, (samples,), generator=generator),
        dx=torch.randint(offsets, (samples,), generator=generator),
        flip=torch.rand(samples, generator=generator) < (0.5 if augmentation.flip else 0.0),
        angle=torch.empty(samples).uniform_(-1, 1, generator=generator) * augmentation.rotation,
    )


def gather_batch(
    images: Tensor,
    index: Tensor,
    draws: Draws | None,
    mean: Sequence[float],
    std: Sequence[float],
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Gather, augment and normalise one batch for each of K replicas.

    Nothing waits for the device, and shapes depend on shapes alone, so a CUDA graph can capture the call
    (after one call outside the capture, which places ``mean`` and ``std`` on the device). Which pixel goes
    where is computed in float32 whatever the ``dtype``, so precision does not change the augmentation.

    Args:
        images: uint8 [N, H, W, C].
        index: Which images, int64 [K, B].
        draws: Their augmentation, [K, B]; None for none.
        mean: Mean of each channel, in units of pixel / 255.
        std: Standard deviation of each channel, likewise.
        dtype: Type of the result.

    Returns:
        [B, K * C, H, W] in channels-last memory format.

    Raises:
        ValueError: The shapes or types are not as above.
    """
    _check(images, index, draws)
    _, height, width, channels = images.shape
    replicas, batch = index.shape
    if draws is None or draws.augmentation.is_empty:
        pixels = _gather(images, index)
    else:
        pixels = _gather_augmented(images, index, draws)
    columns = width * replicas
    mean_row, std_row = _rows(tuple(mean), tuple(std), columns, dtype, images.device)
    values = (
        pixels.reshape(batch, height, columns * channels).to(dtype).div_(255).sub_(mean_row).div_(std_row)
    )
    return values.view(batch, height, width, replicas * channels).permute(0, 3, 1, 2)


def _check(images: Tensor, index: Tensor, draws: Draws | None) -> None:
    if images.dtype != torch.uint8 or images.dim() != 4:
        raise ValueError(f"images: {images.dtype} {list(images.shape)}, expected uint8 [N, H, W, C]")
    if index.dim() != 2:
        raise ValueError(f"index: shape {list(index.shape)}, expected [replicas, batch]")
    if draws is not None and draws.flip.shape != index.shape:
        raise ValueError(
            f"draws: shape {list(draws.flip.shape)}, expected that of index, {list(index.shape)}"
        )


@lru_cache(maxsize=64)
def _rows(
    mean: tuple[float, ...], std: tuple[float, ...], columns: int, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation for every number in one row of a batch, [columns * C]."""
    means, stds = channel_tensors((mean, std), dtype, device)
    return means.repeat(columns), stds.repeat(columns)


def _gather(images: Tensor, index: Tensor) -> Tensor:
    """Return whole images, [B, H, W, K, C]."""
    chosen = images.index_select(0, index.t().flatten()).unflatten(0, index.t().shape)
    return chosen.permute(0, 2, 3, 1, 4)


def _gather_augmented(images: Tensor, index: Tensor, draws: Draws) -> Tensor:
    """Return augmented images, [B, H, W, K, C]: each pixel from its source, or black."""
    _, height, width, channels = images.shape
    rows, columns, inside = _sources(draws, height, width)
    source = (_per_image(index) * height + rows) * width + columns
    pixels = images.view(-1, channels).index_select(0, source.flatten()).unflatten(0, source.shape)
    return pixels.mul_(inside.unsqueeze(-1))


def _sources(draws: Draws, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return row and column of every output pixel's source, and whether it lies inside the image.

    The transformations are undone in reverse order, last first. Results broadcast to [B, H, W, K].
    """
    augmentation, device = draws.augmentation, draws.flip.device
    rows = torch.arange(height, device=device).view(1, -1, 1, 1)
    columns = torch.arange(width, device=device).view(1, 1, -1, 1)
    inside = torch.ones((), dtype=torch.bool, device=device)
    if augmentation.rotation:
        rows, columns = _rotate(rows, columns, _per_image(draws.angle), height, width)
        inside = _within(rows, height) & _within(columns, width)
    if augmentation.flip:
        columns = torch.where(_per_image(draws.flip), width - 1 - columns, columns)
    if augmentation.crop_padding:
        rows = rows + _per_image(draws.dy - augmentation.crop_padding)
        columns = columns + _per_image(draws.dx - augmentation.crop_padding)
        inside = inside & _within(rows, height) & _within(columns, width)
    return rows.clamp(0, height - 1), columns.clamp(0, width - 1), inside


def _rotate(rows: Tensor, columns: Tensor, angle: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return the nearest source pixels of a counter-clockwise rotation about the image's centre."""
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    y, x = rows - middle_row, columns - middle_column
    cos, sin = angle.deg2rad().cos(), angle.deg2rad().sin()
    source_rows = sin * x + cos * y + middle_row
    source_columns = cos * x - sin * y + middle_column
    return source_rows.round().long(), source_columns.round().long()


def _within(positions: Tensor, length: int) -> Tensor:
    return (positions >= 0) & (positions < length)


def _per_image(values: Tensor) -> Tensor:
    """Bring [K, B] to [B, 1, 1, K]."""
    return values.t()[:, None, None, :]
