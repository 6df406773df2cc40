"""Whether Monte-Carlo means settle: how their spread between repetitions changes with the number of draws."""

import numpy as np
import pandas as pd
import torch
from scipy import stats

from graduated.smoothing.landscapes import LANDSCAPES
from graduated.smoothing.laws import HEAVY, LAWS, Law
from graduated.smoothing.smoothed import monte_carlo
from graduated.streams import stream, stream_seed
from graduated.studies import Report
from graduated.studies.settings import SmoothingLaws

FUNCTIONS = ("rastrigin", "drop_wave")

POINT = 0.5
"""Where f̂_δ is estimated."""

_TAIL_INDEX = {"cauchy": 1.0, "levy": 0.5, "pareto": 1.0}
_RESAMPLES = 999


def settling(settings: SmoothingLaws, report: Report) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate f̂_δ at one point again and again, by growing numbers of draws.

    Args:
        settings: Of the study ``smoothing_laws``.
        report: Told the progress.

    Returns:
        The quartiles of the estimates by function, law and number of draws, their distance as ``spread``; and
        the exponent of the spread in the number of draws, with the 95 % percentile interval of a bootstrap
        over the repetitions and the exponent that stable laws predict.
    """
    rows, exponents = [], []
    for done, law in enumerate(LAWS.values()):
        report(done / len(LAWS), f"repeated means, {law.name} noise")
        for function, means in _means(settings, law).items():
            names = {"function": function, "law": law.name, "tail": law.tail}
            for draws, sample in zip(settings.settling_draws, means, strict=True):
                lower, median, upper = np.quantile(sample, (0.25, 0.5, 0.75))
                quartiles = {"lower": lower, "median": median, "upper": upper, "spread": upper - lower}
                rows.append({**names, "draws": draws, **quartiles})
            exponents.append({**names, **_exponent(settings, means), "expected": expected(function, law)})
    return pd.DataFrame(rows), pd.DataFrame(exponents)


def expected(function: str, law: Law) -> float:
    """Return the exponent that stable laws predict: 1/a − 1 for a tail index a < 2, else −1/2.

    Rastrigin's function grows as u², which halves the tail index of the noise; Drop-Wave is bounded.
    """
    if function == "drop_wave" or law.tail != HEAVY:
        return -0.5
    return 2 / _TAIL_INDEX[law.name] - 1


def _means(settings: SmoothingLaws, law: Law) -> dict[str, list[np.ndarray]]:
    """Return by function, for every number of draws, the repeated estimates."""
    point = torch.full((1, 1), POINT, dtype=torch.float64)
    means: dict[str, list[np.ndarray]] = {function: [] for function in FUNCTIONS}
    for number in settings.settling_draws:
        generator = stream(settings.seed, f"smoothing_laws/settling/{law.name}", number)
        repeated = np.empty((settings.repetitions, len(FUNCTIONS)))
        for repetition in range(settings.repetitions):
            draws = law.sample((number, 1), generator)
            for column, function in enumerate(FUNCTIONS):
                mean, _ = monte_carlo(LANDSCAPES[function].function, point, settings.smoothing, draws)
                repeated[repetition, column] = mean.item()
        for column, function in enumerate(FUNCTIONS):
            means[function].append(repeated[:, column])
    return means


def _exponent(settings: SmoothingLaws, means: list[np.ndarray]) -> dict[str, float]:
    """Return the least-squares slope of log spread against log draws, with its interval."""
    draws = np.log(settings.settling_draws)

    def slope(*samples: np.ndarray, axis: int = -1) -> np.ndarray:
        spreads = np.stack([np.log(stats.iqr(sample, axis=axis)) for sample in samples])
        return np.polyfit(draws, spreads.reshape(len(draws), -1), 1)[0].reshape(spreads.shape[1:])

    resampling = np.random.default_rng(stream_seed(settings.seed, "smoothing_laws/bootstrap"))
    options = {"vectorized": True, "method": "percentile", "random_state": resampling}
    interval = stats.bootstrap(means, slope, n_resamples=_RESAMPLES, **options).confidence_interval
    value = float(slope(*means))
    low, high = min(value, float(interval.low)), max(value, float(interval.high))
    return {"exponent": value, "low": low, "high": high, "repetitions": settings.repetitions}
