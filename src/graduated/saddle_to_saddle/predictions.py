"""What the linear dynamics round a saddle predict: rates, escape times, alignment; all for small weights.

At a saddle every unit is multiplied by the same matrix M = I + η[[0, C], [Cᵀ, 0]] (Lemma 1 of the abstract on
stage-wise learning), so its modes grow by 1 ± ηs_k a step, s_k the singular values of C = −X∇Lᵀ.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def rates(singular_values: Tensor, learning_rate: float) -> Tensor:
    """Return log(1 + ηs), the growth of each mode a step, in e-folds."""
    return torch.log1p(learning_rate * singular_values)


def alignment_exponent(singular_values: Tensor, learning_rate: float) -> Tensor:
    """Return p = 1 − log(1 + ηs₂)/log(1 + ηs₁): units leave the origin misaligned by a multiple of ε^p.

    Args:
        singular_values: Of C at the origin, (…, modes), descending.
        learning_rate: η.
    """
    growth = rates(singular_values, learning_rate)
    return 1 - growth[..., 1] / growth[..., 0]


def escape_slopes(growth: Sequence[Tensor]) -> Tensor:
    """Return dt_k/d log(1/ε), the steps by which escapes come later per e-fold of ε.

    Every mode starts an amplitude 1 (in log 1/ε) below the size at which it is learned, and climbs at the
    rates of the saddle at which gradient descent waits.

    Args:
        growth: Rates at the saddles of rank 0, 1, …, each of shape (…, modes) and descending, those of the
            modes not yet learned.

    Returns:
        Of shape (saddles, …).
    """
    missing = torch.ones_like(growth[0])
    elapsed, slopes = torch.zeros_like(growth[0][..., 0]), []
    for speed in growth:
        duration = missing[..., 0] / speed[..., 0]
        missing = missing[..., 1:] - duration.unsqueeze(-1) * speed[..., 1 : missing.shape[-1]]
        elapsed = elapsed + duration
        slopes.append(elapsed)
    return torch.stack(slopes)


def lemma_matrix(coefficients: Tensor, learning_rate: float) -> Tensor:
    """Return M = [[I, ηC], [ηCᵀ, I]], C of shape (…, inputs, outputs)."""
    inputs, outputs = coefficients.shape[-2:]
    upper = torch.cat([torch.zeros_like(coefficients @ coefficients.mT), coefficients], -1)
    lower = torch.cat([coefficients.mT, torch.zeros_like(coefficients.mT @ coefficients)], -1)
    identity = torch.eye(inputs + outputs, dtype=coefficients.dtype)
    return identity + learning_rate * torch.cat([upper, lower], -2)


def leading_direction(coefficients: Tensor) -> Tensor:
    """Return q₁ = (u₁; v₁)/√2, the top eigenvector of M, of C's leading singular vectors."""
    left, _, right = torch.linalg.svd(coefficients, full_matrices=False)
    return torch.cat([left[..., 0], right[..., 0, :]], -1) / 2**0.5


def misalignment(units: Tensor, direction: Tensor) -> Tensor:
    """Return ‖U(I − qqᵀ)‖_F/‖Uq‖ of units (…, units, d) and a unit vector q (…, d)."""
    along = units @ direction.unsqueeze(-1)
    across = units - along * direction.unsqueeze(-2)
    return across.norm(dim=(-2, -1)) / along.squeeze(-1).norm(dim=-1)
