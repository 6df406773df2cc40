"""Linear regression data with a low-rank teacher, and reduced-rank regression."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.streams import stream
from graduated.studies.settings import SaddleToSaddle

WHITENED, CORRELATED, NEARLY_EQUAL, SYMMETRIC = "whitened", "correlated", "nearly equal", "symmetric"
"""Inputs with XXᵀ/n = I; Gaussian as drawn; whitened, and s₂ = 0.95 s₁; as drawn, with −x for every x."""

_CLOSE = 0.95


@dataclass(frozen=True)
class Regression:
    """Several data sets, float64, with the loss ½‖f(X) − Y‖²/n + floor.

    Attributes:
        inputs: X, of shape (sets, inputs, columns).
        targets: Y, of shape (sets, outputs, columns).
        samples: n, by which the loss is divided.
        floor: What no linear map of the inputs explains and the columns do not hold, of shape (sets,).
    """

    inputs: Tensor
    targets: Tensor
    samples: int
    floor: Tensor

    def loss(self, outputs: Tensor) -> Tensor:
        """Return the loss of outputs of shape (..., sets, outputs, columns), of shape (..., sets)."""
        return (outputs - self.targets).square().sum((-2, -1)) / (2 * self.samples) + self.floor

    def coefficients(self, outputs: Tensor) -> Tensor:
        """Return C = −X∇Lᵀ at outputs (…, sets, outputs, columns): (…, sets, inputs, outputs)."""
        return self.inputs @ (self.targets - outputs).mT / self.samples

    def for_linear_networks(self) -> "Regression":
        """Return as few columns as there are inputs, with the same loss for every linear map (LQ factors)."""
        orthonormal, triangular = torch.linalg.qr(self.inputs.mT)
        targets = self.targets @ orthonormal
        missing = self.targets.square().sum((-2, -1)) - targets.square().sum((-2, -1))
        return Regression(triangular.mT, targets, self.samples, self.floor + missing / (2 * self.samples))

    def reduced_rank(self, rank: int) -> tuple[Tensor, Tensor]:
        """Return the best linear maps of a rank (Izenman 1975), and their losses.

        Args:
            rank: k, from 0 on.

        Returns:
            W of shape (sets, outputs, inputs) and losses of shape (sets,).
        """
        least_squares = torch.linalg.lstsq(self.inputs.mT, self.targets.mT).solution.mT
        left, _, _ = torch.linalg.svd(least_squares @ self.inputs, full_matrices=False)
        leading = left[..., :rank]
        maps = leading @ leading.mT @ least_squares
        return maps, self.loss(maps @ self.inputs)

    def reduced_rank_losses(self, ranks: int) -> Tensor:
        """Return the losses of ranks 0 to ``ranks``, of shape (ranks + 1, sets)."""
        return torch.stack([self.reduced_rank(rank)[1] for rank in range(ranks + 1)])


def make_regression(settings: SaddleToSaddle, kind: str, samples: int | None = None) -> Regression:
    """Draw Y = W*X + noise, W* of the teacher's singular values between random orthonormal vectors.

    Args:
        settings: Of the study.
        kind: ``WHITENED``, ``CORRELATED``, ``NEARLY_EQUAL`` or ``SYMMETRIC``.
        samples: Of a data set, where not those of the settings; symmetric data has twice as many.
    """
    samples = samples or settings.samples
    first, second, *others = settings.teacher
    teacher = [first, _CLOSE * first if kind == NEARLY_EQUAL else second, *others]
    pairs = [_draw(settings, index, samples, teacher, kind) for index in range(settings.sets)]
    inputs, targets = (torch.stack(each) for each in zip(*pairs, strict=True))
    if kind == SYMMETRIC:
        inputs, targets = torch.cat([inputs, -inputs], -1), torch.cat([targets, -targets], -1)
    return Regression(inputs, targets, inputs.shape[-1], inputs.new_zeros(settings.sets))


def _draw(
    settings: SaddleToSaddle, index: int, samples: int, teacher: Sequence[float], kind: str
) -> tuple[Tensor, Tensor]:
    generator = stream(settings.seed, "saddle_to_saddle/data", index)
    dimension = settings.dimension

    def gaussian(*size: int) -> Tensor:
        return torch.randn(size, generator=generator, dtype=torch.float64)

    left, right = (torch.linalg.qr(gaussian(dimension, dimension)).Q[:, : len(teacher)] for _ in range(2))
    inputs = gaussian(dimension, samples)
    if kind in (WHITENED, NEARLY_EQUAL):
        outer, _, inner = torch.linalg.svd(inputs, full_matrices=False)
        inputs = samples**0.5 * outer @ inner
    targets = left * torch.tensor(teacher, dtype=torch.float64) @ right.mT @ inputs
    return inputs, targets + settings.noise * gaussian(dimension, samples)
