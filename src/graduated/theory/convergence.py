"""Whether graduated optimization finds global minima, and in how many steps."""

import numpy as np
import pandas as pd
import torch

from graduated.proportions import difference_interval, share_interval
from graduated.studies import CONTRADICTED, Findings, Report, Tables, Verdict, outcome_of
from graduated.studies.settings import Convergence
from graduated.studies.verdicts import interval_verdict, number_verdict
from graduated.theory.iterations import BATCH, BOUND, NEEDED, PLANNED, RATE, iterations
from graduated.theory.success import (
    BOX,
    FIRST,
    GRAD_OPT,
    GRADIENT_DESCENT,
    GRADUATED,
    NICE,
    STOCHASTIC,
    success_rates,
)

LEAST_SHARE = 0.95
"""Of starts that a theorem for all starts must hold from."""

MARGIN = 0.5
"""Gain in the share of starts that makes a method one that gets where others stick."""

PAPER = "arXiv 2311.08745"

_PROFILE_POINTS, _NICENESS_POINTS = 1001, 401


def measure(settings: Convergence, report: Report) -> Findings:
    """Count successes against gradient descent and SGD, and steps to an accuracy.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``success``; ``iterations``, ``slopes`` and ``reached``; ``profile`` and ``niceness``, the
        σ-nice function smoothed, and between what its curvature lies.
    """
    counts = iterations(settings, lambda done, what: report(0.1 * done, what))
    success = success_rates(settings, lambda done, what: report(0.1 + 0.9 * done, what))
    report(1.0, "done")
    tables = {"success": success, **counts, "profile": _profile(), "niceness": _niceness()}
    return Findings(tables, _verdicts(settings, tables))


def _profile() -> pd.DataFrame:
    points = torch.linspace(-BOX, BOX, _PROFILE_POINTS, dtype=torch.float64)[:, None]
    values = {0.0: NICE.value(points)}
    values |= {smoothing: NICE.smoothed(points, smoothing) for smoothing in (FIRST / 2, FIRST)}
    tables = [
        pd.DataFrame({"smoothing": smoothing, "x": points.squeeze(1), "value": value})
        for smoothing, value in values.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _niceness() -> pd.DataFrame:
    distances = np.linspace(0, 4, _NICENESS_POINTS)
    lowest, highest = NICE.curvature_range(distances)
    return pd.DataFrame({"distance": distances, "lowest": lowest, "highest": highest})


def _verdicts(settings: Convergence, tables: Tables) -> list[Verdict]:
    success = tables["success"]
    rastrigin = success[success["function"] == "rastrigin"]
    grad_opt = rastrigin.loc[rastrigin["method"] == GRAD_OPT, "share"]
    return [
        _steps(settings, tables),
        _stays_near(tables["reached"]),
        _batch_before_rate(tables["slopes"]),
        _where_others_stick(
            success[success["function"] == "log_periodic"],
            f"{PAPER}, Theorem 5.2",
            f"The function is σ-nice, σ = {NICE.strong_convexity:.3g}, with a local minimum at every scale.",
        ),
        _where_others_stick(
            rastrigin,
            f"{PAPER}, graduated optimization",
            "Rastrigin's function is not σ-nice: no theorem says so. GradOpt, whose noise is uniform, "
            f"ends there from {grad_opt.min():.0%} to {grad_opt.max():.0%} of the starts: at some δ uniform "
            "noise turns the function's waves over.",
        ),
    ]


def _steps(settings: Convergence, tables: Tables) -> Verdict:
    reached, counts = tables["reached"], tables["iterations"]
    count, number = int(reached["reached"].min()), settings.starts
    low, high = share_interval(count, number)
    finest = counts[(counts["lowered"] == BATCH) & (counts["accuracy"] == min(settings.accuracies))]
    planned, bound = (finest.loc[finest["counted"] == how, "steps"].to_numpy() for how in (PLANNED, BOUND))
    needed = finest.loc[finest["counted"] == NEEDED, "most"].max()
    within = bool((planned <= bound).all())
    return Verdict(
        claim="Algorithm 1 comes within ε of the global minimum of a σ-nice function in O(1/ε²) steps",
        source=f"{PAPER}, Theorem 5.2",
        outcome=outcome_of(low, high, above=LEAST_SHARE) if within else CONTRADICTED,
        statistic="least share of starts within ε after ΣT_m steps, over all γ and ε",
        value=count / number,
        low=low,
        high=high,
        n=number,
        unit="starts",
        remark=(
            f"At ε = {min(settings.accuracies):g} the bound is {bound.max():.1g} steps, ΣT_m at most "
            f"{planned.max():.1g}, and {needed:.0f} would do: the bound holds and is far from attained. "
            "Steps that change nothing any more are counted, not carried out."
        ),
    )


def _stays_near(reached: pd.DataFrame) -> Verdict:
    return number_verdict(
        "With γ in [0.5, 1) every level begins within 3δ_m of its minimiser",
        f"{PAPER}, Proposition 5.1",
        "largest distance from the minimiser at the beginning of a level, in δ_m; at most 3",
        float(reached["farthest"].max()),
        int(reached["starts"].max()),
        "starts",
        "Levels left as soon as ε_m is reached, on a σ-nice function whose minimiser stays in place.",
        most=3,
    )


def _batch_before_rate(slopes: pd.DataFrame) -> Verdict:
    """Compare the orders of ΣT_m, whose scatter is the rounding of the number of levels."""
    planned = slopes[slopes["counted"] == PLANNED].set_index(["lowered", "decay"])
    batch, rate = planned.loc[BATCH], planned.loc[RATE]
    gain = batch["slope"] - rate["slope"]
    return interval_verdict(
        "At the same δ, to increase the batch size takes fewer steps than to lower the learning rate",
        f"{PAPER}, Theorem 5.1 (H_m) and the comparison of the four methods",
        "exponent of ε in ΣT_m, increasing batch size less decaying learning rate",
        (gain.mean(), (batch["low"] - rate["high"]).min(), (batch["high"] - rate["low"]).max()),
        len(gain),
        "values of γ",
        "Between the widest ends of the intervals for each γ. With a constant learning rate H_m falls as "
        "δ_m does, and ΣT_m is of order 1/ε instead of 1/ε².",
        above=0.0,
    )


def _where_others_stick(success: pd.DataFrame, source: str, remark: str) -> Verdict:
    """Compare the worst γ with the best of the others, in the dimension where the gain is least."""
    candidates = []
    for dimension, cell in success.groupby("dimension"):
        others = cell[cell["method"].isin((GRADIENT_DESCENT, STOCHASTIC))]
        counts = cell.loc[cell["method"] == GRADUATED, "successes"].min(), others["successes"].max()
        candidates.append((*difference_interval(*counts, int(cell["starts"].iloc[0])), *counts, dimension))
    low, high, ours, theirs, dimension = min(candidates)
    number = int(success["starts"].iloc[0])
    best = f"D = {dimension}: {ours / number:.1%} against {theirs / number:.1%} of GD or SGD at best."
    return interval_verdict(
        "Graduated optimization reaches the global minimum where gradient descent and SGD stick",
        source,
        f"share of starts that reach it, worst γ less best of GD and SGD; more than {MARGIN}",
        ((ours - theirs) / number, low, high),
        number,
        "starts",
        f"{best} ∇f̂_δ in closed form. {remark}",
        above=MARGIN,
    )
