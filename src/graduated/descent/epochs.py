"""Double descent of the risk in time: a regression on fast and on slow features, after Heckel & Yilmaz."""

import numpy as np
import pandas as pd
import torch

from graduated.descent.early_stopping import stopped
from graduated.descent.least_squares import expected_risk
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import DoubleDescent
from graduated.studies.verdicts import mean_verdict

COMMON, OWN = "one learning rate", "a learning rate for each scale"
"""How gradient descent goes: with η for all weights, or with η/scale² for those of slow features."""

_SOURCE = "Heckel & Yilmaz, arXiv 2007.10099"
_STEPS = 120


def characteristic_steps(settings: DoubleDescent) -> tuple[int, int, int]:
    """Return three steps: one time constant of the fast features, one of the slow, and the geometric mean.

    Returns:
        1/η, 1/(η·scale) and 1/(η·scale²), rounded to whole steps.
    """
    times = (settings.learning_rate * settings.scale**power for power in (0, 1, 2))
    return tuple(round(1 / time) for time in times)


def plateaus(settings: DoubleDescent) -> pd.DataFrame:
    """Return the mean risks of least squares on the fast features, the slow being noise, and on all.

    Returns:
        Columns fitted (``fast`` or ``all``) and risk.
    """
    noise, samples = settings.trained_noise, settings.trained_samples
    fast = 1 + expected_risk(samples, settings.fast, 1, noise + 1)
    everything = expected_risk(samples, settings.fast + settings.slow, 2, noise)
    return pd.DataFrame({"fitted": ["fast", "all"], "risk": [fast, everything]})


def descend(design: np.ndarray, targets: np.ndarray, learning_rate: float, steps: np.ndarray) -> np.ndarray:
    """Return the weights of gradient descent from 0 on half the mean square error, in closed form.

    Args:
        design: X, shape (n, p).
        targets: y, shape (n,).
        learning_rate: η.
        steps: Numbers of steps τ, shape (k,).

    Returns:
        Shape (k, p).
    """
    left, singular_values, axes = np.linalg.svd(design, full_matrices=False)
    curvatures = learning_rate * singular_values**2 / len(design)
    fitted = stopped(np.outer(steps, curvatures), steps[:, None])
    return (fitted * (left.T @ targets) / singular_values) @ axes


def by_steps(settings: DoubleDescent) -> pd.DataFrame:
    """Follow gradient descent from 0 by its closed form in the singular vectors of the features.

    Returns:
        Columns rates, repetition, step and risk (E(ŷ − Xβ)², without the noise of the target).
    """
    spaced = np.geomspace(1, settings.last_step, _STEPS).round().astype(int)
    steps = np.unique([*spaced, *characteristic_steps(settings)])
    tables = []
    for repetition in range(settings.repetitions):
        for rates, scales in _scales(settings).items():
            risk = _path(settings, scales, steps, repetition)
            tables.append(
                pd.DataFrame({"rates": rates, "repetition": repetition, "step": steps, "risk": risk})
            )
    return pd.concat(tables, ignore_index=True)


def _scales(settings: DoubleDescent) -> dict[str, np.ndarray]:
    """Return the features' scales; a learning rate for each is one for features of unit scale."""
    fast, slow = np.ones(settings.fast), np.full(settings.slow, settings.scale)
    return {COMMON: np.concatenate([fast, slow]), OWN: np.ones(settings.fast + settings.slow)}


def _path(settings: DoubleDescent, scales: np.ndarray, steps: np.ndarray, repetition: int) -> np.ndarray:
    """Return the risk at each step; fast and slow features make contributions of variance 1 each."""
    generator = stream(repetition, "double_descent/epochs")
    samples, features = settings.trained_samples, len(scales)
    normal = torch.randn((samples + 1, features), generator=generator, dtype=torch.float64).numpy()
    errors = torch.randn(samples, generator=generator, dtype=torch.float64).numpy()
    contributions = normal[0].copy()
    for part in (contributions[: settings.fast], contributions[settings.fast :]):
        part /= np.linalg.norm(part)
    targets = normal[1:] @ contributions + np.sqrt(settings.trained_noise) * errors
    weights = descend(normal[1:] * scales, targets, settings.learning_rate, steps)
    return np.square(weights * scales - contributions).sum(1)


def verdicts(table: pd.DataFrame, settings: DoubleDescent) -> list[Verdict]:
    """Judge the curve in time, from the table of this module."""
    first, peak, second = characteristic_steps(settings)
    by_step = {
        name: own.pivot(index="repetition", columns="step", values="risk")
        for name, own in table.groupby("rates")
    }
    common, own = by_step[COMMON], by_step[OWN]
    fast_only, end = plateaus(settings)["risk"]
    return [
        mean_verdict(
            "In time the risk rises after its first descent",
            _SOURCE,
            f"risk after {peak:,} steps less risk after {first:,}",
            common[peak] - common[first],
            "repetitions",
            f"Steps 1/(η·scale) and 1/η, scale {settings.scale:g} of the slow features. At the "
            f"peak {common[peak].mean():.3g} on average; {fast_only:.3g} if only fast ones were fitted.",
            above=0.0,
        ),
        mean_verdict(
            "In time the risk descends a second time",
            _SOURCE,
            f"risk after {second:,} steps less risk after {peak:,}",
            common[second] - common[peak],
            "repetitions",
            f"Steps 1/(η·scale²) and 1/(η·scale). At the end the risk is {common.iloc[:, -1].mean():.3g} "
            f"({end:.3g} expected): it has risen again.",
            below=0.0,
        ),
        mean_verdict(
            "A learning rate for each scale of the features lowers the least risk on the path",
            _SOURCE,
            "least risk on the path with learning rates of their own less that with one",
            own.min(axis=1) - common.min(axis=1),
            "repetitions",
            f"Least risk of the mean curve {own.mean().min():.3g} and {common.mean().min():.3g}. With a rate "
            f"for each scale it then falls by at most {_second_descent(own.mean()):.2g} again.",
            below=0.0,
        ),
    ]


def _second_descent(curve: pd.Series) -> float:
    """Return by how much a curve falls again after its least value."""
    after = curve.loc[curve.idxmin() :]
    return float((after.cummax() - after).max())
