"""β̂ of the heavy ball, by which momentum enters its degree of smoothing (arXiv 2402.02325), and back."""

from typing import Any

import numpy as np


def momentum_factor(momentum: Any) -> Any:
    """Return β̂ = β(β² − β + 1)/(1 − β)² for β in [0, 1); 81.9 at β = 0.9."""
    return momentum * (momentum**2 - momentum + 1) / (1 - momentum) ** 2


def momentum_of_factor(factor: float) -> float:
    """Return the β in [0, 1) with a given β̂; 0 where that is negative.

    It is the only root there of β³ − (1+β̂)β² + (1+2β̂)β − β̂, for β̂ grows with β.
    """
    if factor <= 0:
        return 0.0
    roots = np.roots([1.0, -(1 + factor), 1 + 2 * factor, -factor])
    real = roots[np.abs(roots.imag) < 1e-9].real
    return float(real[(real >= 0) & (real < 1)].max())
