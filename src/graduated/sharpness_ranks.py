"""How alike measures of sharpness order the runs: Spearman's rank correlations, with intervals over seeds.

Over all runs, and over the better-trained half of them: where many have hardly been trained, a measure may
order those one way and the others the other way.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from graduated.claims.grid import better_trained
from graduated.streams import stream_seed

COMPANIONS = ("smoothing", "learning_rate_over_batch_size", "train_loss", "test_accuracy")
"""What every measure is correlated with beside the other measures: δ, η/b, training loss, test accuracy."""

LEVEL, RESAMPLES = 0.95, 999

_LEAST_RUNS, _LEAST_SEEDS = 3, 2


def rank_sharpness(table: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Correlate every measure with every other one and with the companions, over the finished runs.

    The interval is Student's on Fisher's scale z = artanh ρ, with as many seeds less one degrees of freedom.
    Its standard error is of a cluster bootstrap (Field & Welsh 2007): seeds are drawn with replacement, each
    with all of its runs, since runs of one seed share initialisation and order of the data; and corrected by
    √(S/(S − 1)), without which S seeds, being few, would give too narrow an interval (Hesterberg 2015).

    Args:
        table: Results table, one row per run.
        measures: Their names, in the order wanted.

    Returns:
        By ``measure`` and ``other`` (a later measure or one of ``COMPANIONS``): ``spearman`` with its 95 %
        interval ``low`` to ``high``, over ``n_runs`` runs that have both values, of ``n_seeds`` seeds; then
        the same over those that reached the median training loss (``trained_…``). NaN for fewer than three
        runs and where all values of one side are equal; one seed gives no interval.

    Raises:
        ValueError: The table lacks a measure.
    """
    missing = [name for name in measures if f"sharpness_{name}" not in table]
    if missing:
        raise ValueError(f"table: no column sharpness_{missing[0]}; expected one for every measure")
    finished = table[table["status"] == "finished"]
    values = pd.DataFrame({name: finished[f"sharpness_{name}"] for name in measures})
    values[list(COMPANIONS)] = finished.assign(
        learning_rate_over_batch_size=finished["learning_rate"] / finished["batch_size"]
    )[list(COMPANIONS)]
    trained = better_trained(finished).index
    rows = []
    for pair in _pairs(measures):
        row = _correlate(values[list(pair)], finished["seed"])
        half = _correlate(values.loc[trained, list(pair)], finished["seed"])
        trained_row = {f"trained_{name}": value for name, value in half.items()}
        rows.append({"measure": pair[0], "other": pair[1], **row, **trained_row})
    return pd.DataFrame(rows)


def _pairs(measures: Sequence[str]) -> Iterator[tuple[str, str]]:
    for rank, measure in enumerate(measures):
        yield from ((measure, other) for other in (*measures[rank + 1 :], *COMPANIONS))


def _correlate(pair: pd.DataFrame, seeds: pd.Series) -> dict[str, float]:
    chosen = pair[np.isfinite(pair.astype(float)).all(axis=1)]
    clusters = [rows.to_numpy(float) for _, rows in chosen.groupby(seeds)]
    value = _spearman(chosen.to_numpy(float))
    purpose = "/".join(("sharpness_ranks", *pair))
    low, high = _interval(clusters, np.random.default_rng(stream_seed(0, purpose)))
    return {
        "spearman": value,
        "low": float(np.minimum(value, low)),
        "high": float(np.maximum(value, high)),
        "n_runs": len(chosen),
        "n_seeds": len(clusters),
    }


def _interval(clusters: Sequence[np.ndarray], generator: np.random.Generator) -> tuple[float, float]:
    """Return the interval of the rank correlation of clusters [runs, 2]."""
    number = len(clusters)
    if number < _LEAST_SEEDS or np.isnan(centre := _fisher(clusters)):
        return np.nan, np.nan
    draws = np.sort(generator.integers(number, size=(RESAMPLES, number)))
    distinct, times = np.unique(draws, axis=0, return_counts=True)
    found = [_fisher([clusters[index] for index in draw]) for draw in distinct]
    error = np.std(np.repeat(found, times)) * np.sqrt(number / (number - 1))
    reach = stats.t.ppf((1 + LEVEL) / 2, number - 1) * error
    return float(np.tanh(centre - reach)), float(np.tanh(centre + reach))


def _fisher(clusters: Sequence[np.ndarray]) -> float:
    """Return Fisher's z of all pairs; a perfect order counts as half a swap of neighbours off, not as ∞."""
    pairs = np.concatenate(clusters)
    limit = 1 - 6 / (len(pairs) * (len(pairs) ** 2 - 1))
    return float(np.arctanh(np.clip(_spearman(pairs), -limit, limit)))


def _spearman(pairs: np.ndarray) -> float:
    """Return Spearman's rank correlation of pairs [runs, 2], NaN where it is not defined."""
    if len(pairs) < _LEAST_RUNS or (pairs == pairs[:1]).all(axis=0).any():
        return np.nan
    return float(stats.spearmanr(pairs).statistic)
