"""Verdicts on what arXiv 2412.11501 says of explicit graduated optimization on benchmark functions."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from graduated.graduated_optimization.levels import geometric_levels, polynomial_levels
from graduated.proportions import share_interval
from graduated.streams import stream_seed
from graduated.studies import INCONCLUSIVE, Verdict, outcome_of
from graduated.studies.settings import GlobalOptimizers
from graduated.theory.optimizer_comparison import CONTROL, RIVALS

FEWEST = 5
"""Functions below which nothing is decided on functions at large."""

RUGGED = "rastrigin"

_SOURCE = "arXiv 2412.11501, abstract"
_RELEASED = "github.com/iiduka-researches/igo-aaai25, ego.py"


def verdicts(tables: Mapping[str, pd.DataFrame], settings: GlobalOptimizers) -> list[Verdict]:
    """Return what the tables of ``optimizer_comparison`` say of the paper's claims.

    Args:
        tables: Of the study.
        settings: Of the study.
    """
    budget = f"{settings.evaluations:,} evaluations for each"
    full = 2 * settings.dimension * settings.levels * settings.steps * settings.draws
    conditions = {
        "explicit_reverse": f"{budget}, a gradient counted as 4 (reverse mode)",
        "explicit_differences": f"{budget}, a gradient counted as 2D (the authors' differences)",
        "explicit_nice": f"{full:,} evaluations for it (the authors'), {settings.evaluations:,} for others",
    }
    found = [_against_all(tables["duels"], *condition, settings) for condition in conditions.items()]
    found += [_of_smoothing(tables["duels"], settings), _of_schedules(tables["schedules"], settings)]
    if RUGGED in settings.functions:
        found.append(_of_regimes(tables["runs"]))
    return found


def _against_all(duels: pd.DataFrame, optimizer: str, conditions: str, settings: GlobalOptimizers) -> Verdict:
    """Return whether it beats every rival, with intervals that hold for all of them together (Bonferroni)."""
    means = {rival: _mean_over_functions(duels, optimizer, rival, 1 - 0.05 / len(RIVALS)) for rival in RIVALS}
    strongest = min(means, key=lambda rival: means[rival][2])
    value, low, high, functions = means[strongest]
    lowest = min(below for _, below, _, _ in means.values())
    others = "; ".join(
        f"{rival} {mean:.2f} [{below:.2f}, {above:.2f}]" for rival, (mean, below, above, _) in means.items()
    )
    return Verdict(
        claim="Explicit graduated optimization with optimal noise scheduling beats other global optimizers "
        f"on classical benchmark functions ({conditions})",
        source=_SOURCE,
        outcome=_outcome(lowest - 0.5, high - 0.5, functions),
        statistic=f"probability to end below {strongest}, the strongest rival, mean over functions",
        value=value,
        low=low,
        high=high,
        n=functions,
        unit="functions",
        remark=f"Rivals and budgets are ours, the paper's not known; D = {settings.dimension}; "
        f"f − f* below {settings.success:g} counts as equal; simultaneous "
        f"95 % bootstrap intervals over functions: {others}",
    )


def _of_smoothing(duels: pd.DataFrame, settings: GlobalOptimizers) -> Verdict:
    value, low, high, functions = _mean_over_functions(duels, "explicit_nice", CONTROL, 0.95)
    return Verdict(
        claim="Smoothing takes gradient descent to lower values than the same steps without noise",
        source=_SOURCE,
        outcome=_outcome(low - 0.5, high - 0.5, functions),
        statistic="probability to end below gradient descent without noise, mean over functions",
        value=value,
        low=low,
        high=high,
        n=functions,
        unit="functions",
        remark=f"Step sizes as the authors tuned them with smoothing; f − f* below {settings.success:g} "
        "counts as equal; 95 % bootstrap interval over functions",
    )


def _of_schedules(schedules: pd.DataFrame, settings: GlobalOptimizers) -> Verdict:
    medians, shares = schedules["median"].to_numpy(), schedules["probability"].to_numpy()
    low, high = _bootstrap(shares, 0.95)
    p = stats.wilcoxon(medians, zero_method="zsplit").pvalue
    significant = schedules["holm_p"] < 0.05
    nice = polynomial_levels(settings.first, settings.last, settings.levels, settings.power)
    geometric = geometric_levels(settings.first, settings.last, settings.levels)
    return Verdict(
        claim="The schedule nice ends lower than a geometric one of as many levels",
        source=_SOURCE + "; " + _RELEASED,
        outcome=_outcome(low - 0.5, high - 0.5, len(shares)),
        statistic="share of seeds for which nice ends lower (ties by half), mean over functions",
        value=float(shares.mean()),
        low=low,
        high=high,
        n=len(shares),
        unit="functions",
        remark=f"Median ratio nice / geometric {10 ** np.median(medians):.2g}, over functions Wilcoxon "
        f"p = {p:.2g}; over seeds (Wilcoxon, Holm) nice is lower on "
        f"{(significant & (medians < 0)).sum()} functions, geometric on "
        f"{(significant & (medians > 0)).sum()}. Part of it is distance: the step sizes, in units of l_0, "
        f"add up to {settings.steps * sum(nice):.3g} for nice, {settings.steps * sum(geometric):.3g} for "
        "geometric",
    )


def _of_regimes(runs: pd.DataFrame) -> Verdict:
    counts = runs[runs["function"] == RUGGED].pivot(index="seed", columns="optimizer", values="misplaced")
    nice, geometric = counts["explicit_nice"], counts["explicit_geometric"]
    both = int(((nice == 0) & (geometric >= 1)).sum())
    low, high = share_interval(both, len(counts))
    return Verdict(
        claim="On Rastrigin's function nice ends in the global basin, geometric with a coordinate beside it",
        source=f"{_RELEASED}: 0.0024 and 0.995 for its one seed",
        outcome=_outcome(low - 0.5, high - 0.5, FEWEST),
        statistic="share of starts of which both are true",
        value=both / len(counts),
        low=low,
        high=high,
        n=len(counts),
        unit="starts",
        remark=f"Coordinates in another basin: nice {_counts(nice)}; geometric {_counts(geometric)}",
    )


def _mean_over_functions(
    duels: pd.DataFrame, optimizer: str, rival: str, level: float
) -> tuple[float, float, float, int]:
    """Return the mean probability to end below a rival, its interval, and the number of functions."""
    chosen = (duels["optimizer"] == optimizer) & (duels["rival"] == rival)
    values = duels.loc[chosen, "probability"].to_numpy()
    return float(values.mean()), *_bootstrap(values, level), len(values)


def _bootstrap(values: np.ndarray, level: float) -> tuple[float, float]:
    """Return the interval of the mean of values that belong to one function each."""
    if len(values) < 2:
        return float(values[0]), float(values[0])
    generator = np.random.default_rng(stream_seed(0, "bootstrap over functions"))
    options = {"confidence_level": level, "method": "percentile", "rng": generator}
    interval = stats.bootstrap((values,), np.mean, **options).confidence_interval
    return float(interval.low), float(interval.high)


def _outcome(low: float, high: float, functions: int) -> str:
    """Return what an interval of a quantity says that the claim has greater than 0."""
    return INCONCLUSIVE if functions < FEWEST else outcome_of(low, high, above=0.0)


def _counts(misplaced: pd.Series) -> str:
    """Return how many runs have how many coordinates in another basin, in words."""
    return ", ".join(f"{count} in {runs}" for count, runs in misplaced.value_counts().sort_index().items())
