"""The degree of smoothing δ that optimizer, learning rate, batch size and gradient variance amount to."""

from typing import Any

import numpy as np

from graduated.schedules.heavy_ball import momentum_factor


def smoothing(
    learning_rate: Any,
    batch_size: Any,
    gradient_variance: Any,
    *,
    optimizer: str = "sgd",
    momentum: Any = 0.0,
    quasi: Any = 1.0,
    gradient_norm: Any = None,
) -> Any:
    """Return δ (arXiv 2311.08745, section 3; arXiv 2402.02325 of May 2024 for those with momentum).

    With the heavy ball's β̂ = β(β² − β + 1)/(1 − β)²:

    ==== =============================
    sgd  η√(C²/b)
    shb  η√((1 + β̂)C²/b + β̂K²)
    nshb η√(C²/((1 − β)b))
    qhm  η√(C²/((1 − νβ)b))
    ==== =============================

    The authors have since reversed what they concluded from the forms with momentum (version 4, 2025).
    Numbers, numpy arrays and pandas columns mix and broadcast.

    Args:
        learning_rate: η ≥ 0.
        batch_size: b > 0, in samples.
        gradient_variance: C² ≥ 0, the variance of one sample's gradient.
        optimizer: Which of the four.
        momentum: β in [0, 1).
        quasi: ν in [0, 1], of QHM.
        gradient_norm: K ≥ 0, the bound of the gradient norm, of the heavy ball.

    Raises:
        ValueError: A value outside its range, or not finite; the optimizer is none of the four; no K for shb.
    """
    _check("learning_rate", learning_rate, np.greater_equal, "at least 0")
    _check("batch_size", batch_size, np.greater, "greater than 0")
    _check("gradient_variance", gradient_variance, np.greater_equal, "at least 0")
    variance = gradient_variance / batch_size
    if optimizer == "sgd":
        return learning_rate * variance**0.5
    if optimizer == "shb":
        if gradient_norm is None:
            raise ValueError("gradient_norm: expected a number, for δ of the heavy ball")
        hat = momentum_factor(momentum)
        return learning_rate * ((1 + hat) * variance + hat * gradient_norm**2) ** 0.5
    if optimizer in ("nshb", "qhm"):
        weight = quasi if optimizer == "qhm" else 1.0
        return learning_rate * (variance / (1 - weight * momentum)) ** 0.5
    raise ValueError(f"optimizer {optimizer!r}: no δ is known; expected sgd, shb, nshb or qhm")


def effective_smoothing(
    learning_rate: Any,
    batch_size: Any,
    gradient_variance: Any,
    *,
    optimizer: str = "sgd",
    momentum: Any = 0.0,
) -> Any:
    """Return η_eff√(C²/b) with the effective learning rate η_eff: η/(1 − β) of the heavy ball, else η.

    What remains of momentum's smoothing if it acts by its effective learning rate alone (arXiv 2307.15196),
    in line with the later conclusion of the authors that momentum does not reduce the noise.

    The arguments, and the errors raised, are those of :func:`smoothing`.
    """
    scale = 1 / (1 - momentum) if optimizer == "shb" else 1.0
    return smoothing(learning_rate * scale, batch_size, gradient_variance)


def _check(name: str, value: Any, relation: np.ufunc, expected: str) -> None:
    numbers = np.asarray(value, dtype=float)
    wrong = numbers[~(relation(numbers, 0) & np.isfinite(numbers))]
    if wrong.size:
        raise ValueError(f"{name} = {wrong.flat[0]}: expected finite numbers, {expected}")
