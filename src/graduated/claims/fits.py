"""Monotone and unimodal least-squares fits of one quantity on another, and how well they predict."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]


def monotone_fit(x: Array, y: Array) -> tuple[Array, Array]:
    """Fit a monotone function, rising or falling, whichever fits better.

    Args:
        x: Where, [n]; equal ones share a value of the fit.
        y: Values, [n].

    Returns:
        The different x, ascending, and the fit there.
    """
    points, means, weights = _averaged(x, y)
    fits = [_isotonic(means, weights, increasing) for increasing in (True, False)]
    return points, min(fits, key=lambda fit: _squares(fit, means, weights))


def unimodal_fit(x: Array, y: Array) -> tuple[Array, Array]:
    """Fit a function that rises to a mode and falls after it; either part may be missing.

    Args:
        x: Where, [n]; equal ones share a value of the fit.
        y: Values, [n].

    Returns:
        The different x, ascending, and the fit there.
    """
    points, means, weights = _averaged(x, y)
    fits = []
    for cut in range(len(points) + 1):
        rising = _isotonic(means[:cut], weights[:cut], increasing=True)
        falling = _isotonic(means[cut:], weights[cut:], increasing=False)
        fits.append(np.concatenate([rising, falling]))
    return points, min(fits, key=lambda fit: _squares(fit, means, weights))


def mode(x: Array, y: Array) -> float:
    """Return where the unimodal fit is highest; the middle of a plateau.

    Args:
        x: Where, [n].
        y: Values, [n].
    """
    points, fit = unimodal_fit(x, y)
    highest = points[fit >= fit.max() - 1e-12 * max(1.0, abs(fit.max()))]
    return float((highest[0] + highest[-1]) / 2)


SHAPES: dict[str, Callable[[Array, Array], tuple[Array, Array]]] = {
    "monotone": monotone_fit,
    "unimodal": unimodal_fit,
}


def cross_validated_error(shape: str, x: Array, y: Array) -> float:
    """Return the mean squared error of predicting each point by a fit to all others.

    Between the points of a fit its value is interpolated, beyond them it stays.

    Args:
        shape: ``monotone`` or ``unimodal``.
        x: Where, [n].
        y: Values, [n].
    """
    errors = []
    for left_out in range(len(x)):
        others = np.arange(len(x)) != left_out
        points, fit = SHAPES[shape](x[others], y[others])
        errors.append(float(np.interp(x[left_out], points, fit)) - y[left_out])
    return float(np.mean(np.square(errors)))


def _isotonic(means: Array, weights: Array, increasing: bool) -> Array:
    return isotonic_regression(means, weights=weights, increasing=increasing).x if len(means) else means


def _averaged(x: Array, y: Array) -> tuple[Array, Array, Array]:
    points, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return points, np.bincount(inverse, weights=y) / counts, counts.astype(float)


def _squares(fit: Array, means: Array, weights: Array) -> float:
    return float(np.sum(weights * (fit - means) ** 2))
