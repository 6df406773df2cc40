"""The degree of smoothing δ that learning rate, batch size and gradient variance amount to."""

from typing import Any

import numpy as np


def smoothing(learning_rate: Any, batch_size: Any, gradient_variance: Any) -> Any:
    """Return δ = ηC/√b = η√(C²/b) (arXiv 2311.08745, section 3; arXiv 2402.02325, δ of SGD).

    Numbers, numpy arrays and pandas columns mix and broadcast.

    Args:
        learning_rate: η ≥ 0.
        batch_size: b > 0, in samples.
        gradient_variance: C² ≥ 0, the variance of one sample's gradient.

    Raises:
        ValueError: A value outside its range, or not finite.
    """
    _check("learning_rate", learning_rate, np.greater_equal, "at least 0")
    _check("batch_size", batch_size, np.greater, "greater than 0")
    _check("gradient_variance", gradient_variance, np.greater_equal, "at least 0")
    return learning_rate * (gradient_variance / batch_size) ** 0.5


def _check(name: str, value: Any, relation: np.ufunc, expected: str) -> None:
    numbers = np.asarray(value, dtype=float)
    wrong = numbers[~(relation(numbers, 0) & np.isfinite(numbers))]
    if wrong.size:
        raise ValueError(f"{name} = {wrong.flat[0]}: expected finite numbers, {expected}")
