"""Describing a sample of noise: histograms, quantiles, tails, moments, tests; and the same of known laws."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.diagnostic import normal_ad

from graduated.intervals import mean_interval
from graduated.noise.tails import Estimate, block_index, excess_kurtosis, hill_index, pooled_block_index
from graduated.streams import stream_seed
from graduated.studies.settings import NoiseTails

RAW, STANDARDISED = "raw coordinates", "standardised coordinates"
PROJECTIONS, NORMS = "projections", "norms"
"""Views of the noise. Raw: coordinates pooled as they are, in units of their common standard deviation;
standardised: each by its own mean and standard deviation over mini-batches."""

FRACTIONS = (0.02, 0.05, 0.1)
"""Shares of the largest entries that Hill's estimator takes for the tail."""

ORDERS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""p of the moments E‖ω‖^p."""

LAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "gaussian": lambda generator, shape: generator.standard_normal(shape),
    "student_t3": lambda generator, shape: generator.standard_t(3, shape),
    "cauchy": lambda generator, shape: generator.standard_cauchy(shape),
}
"""Controls of the estimators: light tails, tail index 3, tail index 1."""

SAME_SCALES = "gaussian of the same scales"
"""Control of the pooled raw coordinates: normal, each with the standard deviation that was measured."""

_LEAST_TAIL = 10
_REPETITIONS = 20
_BINS = np.linspace(-8, 8, 65)
_NORMAL_QUANTILES = np.linspace(-3.25, 3.25, 27)

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class NoiseSample:
    """The noise ω of independent mini-batches.

    Attributes:
        norms: ‖ω‖, [batches].
        projections: ω along random unit vectors, [batches, directions].
        coordinates: Some of ω's coordinates, [batches, coordinates].
    """

    norms: np.ndarray
    projections: np.ndarray
    coordinates: np.ndarray

    def views(self) -> dict[str, np.ndarray]:
        """Return the views by name, [batches, columns]; coordinates that do not vary are left out."""
        varying = self.coordinates[:, self.coordinates.std(0) > 0]
        return {
            RAW: varying / np.sqrt(np.square(varying).mean()),
            STANDARDISED: (varying - varying.mean(0)) / varying.std(0),
            PROJECTIONS: (self.projections - self.projections.mean(0)) / self.projections.std(0),
            NORMS: self.norms[:, None],
        }


def sample_rows(sample: NoiseSample, scale: float, generator: np.random.Generator) -> Iterator[Row]:
    """Yield rows of the tables that describe a sample; ``table`` names the table.

    Args:
        sample: The noise.
        scale: C/√b, which makes u = ω / scale.
        generator: Of the bootstraps, and of the control with the same scales.
    """
    views = sample.views()
    for name in (RAW, STANDARDISED, PROJECTIONS):
        values = views[name]
        density = np.histogram(values, _BINS)[0] / values.size / np.diff(_BINS)
        for centre, height in zip((_BINS[1:] + _BINS[:-1]) / 2, density, strict=True):
            yield {"table": "histograms", "sample": name, "centre": float(centre), "density": float(height)}
        observed = np.quantile(values, stats.norm.cdf(_NORMAL_QUANTILES))
        for normal, value in zip(_NORMAL_QUANTILES, observed, strict=True):
            yield {"table": "quantiles", "sample": name, "normal": float(normal), "observed": float(value)}
        yield {"table": "kurtosis", "sample": name, **_named(excess_kurtosis(values, generator))}
    for name, values in views.items():
        yield from ({"law": "sgd", **row} for row in tail_rows(name, values, generator))
    same = generator.standard_normal(views[RAW].shape) * views[RAW].std(0)
    yield from ({"law": SAME_SCALES, **row} for row in tail_rows(RAW, same, generator))
    for order in ORDERS:
        moment = _named(Estimate(*mean_interval(sample.norms**order)))
        row = {"table": "moments", "order": order, **moment, "scale": scale**order}
        yield {**row, "batches": len(sample.norms)}
    for direction, values in enumerate(sample.projections.T):
        yield {"table": "normality", "direction": direction, **_p_values(values)}


def tail_rows(name: str, values: np.ndarray, generator: np.random.Generator) -> Iterator[Row]:
    """Yield estimates of the tail index of one view, by Hill's estimator and by blocks.

    Args:
        name: The view's: which of the estimators apply depends on it.
        values: [batches, columns].
        generator: Of Hill's bootstrap.
    """
    names = {"table": "tails", "sample": name}
    for fraction in FRACTIONS:
        if fraction * values.size >= _LEAST_TAIL:
            estimate = hill_index(values, fraction, generator)
            yield {**names, "estimator": "hill", "fraction": fraction, **_named(estimate)}
    if name != NORMS:
        estimate = pooled_block_index(values) if name == RAW else block_index(values)
        yield {**names, "estimator": "block", "fraction": 1.0, **_named(estimate)}


def _named(estimate: Estimate) -> dict[str, float]:
    return estimate._asdict()


def _p_values(values: np.ndarray) -> dict[str, float]:
    p_values = {
        "shapiro_wilk": stats.shapiro(values).pvalue,
        "anderson_darling": normal_ad(values)[1],
        "jarque_bera": stats.jarque_bera(values).pvalue,
    }
    return {name: float(value) for name, value in p_values.items()}


def control_rows(settings: NoiseTails) -> Iterator[Row]:
    """Yield what the estimators make of known laws, in samples of the size that is measured.

    Each row has the mean over repetitions, and the range that holds 95 % of them.
    """
    columns = {
        RAW: settings.coordinates,
        STANDARDISED: settings.coordinates,
        PROJECTIONS: settings.directions,
    }
    for law, draw in LAWS.items():
        generator = np.random.default_rng(stream_seed(settings.seed[0], f"noise_tails/controls/{law}"))
        for name, number in columns.items():
            repetitions = [
                list(tail_rows(name, draw(generator, (settings.batches, number)), generator))
                for _ in range(_REPETITIONS)
            ]
            for rows in zip(*repetitions, strict=True):
                values = [row["value"] for row in rows]
                low, high = np.quantile(values, (0.025, 0.975))
                names = {key: rows[0][key] for key in ("sample", "estimator", "fraction")}
                band = {"value": float(np.mean(values)), "low": float(low), "high": float(high)}
                yield {"law": law, **names, **band}
