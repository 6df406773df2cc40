"""Statistics on the runs of a grid, each worked out for one seed.

They share ``runs``, the results table with one row a run; ``seed``, whose runs count; and the names of two of
its columns, ``of`` for the quantity that is spoken of and ``along`` for the one that it is set against. Only
finished runs with finite values count, except in :func:`divergence`. All raise :class:`NotEnoughDataError`
where these are too few or do not vary.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial
from scipy import stats

from graduated.claims.fits import cross_validated_error, mode

FEWEST = 4
"""Fewest runs that a rank correlation, a line or a fit is worked out on."""

_LOGARITHMIC = ("sharpness", "smoothing", "ratio", "learning_rate", "batch_size")


class NotEnoughDataError(ValueError):
    """A statistic cannot be worked out; the message says what is missing."""


def better_trained(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the better-trained half: the runs that reached the median training loss of the finished ones."""
    finished_losses = runs.loc[runs["status"] == "finished", "train_loss"]
    return runs[runs["train_loss"] <= finished_losses.median()]


def trend(runs: pd.DataFrame, seed: int, *, of: str, along: str) -> float:
    """Return Spearman's ρ between two quantities over the finished runs of a seed."""
    mine = _finished(runs, seed, of, along)
    return _spearman(mine[of], mine[along])


def trend_within(runs: pd.DataFrame, seed: int, *, of: str, along: str, within: str) -> float:
    """Return Spearman's ρ at each value of a third quantity, averaged over those with enough runs.

    Raises:
        NotEnoughDataError: Fewer than two values of the third, ``within``, have runs at three of ``along``.
    """
    mine = _finished(runs, seed, of, along)
    groups = [group for _, group in mine.groupby(within) if group[along].nunique() >= FEWEST - 1]
    if len(groups) < 2:
        raise NotEnoughDataError(f"fewer than 2 values of {within} with {FEWEST - 1} runs or more")
    return float(np.mean([_spearman(group[of], group[along], FEWEST - 1) for group in groups]))


def partial_trend(
    runs: pd.DataFrame, seed: int, *, of: str, along: str, given: str, degree: int = 1
) -> float:
    """Return the rank correlation of two quantities given a third: that of the residuals of their ranks.

    Taken off the ranks of the two is a polynomial of a ``degree`` in the ranks of the third, ``given``.

    Raises:
        NotEnoughDataError: The third does not vary, or there are too few runs.
    """
    mine = _finished(runs, seed, of, along, given).rank()
    if mine[given].nunique() < degree + 1:
        raise NotEnoughDataError(f"{given} has fewer than {degree + 1} values")
    residuals = [
        mine[name] - Polynomial.fit(mine[given], mine[name], degree)(mine[given]) for name in (of, along)
    ]
    return float(stats.pearsonr(*residuals).statistic)


def trend_advantage(runs: pd.DataFrame, seed: int, *, of: str, along: str, over: Sequence[str]) -> float:
    """Return how much larger |ρ| is with one quantity, ``along``, than with the best of others, ``over``."""
    return abs(trend(runs, seed, of=of, along=along)) - max(
        abs(trend(runs, seed, of=of, along=other)) for other in over
    )


def fit_advantage(
    runs: pd.DataFrame, seed: int, *, of: str, along: str, over: Sequence[str], shape: str
) -> float:
    """Return the log of the cross-validated error with the best of others over that with one quantity.

    A fit of a ``shape`` (see :mod:`graduated.claims.fits`) predicts ``of`` from ``along``, or from one of the
    columns ``over``.

    Raises:
        NotEnoughDataError: One of them predicts without any error, so that there is no log.
    """
    mine = _finished(runs, seed, of, along, *over)
    errors = {
        name: cross_validated_error(shape, _values(mine, name), _values(mine, of)) for name in (along, *over)
    }
    if not min(errors.values()) > 0:
        raise NotEnoughDataError(f"{of} is predicted without any error")
    return float(np.log(min(errors[name] for name in over) / errors[along]))


def two_lines(runs: pd.DataFrame, seed: int, *, of: str, along: str) -> float:
    """Return the smaller of the slopes towards the optimum from both sides, per decade.

    Positive means an inverted U (after Simonsohn 2018). Where the optimum is, and so which runs belong to
    which line, is told by the other seeds; either line has runs enough for a slope.

    Raises:
        NotEnoughDataError: There are runs at fewer than twice ``FEWEST`` values of ``along``.
    """
    mine = _finished(runs, seed, of, along)
    others = _finished(runs[runs["seed"] != seed], None, of, along)
    x, y = _values(mine, along), _values(mine, of)
    points = np.unique(x)
    if len(points) < 2 * FEWEST:
        raise NotEnoughDataError(f"runs at fewer than {2 * FEWEST} values of {along}")
    middle = mode(_values(others, along), _values(others, of))
    middle = np.clip(middle, points[FEWEST - 1], points[-FEWEST])
    left, right = x <= middle, x >= middle
    return float(min(stats.linregress(x[left], y[left]).slope, -stats.linregress(x[right], y[right]).slope))


def optimum(runs: pd.DataFrame, seed: int, *, of: str, along: str) -> float:
    """Return log10 of where a unimodal fit of one quantity on another is highest."""
    mine = _finished(runs, seed, of, along)
    return mode(_values(mine, along), _values(mine, of))


def best_inside(runs: pd.DataFrame, seed: int, *, of: str, along: str, inside: Sequence[float]) -> float:
    """Return the largest value of a seed's runs within two bounds of ``along`` minus the largest beyond them.

    Raises:
        NotEnoughDataError: No run lies ``inside`` (the bounds included), or none beyond.
    """
    mine = _finished(runs, seed, of, along)
    within = mine[along].between(*inside)
    if within.all() or not within.any():
        raise NotEnoughDataError(f"no run with {along} {'beyond' if within.any() else 'within'} {inside}")
    return float(mine.loc[within, of].max() - mine.loc[~within, of].max())


def divergence(runs: pd.DataFrame, seed: int, *, along: str) -> float:
    """Return the probability that a diverged run of the seed has a larger value than a finished one.

    Raises:
        NotEnoughDataError: No run diverged, or all did.
    """
    mine = runs[runs["seed"] == seed]
    diverged = mine["status"] == "diverged"
    if diverged.all() or not diverged.any():
        raise NotEnoughDataError("no run diverged" if not diverged.any() else "no run finished")
    test = stats.mannwhitneyu(mine.loc[diverged, along], mine.loc[~diverged, along])
    return float(test.statistic / (diverged.sum() * (~diverged).sum()))


STATISTICS = {
    function.__name__: function
    for function in (
        trend,
        trend_within,
        partial_trend,
        trend_advantage,
        fit_advantage,
        two_lines,
        optimum,
        best_inside,
        divergence,
    )
}


def _finished(runs: pd.DataFrame, seed: int | None, *columns: str) -> pd.DataFrame:
    """Return a seed's finished runs with finite values; all seeds' for None."""
    mine = runs[runs["status"] == "finished"]
    mine = mine if seed is None else mine[mine["seed"] == seed]
    finite = np.isfinite(mine[list(columns)].astype(float)).all(axis=1)
    if finite.sum() < FEWEST:
        raise NotEnoughDataError(f"{finite.sum()} finished runs; at least {FEWEST} needed")
    return mine[finite]


def _values(runs: pd.DataFrame, name: str) -> np.ndarray:
    values = runs[name].to_numpy(float)
    if name not in _LOGARITHMIC:
        return values
    if not (values > 0).all():
        raise NotEnoughDataError(f"{name} is not positive in {(values <= 0).sum()} runs; no logarithm")
    return np.log10(values)


def _spearman(first: pd.Series, second: pd.Series, fewest: int = FEWEST) -> float:
    if len(first) < fewest or first.nunique() < 2 or second.nunique() < 2:
        raise NotEnoughDataError(f"{first.name} or {second.name} does not vary")
    return float(stats.spearmanr(first, second).statistic)
