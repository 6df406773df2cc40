"""One C² for a whole training, from measurements at several checkpoints of several seeds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from graduated.intervals import mean_interval

COLUMNS = ("seed", "epoch", "gradient_variance", "standard_error")


@dataclass(frozen=True, eq=False)
class GradientVarianceSummary:
    """C² averaged over time and seeds.

    Attributes:
        value: Mean over the seeds of the time average of C².
        interval: Its confidence interval, cut at zero.
        seeds: How many seeds.
        interval_from: ``"seeds"``: Student's t over the seeds. ``"samples"``: there is one seed, and the
            interval tells only how well C² of this one training is known from its samples.
        checkpoints: One row an epoch: epoch, gradient_variance (mean over the seeds), low, high.
    """

    value: float
    interval: tuple[float, float]
    seeds: int
    interval_from: Literal["seeds", "samples"]
    checkpoints: pd.DataFrame


def summarize(estimates: pd.DataFrame, level: float = 0.95) -> GradientVarianceSummary:
    """Average C² over the checkpoints of each seed, then over the seeds.

    The time average is the trapezoidal integral over the epochs divided by their span, so that checkpoints
    may be closer together where C² changes fast. With one seed, the errors of its checkpoints are taken as
    fully correlated, since they come from the same samples.

    Args:
        estimates: One row a measurement: seed, epoch, gradient_variance, standard_error; the same epochs for
            every seed.
        level: Level of the intervals, in (0, 1).

    Raises:
        ValueError: Missing columns, no or repeated or missing measurements, numbers that are not finite,
            negative errors.
    """
    _check_estimates(estimates, level)
    values = estimates.pivot(index="epoch", columns="seed", values="gradient_variance")
    errors = estimates.pivot(index="epoch", columns="seed", values="standard_error")
    weights = _time_weights(values.index.to_numpy(dtype=float))
    value, low, high = _mean_and_interval(weights @ values.to_numpy(), weights @ errors.to_numpy(), level)
    checkpoints = [
        (epoch, *_mean_and_interval(values.loc[epoch].to_numpy(), errors.loc[epoch].to_numpy(), level))
        for epoch in values.index
    ]
    return GradientVarianceSummary(
        value,
        (low, high),
        values.shape[1],
        "seeds" if values.shape[1] > 1 else "samples",
        pd.DataFrame(checkpoints, columns=["epoch", "gradient_variance", "low", "high"]),
    )


def _check_estimates(estimates: pd.DataFrame, level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level = {level}: expected a number between 0 and 1")
    if estimates.empty or not set(COLUMNS) <= set(estimates.columns):
        raise ValueError(f"estimates: expected at least one row, and the columns {', '.join(COLUMNS)}")
    if estimates.duplicated(["seed", "epoch"]).any():
        raise ValueError("estimates: two rows of one seed and epoch, expected one")
    if len(estimates) != estimates["seed"].nunique() * estimates["epoch"].nunique():
        raise ValueError("estimates: expected the same epochs for every seed")
    numbers = estimates[["gradient_variance", "standard_error"]].to_numpy(dtype=float)
    if not np.isfinite(numbers).all() or (numbers[:, 1] < 0).any():
        raise ValueError(
            "estimates: gradient_variance and standard_error must be finite, which those of a diverged "
            "training are not, and standard_error at least 0"
        )


def _time_weights(epochs: np.ndarray) -> np.ndarray:
    """Return the weights of the trapezoidal rule over the epochs, of sum 1."""
    if len(epochs) == 1:
        return np.ones(1)
    halves = np.diff(epochs) / 2
    return (np.append(halves, 0) + np.insert(halves, 0, 0)) / (epochs[-1] - epochs[0])


def _mean_and_interval(values: np.ndarray, errors: np.ndarray, level: float) -> tuple[float, float, float]:
    """Return mean, low and high over seeds; of a single seed, by its own standard error."""
    if len(values) > 1:
        mean, low, high = mean_interval(values, level)
    else:
        mean, reach = values[0], stats.norm.ppf((1 + level) / 2) * errors[0]
        low, high = mean - reach, mean + reach
    return float(mean), float(max(0.0, low)), float(high)
