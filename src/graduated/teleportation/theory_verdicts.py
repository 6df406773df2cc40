"""What ``teleportation_theory`` says of each claim."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from graduated.intervals import share_interval
from graduated.studies import CONTRADICTED, SUPPORTED, Tables, Verdict, outcome_of
from graduated.teleportation.descents import ASCENT, BEST, BOOTH_RATES, PLAIN, ROTATED
from graduated.teleportation.theorems import PLAIN_SGD, STEEPEST, TELEPORTED

EXACT = 1e-9
"""Differences from a closed form that count as rounding."""

LEAST_ORDER = 1.95
"""Of convergence, that counts as quadratic."""

_FIRST, _THEOREMS = "arXiv 2205.10637", "arXiv 2305.13404"


def verdicts(tables: Tables) -> Iterator[Verdict]:
    """Yield the verdicts of the study from its tables."""
    yield _booth(tables["booth"])
    yield from _rosenbrock(tables["ends"])
    yield from _one_teleport(tables["after_one"])
    yield _newton(tables["newton"])
    yield _order(tables["orders"])
    yield from _bound(tables["bound"])
    yield _rate(tables["contraction"])


def _exact(
    claim: str, source: str, statistic: str, value: float, holds: bool, n: int, unit: str, remark: str
) -> Verdict:
    outcome = SUPPORTED if holds else CONTRADICTED
    return Verdict(claim, source, outcome, statistic, value, value, value, n, unit, remark)


def _booth(booth: pd.DataFrame) -> Verdict:
    error = float(((booth["loss"] - booth["predicted"]).abs() / booth["loss"].max()).max())
    last = booth[booth["step"] == 9].groupby(["learning_rate", "arm"])["loss"].first()
    slow, fast = (last.loc[rate] for rate in BOOTH_RATES)
    return _exact(
        "After one perfect teleport on Booth's function each step shrinks the loss by (1 − 18η)²",
        f"{_FIRST}, section 5.1",
        "largest distance of the loss from the closed form, in units of L_0",
        error,
        error <= EXACT,
        len(booth),
        "arms and steps",
        f"η = 0.08: L_9 = {slow[BEST]:.7f} with the teleport, {slow[PLAIN]:.6f} without. With η = 1/18 the "
        f"step after the teleport ends at the minimum (L_9 = {fast[BEST]:.1g} against {fast[PLAIN]:.2f}).",
    )


def _rosenbrock(ends: pd.DataFrame) -> Iterator[Verdict]:
    medians = ends.groupby(["learning_rate", "arm"])["loss"].median()
    comparisons = {
        PLAIN: "Teleports along level sets let gradient descent end lower on Rosenbrock's function",
        ROTATED: "The ascent on ‖∇L‖ helps on Rosenbrock's function, beyond a rotation by a random angle",
    }
    for other, claim in comparisons.items():
        for rate, cell in ends.groupby("learning_rate", sort=False):
            runs = cell.pivot(index="run", columns="arm", values="loss")
            lower, number = int((runs[ASCENT] < runs[other]).sum()), len(runs)
            low, high = share_interval(lower, number)
            median = medians.loc[rate]
            remark = (
                f"η = {rate:g}; median last loss {median[PLAIN]:.2g} without, {median[ROTATED]:.1g} "
                f"with rotations by the same random first angles, {median[ASCENT]:.1g} with the published "
                f"ascent from them, and {median[BEST]:.0e} from the steepest points."
            )
            statistic = f"share of runs in which the ascent ends below “{other}”; more than 0.5 expected"
            outcome = outcome_of(low, high, above=0.5)
            source = f"{_FIRST}, section 5.1"
            yield Verdict(
                claim, source, outcome, statistic, lower / number, low, high, number, "runs", remark
            )


def _one_teleport(ratios: pd.DataFrame) -> Iterator[Verdict]:
    remarks = {
        "Booth": "The eigenvector of the greatest eigenvalue is mapped to itself by every step.",
        "Rosenbrock": "The paper has a condition, which this function breaks; hence the repeated teleports.",
    }
    for function, cell in ratios.groupby("function", sort=False):
        least = float(cell["ratio"].min())
        yield _exact(
            f"One teleport is enough on {function}'s function: later points are steepest on their level sets",
            f"{_THEOREMS}, section 3.3",
            "least ratio of ‖∇L(w_t)‖ to its maximum on the level set, after one teleport; 1 expected",
            least,
            least >= 1 - EXACT,
            len(cell),
            "steps",
            remarks[function],
        )


def _newton(newton: pd.DataFrame) -> Verdict:
    own = newton[newton["point"] == STEEPEST]
    others = newton[newton["point"] != STEEPEST].groupby("function")["cosine"].min()
    least = float(own["cosine"].min())
    return _exact(
        "Where ‖∇L‖ is greatest on a level set, the gradient has Newton's direction",
        f"{_THEOREMS}, Theorem 3.2",
        "least cosine of ∇L and (∇²L)⁻¹∇L at the steepest points; 1 expected",
        least,
        least >= 1 - EXACT,
        len(own),
        "functions and level sets",
        "At random points of the same level sets the cosine falls to "
        + " and ".join(f"{value:.2f} ({name})" for name, value in others.items())
        + ".",
    )


def _order(orders: pd.DataFrame) -> Verdict:
    own = orders[orders["point"] == STEEPEST].set_index("function")
    others = orders[orders["point"] != STEEPEST]["order"]
    least = float(own["order"].min())
    return _exact(
        "A step with γ = 1/ν from there leaves an error of the order of the squared error, as Newton's",
        f"{_THEOREMS}, Theorem 3.2",
        f"least slope of log ‖w' − w*‖ against log ‖w − w*‖; at least {LEAST_ORDER} expected",
        least,
        least >= LEAST_ORDER,
        int(own["levels"].sum()),
        "functions and level sets",
        f"The quartic, without third derivatives at its minimum, has {own.loc['quartic', 'order']:.2f}. The "
        f"step needs ν, a curvature. At random points the order is {others.mean():.2f}. Far out on "
        "Rosenbrock's function the step hardly moves: the region is small.",
    )


def _bound(bound: pd.DataFrame) -> Iterator[Verdict]:
    claims = {
        TELEPORTED: "SGD with a teleport at every step satisfies the bound of Theorem 3.1 on the whole orbit",
        PLAIN_SGD: "SGD without teleports satisfies that bound on the whole orbit, too",
    }
    for arm, claim in claims.items():
        cell = bound[bound["arm"] == arm]
        worst = cell.loc[(cell["left"] / cell["right"]).idxmax()]
        value, low, high = (float(worst[name] / worst["right"]) for name in ("left", "low", "high"))
        yield Verdict(
            claim=claim,
            source=f"{_THEOREMS}, Theorem 3.1" + ", control" * (arm == PLAIN_SGD),
            outcome=outcome_of(low, high, below=1.0),
            statistic="greatest ratio of min E max ‖∇L‖² over the orbit to its bound; at most 1 expected",
            value=value,
            low=low,
            high=high,
            n=int(worst["replicas"]),
            unit="runs",
            remark=_bound_remark(cell, arm, worst),
        )


def _bound_remark(cell: pd.DataFrame, arm: str, worst: pd.Series) -> str:
    where = f"Quadratic, SO(n) in whitened coordinates; at T = {worst['horizon']}, {worst['noise']}. "
    noisy = cell[cell["noise"] == "with noise"]
    column = "left" if arm == TELEPORTED else "own"
    slope = np.polyfit(np.log(noisy["horizon"]), np.log(noisy[column]), 1)[0]
    if arm == TELEPORTED:
        return f"{where}With noise the left side falls as T^{slope:.2f}; the bound, as that of SGD, as T^−½."
    own = float((cell["own"] / cell["right"]).max())
    return (
        f"{where}At w_t itself the gradient satisfies it (greatest ratio {own:.2f}), falling as "
        f"T^{slope:.2f}: teleports bring the bound to the whole orbit, not a better rate."
    )


def _rate(contraction: pd.DataFrame) -> Verdict:
    worst = contraction.groupby(["relative_rate", "arm"])["contraction"].max().unstack()
    difference = float((worst[PLAIN] - worst[BEST]).abs().max())
    booth = contraction[contraction["function"] == "Booth"].set_index(["relative_rate", "arm"])["contraction"]
    slow, best = booth.loc[0.95], booth.loc[1.8]
    return _exact(
        "For the class of strongly convex functions teleports neither improve nor worsen the rate",
        "arXiv 2403.03362",
        "largest difference of the worst contraction per step, with and without a teleport",
        difference,
        difference <= EXACT,
        len(worst),
        "learning rates",
        "The worst of three quadratics with curvatures in [2, 18]: round ones, which teleports leave as they "
        f"are. On Booth's function, at ηL = 0.95, it is {slow[BEST]:.4f} with and {slow[PLAIN]:.2f} without; "
        f"from η = 2/(L + μ) on the two are equal there, too ({best[BEST]:.2f}).",
    )
