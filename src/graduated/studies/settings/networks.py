"""The settings of the studies on networks. Imports no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class AlongTraining:
    """Settings of the studies that measure on networks along their training.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more: an interval over runs needs them.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
    """

    learning_rate: float = 0.1
    batch_size: int = 32
    seed: tuple[int, ...] = (0, 1, 2)
    epochs: tuple[int, ...] = (0, 25, 50)

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate = {self.learning_rate}: expected a positive number")
        if self.batch_size < 1:
            raise ValueError(f"batch_size = {self.batch_size}: expected at least 1")
        if len(set(self.seed)) < max(len(self.seed), 2):
            raise ValueError(f"seed = {self.seed}: expected two or more different seeds")
        if not self.epochs or self.epochs[0] < 0 or sorted(set(self.epochs)) != list(self.epochs):
            raise ValueError(f"epochs = {self.epochs}: expected one or more ascending numbers from 0 on")

    def _require_at_least(self, least: Mapping[str, float]) -> None:
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise ValueError(f"{name} = {value}: expected at least {bound}")


@dataclass(frozen=True)
class NoiseLaw(AlongTraining):
    """Settings of ``noise_law``: those of the training, and its own.

    Attributes:
        samples: The training set is the first so many images, without augmentation; None is all.
        largest_batch_size: Batch sizes are the powers of two up to here and below the training set's size.
        images: Images drawn for each batch size b, in images / b mini-batches.
        fewest_batches: Least number of mini-batches of a size, where images / b is less.
        chunk_size: Images in one backward pass, or one mini-batch where that is larger; speed and memory.
    """

    samples: int | None = None
    largest_batch_size: int = 4096
    images: int = 1536
    fewest_batches: int = 10
    chunk_size: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        least = {"samples": 8, "largest_batch_size": 4, "images": 2, "fewest_batches": 2, "chunk_size": 1}
        self._require_at_least(least)


@dataclass(frozen=True)
class NoiseEstimators(AlongTraining):
    """Settings of ``noise_estimators``: those of the training, and its own.

    Attributes:
        samples: The training set is the first so many images, without augmentation; None is all.
        small_batch_size: b of the pairs of batch sizes.
        large_batch_size: B of the pairs, a multiple of b.
        pairs: Pairs of mini-batches of a network and mode.
        chunk_size: Per-sample gradients in memory at a time.
    """

    epochs: tuple[int, ...] = (0, 1, 2, 5, 10, 20, 50)
    samples: int | None = None
    small_batch_size: int = 16
    large_batch_size: int = 256
    pairs: int = 30
    chunk_size: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.epochs) < 2:
            raise ValueError(f"epochs = {self.epochs}: expected two or more, to see a change")
        self._require_at_least({"samples": 4, "small_batch_size": 2, "pairs": 2, "chunk_size": 1})
        small, large = self.small_batch_size, self.large_batch_size
        if large <= small or large % small:
            raise ValueError(f"large_batch_size = {large}: expected a multiple of small_batch_size = {small}")
        if self.samples is not None and large > self.samples:
            raise ValueError(f"large_batch_size = {large}: expected at most samples = {self.samples}")


@dataclass(frozen=True)
class NoiseTails(AlongTraining):
    """Settings of ``noise_tails``: those of the training, and its own.

    Attributes:
        samples: The training set is the first so many images, without augmentation; None is all.
        measured_batch_size: Batch sizes whose noise is measured, ascending, two or more.
        batches: Mini-batches of each size.
        coordinates: Randomly chosen coordinates of the noise that are pooled.
        directions: Random directions that the noise is projected on.
        images_at_once: Images in one pass of the gradient on the whole training set.
        chunk_size: Images in one backward pass, or one mini-batch where that is larger; speed and memory.
    """

    epochs: tuple[int, ...] = (0, 2, 10, 50)
    samples: int | None = None
    measured_batch_size: tuple[int, ...] = (8, 32, 128)
    batches: int = 200
    coordinates: int = 256
    directions: int = 16
    images_at_once: int = 4096
    chunk_size: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = self.measured_batch_size
        if len(sizes) < 2 or sizes[0] < 2 or sorted(set(sizes)) != list(sizes):
            raise ValueError(f"measured_batch_size = {sizes}: expected several ascending numbers from 2 on")
        least = {"samples": 8, "batches": 50, "coordinates": 16, "directions": 4, "images_at_once": 2}
        self._require_at_least({**least, "chunk_size": 1})


@dataclass(frozen=True)
class SharpnessSensitivity(AlongTraining):
    """Settings of ``sharpness_sensitivity``: those of the training, and its own.

    Attributes:
        radius: Radii ρ, ascending; the default is the paper's and the grid of Andriushchenko et al.
        reference_radius: That of the setting which the others are compared with, one of them.
        measured_samples: Numbers n of images, multiples of the reference's m.
        reference_samples: That of the reference, one of them and a multiple of every m.
        measured_batch_size: Numbers m of images maximised over together.
        reference_batch_size: That of the reference, one of them.
        steps: Steps of a search.
        restarts: Searches of Auto-PGD.
    """

    seed: tuple[int, ...] = (0, 1, 2, 3)
    epochs: tuple[int, ...] = (3, 10, 30)
    radius: tuple[float, ...] = (0.0002, 0.0005, 0.001, 0.002, 0.004)
    reference_radius: float = 0.0002
    measured_samples: tuple[int, ...] = (128, 256, 512, 1024)
    reference_samples: int = 256
    measured_batch_size: tuple[int, ...] = (32, 64, 128, 256)
    reference_batch_size: int = 128
    steps: int = 20
    restarts: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("radius", "measured_samples", "measured_batch_size"):
            values, reference = getattr(self, name), f"reference_{name.removeprefix('measured_')}"
            value = getattr(self, reference)
            if len(values) < 2 or values[0] <= 0 or sorted(set(values)) != list(values):
                raise ValueError(f"{name} = {values}: expected two or more ascending positive numbers")
            if value not in values:
                raise ValueError(f"{reference} = {value}: expected one of {name}, {values}")
        if any(number % self.reference_batch_size for number in self.measured_samples):
            multiples = f"multiples of reference_batch_size, {self.reference_batch_size}"
            raise ValueError(f"measured_samples = {self.measured_samples}: expected {multiples}")
        if any(self.reference_samples % size for size in self.measured_batch_size):
            divisors = f"divisors of reference_samples, {self.reference_samples}"
            raise ValueError(f"measured_batch_size = {self.measured_batch_size}: expected {divisors}")
        self._require_at_least({"steps": 1, "restarts": 1})


@dataclass(frozen=True)
class HessianSpectrum(AlongTraining):
    """Settings of ``hessian_spectrum``: those of the training, and its own.

    Attributes:
        samples: The Hessian is that of the loss on the first so many images, without augmentation.
        chunk_size: Most images in one backward pass; samples is a multiple of it, or less. Speed and memory;
            with batch norm in training mode, the statistics are those of each chunk.
        steps: Of Lanczos' iteration.
        draws: Its random starting vectors.
        points: Of the density's grid.
        probes: Random vectors of the trace.
    """

    seed: tuple[int, ...] = (0, 1, 2, 3)
    epochs: tuple[int, ...] = (0, 1, 10, 50)
    samples: int = 512
    chunk_size: int = 512
    steps: int = 25
    draws: int = 1
    points: int = 256
    probes: int = 6

    def __post_init__(self) -> None:
        super().__post_init__()
        least = {"samples": 2, "chunk_size": 1, "steps": 8, "draws": 1, "points": 16, "probes": 2}
        self._require_at_least(least)
        if self.samples > self.chunk_size and self.samples % self.chunk_size:
            raise ValueError(
                f"samples = {self.samples}: expected a multiple of chunk_size, {self.chunk_size}"
            )
