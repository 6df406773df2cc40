"""Whether SGD and gradient descent on f̂_δ go the same way, at a constant learning rate and batch size."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from scipy import stats
from statsmodels.stats.multitest import multipletests
from torch import Tensor

from graduated.graduated_optimization.algorithms import graduated_descent
from graduated.graduated_optimization.noisy import auxiliary, perturbed_descent, stochastic_descent
from graduated.smoothing.gradients import RASTRIGIN_SMOOTHNESS, rastrigin_gradient
from graduated.smoothing.laws import LAWS
from graduated.smoothing.unit_noise import UnitNoise
from graduated.streams import stream, stream_seed
from graduated.studies import Report
from graduated.studies.settings import Trajectories
from graduated.theory.success import random_starts

SGD, EXPLICIT, EXACT = "SGD", "explicit noise", "closed form"
"""Arms: y of SGD with C/√b = δ/η; z ← z − η∇f(z − δu); gradient descent on f̂_δ."""

PROGRESS = (0.25, 1.0)
"""When the arms are compared, as parts of the whole."""

SPREAD_RATES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""ηλ on a quadratic of curvature λ."""

_RESAMPLES = 199
_SPREAD_POINTS, _SPREAD_TIME = 4000, 8.0
"""Runs on the quadratic, and their length ηλT."""


def agreement(settings: Trajectories, report: Report) -> dict[str, pd.DataFrame]:
    """Compare the three arms on Rastrigin's function, each from starts of its own.

    Args:
        settings: Of the study ``trajectories``.
        report: Told the progress.

    Returns:
        Table ``agreement``: for every pair of arms the Kolmogorov–Smirnov distance with its p value, also
        adjusted (Holm) over the whole table, and the Wasserstein distance with its 95 % bootstrap interval
        and the value that samples of one law exceed with 5 % probability (by permutation). Table ``basins``:
        how many of each arm end nearest to every integer.
    """
    cells = [(rate, smoothing) for rate in settings.relative_rates for smoothing in settings.smoothings]
    rows, basins = [], []
    for done, (rate, smoothing) in enumerate(cells):
        report(done / len(cells), f"trajectories at ηL = {rate:g}, δ = {smoothing:g}")
        names = {"relative_rate": rate, "smoothing": smoothing}
        arms = _run(settings, rate, smoothing)
        resampling = np.random.default_rng(stream_seed(settings.seed, f"trajectories/{rate}/{smoothing}"))
        for stage, progress in enumerate(PROGRESS):
            for first, second in combinations(arms, 2):
                samples = arms[first][stage], arms[second][stage]
                where = {**names, "progress": progress, "first": first, "second": second}
                rows.append({**where, **_distances(*samples, resampling)})
        for arm, points in arms.items():
            nearest, counts = np.unique(points[-1].round().astype(int), return_counts=True)
            basins.append(pd.DataFrame({**names, "arm": arm, "basin": nearest, "count": counts}))
    table = pd.DataFrame(rows)
    adjusted = multipletests(table["p"], method="holm")[1]
    return {"agreement": table.assign(p_holm=adjusted), "basins": pd.concat(basins, ignore_index=True)}


def _run(settings: Trajectories, rate: float, smoothing: float) -> dict[str, np.ndarray]:
    """Return the points of every arm [P, N]."""
    noise, eta = UnitNoise(LAWS[settings.law]), rate / RASTRIGIN_SMOOTHNESS
    steps = np.diff(np.rint(np.array((0, *PROGRESS)) * settings.time / eta).astype(int)).tolist()
    etas, levels = [eta] * len(steps), [smoothing] * len(steps)
    purpose = f"trajectories/{rate}/{smoothing}"

    def begin(arm: str) -> tuple[Tensor, torch.Generator]:
        generator = stream(settings.seed, f"{purpose}/{arm}")
        return random_starts(settings.starts, 1, generator), generator

    starts, generator = begin(SGD)
    sizes = [smoothing / eta] * len(steps)
    ends = stochastic_descent(rastrigin_gradient, starts, sizes, etas, steps, noise.sample, generator)
    arms = {SGD: torch.stack([auxiliary(rastrigin_gradient, points, eta) for points in ends])}
    starts, generator = begin(EXPLICIT)
    arms[EXPLICIT] = perturbed_descent(
        rastrigin_gradient, starts, levels, etas, steps, noise.sample, generator
    )
    starts, _ = begin(EXACT)
    arms[EXACT] = graduated_descent(noise.smoothed_rastrigin_gradient, starts, levels, etas, steps)
    return {arm: points.squeeze(-1).numpy() for arm, points in arms.items()}


def _distances(first: np.ndarray, second: np.ndarray, resampling: np.random.Generator) -> dict[str, float]:
    test = stats.ks_2samp(first, second)
    distance = float(stats.wasserstein_distance(first, second))
    options = {"n_resamples": _RESAMPLES, "vectorized": False}
    interval = stats.bootstrap(
        (first, second), stats.wasserstein_distance, method="percentile", rng=resampling, **options
    ).confidence_interval
    chance = stats.permutation_test(
        (first, second), stats.wasserstein_distance, rng=resampling, **options
    ).null_distribution
    return {
        "n": len(first),
        "ks": float(test.statistic),
        "p": float(test.pvalue),
        "wasserstein": distance,
        "low": min(distance, float(interval.low)),
        "high": max(distance, float(interval.high)),
        "chance": float(np.quantile(chance, 0.95)),
    }


def spreads(settings: Trajectories) -> pd.DataFrame:
    """Measure how far the noise spreads SGD and explicit noise round the minimum of a quadratic.

    With curvature λ, x ← (1 − ηλ)x − δu has the variance δ²/(ηλ(2 − ηλ)) in the end, y = (1 − ηλ)x that times
    (1 − ηλ)², and z ← (1 − ηλ)z + ηλδu that times (ηλ)². So y spreads |1 − ηλ|/(ηλ) times as far as z.

    Args:
        settings: Of the study ``trajectories``.

    Returns:
        By ηλ and variable, the standard deviation over δ with its 95 % χ² interval, and as predicted; a third
        kind of row is the ratio of y to z, with its F interval. The intervals are those of normal noise.
    """
    rows = []
    for rate in SPREAD_RATES:
        generator = stream(settings.seed, f"trajectories/quadratic/{rate}")
        steps, starts = [round(_SPREAD_TIME / rate)], torch.zeros(_SPREAD_POINTS, 1, dtype=torch.float64)
        noise = UnitNoise(LAWS["gaussian"]).sample
        x = stochastic_descent(_identity, starts, [1 / rate], [rate], steps, noise, generator)[-1]
        z = perturbed_descent(_identity, starts, [1.0], [rate], steps, noise, generator)[-1]
        base = 1 / np.sqrt(rate * (2 - rate))
        measured = {"x": x, "y": auxiliary(_identity, x, rate), "z": z}
        predicted = {"x": base, "y": (1 - rate) * base, "z": rate * base}
        deviations = {variable: float(points.std()) for variable, points in measured.items()}
        rows += _spread_rows(rate, deviations, predicted)
    return pd.DataFrame(rows)


def _identity(points: Tensor) -> Tensor:
    return points


def _spread_rows(
    rate: float, deviations: dict[str, float], predicted: dict[str, float]
) -> Iterator[dict[str, float | str]]:
    freedom = _SPREAD_POINTS - 1
    chi_square = np.sqrt(freedom / stats.chi2.ppf([0.975, 0.025], freedom))
    for variable, deviation in deviations.items():
        yield _row(rate, variable, deviation, chi_square, predicted[variable])
    ratio = deviations["y"] / deviations["z"]
    fisher = 1 / np.sqrt(stats.f.ppf([0.975, 0.025], freedom, freedom))
    yield _row(rate, "y/z", ratio, fisher, predicted["y"] / predicted["z"])


def _row(
    rate: float, variable: str, value: float, factors: np.ndarray, predicted: float
) -> dict[str, float | str]:
    low, high = (float(value * factor) for factor in factors)
    return {
        "relative_rate": rate,
        "variable": variable,
        "n": _SPREAD_POINTS,
        "value": value,
        "low": low,
        "high": high,
        "predicted": predicted,
    }
