"""What the runs of several optimizers say: summaries, duels, ranks, and one schedule against the other."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from graduated.graduated_optimization.functions import FUNCTIONS
from graduated.proportions import share_interval
from graduated.studies.settings import GlobalOptimizers

RIVALS = ("basin_hopping", "cma_es", "differential_evolution", "dual_annealing")
EXPLICIT = ("explicit_nice", "explicit_geometric", "explicit_reverse", "explicit_differences")
CONTROL = "gradient_descent"

_LARGEST = 1e300
"""Stands for infinity in medians and logarithms."""

_EQUAL = np.log10(1.01)
"""Final gaps within a hundredth of one another are equal: they are one local minimum."""


def compare(
    runs: pd.DataFrame, labels: Mapping[str, str], settings: GlobalOptimizers
) -> dict[str, pd.DataFrame]:
    """Return the study's tables.

    Args:
        runs: One row per run: function, optimizer, seed, gap, final_gap, evaluations, solved_after.
        labels: The optimizers' names in print, in the order wanted.
        settings: Of the study.
    """
    return {
        "runs": runs,
        "summary": summary(runs, labels, settings.success),
        "duels": duels(runs, settings.success),
        "ranks": pd.concat(
            [ranks(runs, floor) for floor in (settings.success, settings.precision)], ignore_index=True
        ),
        "schedules": schedules(runs, settings.precision),
    }


def summary(runs: pd.DataFrame, labels: Mapping[str, str], success: float) -> pd.DataFrame:
    """Return per function and optimizer the quartiles of the gap, and the share of solved runs.

    Args:
        runs: One row per run.
        labels: The optimizers' names in print.
        success: f − f* at which a run has solved its problem.
    """
    rows = []
    for (function, optimizer), cell in runs.groupby(["function", "optimizer"], sort=False):
        # of the values themselves, not between them: some are infinite
        quartiles = np.quantile(cell["gap"], [0.25, 0.5, 0.75], method="inverted_cdf")
        solved = int((cell["gap"] <= success).sum())
        low, high = share_interval(solved, len(cell))
        row = {"function": function, "optimizer": optimizer, "solved": solved, "seeds": len(cell)}
        row |= dict(zip(("lower_quartile", "median", "upper_quartile"), quartiles, strict=True))
        row |= {"share": solved / len(cell), "low": low, "high": high, "success": success}
        row["median_evaluations"] = cell["evaluations"].median()
        row |= {"label": labels[optimizer], "function_label": FUNCTIONS[function].label}
        rows.append(row)
    return pd.DataFrame(rows)


def duels(runs: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Return per function how often explicit graduated optimization ends below another optimizer.

    That is P(gap < rival's gap) + P(equal)/2 over pairs of runs, Vargha and Delaney's A.

    Args:
        runs: One row per run.
        floor: Gaps below count as this one, as the last level of smoothing limits the precision.
    """
    gaps = {key: np.maximum(cell["gap"], floor) for key, cell in runs.groupby(["function", "optimizer"])}
    rows = []
    for function in runs["function"].unique():
        for optimizer in EXPLICIT:
            for rival in (*RIVALS, CONTROL):
                own, other = gaps[function, optimizer], gaps[function, rival]
                wins = stats.mannwhitneyu(other, own, method="asymptotic").statistic
                row = {"function": function, "optimizer": optimizer, "rival": rival}
                rows.append(row | {"probability": wins / (len(own) * len(other))})
    return pd.DataFrame(rows)


def ranks(runs: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Return the mean rank of every optimizer over functions, by the median gap, with Friedman's test.

    Args:
        runs: One row per run.
        floor: Gaps below count as this one.
    """
    gaps = runs.assign(gap=runs["gap"].clip(lower=floor, upper=_LARGEST))
    medians = gaps.groupby(["function", "optimizer"], sort=False)["gap"].median().unstack()
    ranked = medians.rank(axis=1).mean()
    statistic, p = np.nan, np.nan
    if len(medians) > 1:
        statistic, p = stats.friedmanchisquare(*medians.to_numpy().T)
    table = ranked.rename_axis("optimizer").reset_index(name="mean_rank").assign(floor=floor)
    table = table.assign(friedman_statistic=statistic, friedman_p=p, functions=len(medians))
    return table.sort_values("mean_rank", kind="stable", ignore_index=True)


def schedules(runs: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Compare the schedules nice and geometric per function, runs of one seed paired, by Wilcoxon's test.

    Args:
        runs: One row per run.
        floor: Final gaps below count as this one.

    Returns:
        Per function the share of seeds for which nice ends lower (ties by half), the quartiles over seeds of
        log10 of the ratio nice / geometric of the final gaps, and Wilcoxon's p, once as it is and once
        adjusted by Holm for the number of functions.
    """
    final = runs.assign(final_gap=runs["final_gap"].clip(lower=floor, upper=_LARGEST))
    wide = final.pivot(index=["function", "seed"], columns="optimizer", values="final_gap")
    logs = np.log10(wide["explicit_nice"]) - np.log10(wide["explicit_geometric"])
    logs = logs.where(logs.abs() > _EQUAL, 0.0)
    rows = []
    for function in runs["function"].unique():
        ratio = logs.loc[function]
        lower, median, upper = ratio.quantile([0.25, 0.5, 0.75])
        p = stats.wilcoxon(ratio, zero_method="zsplit").pvalue
        row = {"function": function, "probability": ((ratio < 0).mean() + (ratio <= 0).mean()) / 2}
        rows.append(row | {"lower_quartile": lower, "median": median, "upper_quartile": upper, "p": p})
    table = pd.DataFrame(rows)
    return table.assign(holm_p=multipletests(table["p"], method="holm")[1], seeds=runs["seed"].nunique())
