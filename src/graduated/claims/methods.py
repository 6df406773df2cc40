"""Statistics on methods that were compared, each worked out for one seed, its methods sharing all else.

They share ``standings``, a table with one row for each method, seed and basis of comparison; ``seed``, whose
rows count; ``of``, the column that is compared, the larger the better; and ``at_equal``, the basis: what the
methods had the same amount of. The other arguments name methods. All raise
:class:`graduated.claims.grid.NotEnoughDataError` where a method has no finished run with the seed.
"""

from collections.abc import Sequence

import pandas as pd

from graduated.claims.grid import NotEnoughDataError


def advantage(
    standings: pd.DataFrame, seed: int, *, of: str, better: Sequence[str], worse: Sequence[str], at_equal: str
) -> float:
    """Return the mean of some methods minus that of others."""
    values = _values(standings, seed, of, (*better, *worse), at_equal)
    return float(values[list(better)].mean() - values[list(worse)].mean())


def least_advantage(
    standings: pd.DataFrame, seed: int, *, of: str, better: Sequence[str], worse: Sequence[str], at_equal: str
) -> float:
    """Return the worst of some methods minus the best of others; positive if every one of them is better."""
    values = _values(standings, seed, of, (*better, *worse), at_equal)
    return float(values[list(better)].min() - values[list(worse)].max())


def order(standings: pd.DataFrame, seed: int, *, of: str, best_first: Sequence[str], at_equal: str) -> float:
    """Return the smallest step of methods in the order claimed; positive if the order holds."""
    values = _values(standings, seed, of, best_first, at_equal)
    return float(-values[list(best_first)].diff().max())


def spread(standings: pd.DataFrame, seed: int, *, of: str, among: Sequence[str], at_equal: str) -> float:
    """Return the largest minus the smallest of some methods."""
    values = _values(standings, seed, of, among, at_equal)
    return float(values.max() - values.min())


STATISTICS = {function.__name__: function for function in (advantage, least_advantage, order, spread)}


def _values(standings: pd.DataFrame, seed: int, of: str, methods: Sequence[str], at_equal: str) -> pd.Series:
    if unknown := [method for method in methods if method not in set(standings["method"])]:
        raise NotEnoughDataError(f"no finished run of method {unknown[0]}")
    mine = standings[(standings["seed"] == seed) & (standings["basis"] == at_equal)]
    values = mine.set_index("method")[of]
    if absent := [method for method in methods if method not in values.index]:
        raise NotEnoughDataError(f"method {absent[0]} did not finish with seed {seed}")
    return values[list(methods)]
