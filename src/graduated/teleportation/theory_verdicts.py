"""What ``teleportation_theory`` says of each claim."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from graduated.studies import Tables, Verdict
from graduated.studies.verdicts import (
    ROUNDING,
    exact_verdict,
    interval_verdict,
    number_verdict,
    share_verdict,
)
from graduated.teleportation.descents import ASCENT, BEST, BOOTH_RATES, PLAIN, ROTATED
from graduated.teleportation.theorems import PLAIN_SGD, STEEPEST, TELEPORTED

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


def _booth(booth: pd.DataFrame) -> Verdict:
    last = booth[booth["step"] == 9].groupby(["learning_rate", "arm"])["loss"].first()
    slow, fast = (last.loc[rate] for rate in BOOTH_RATES)
    return exact_verdict(
        "After one perfect teleport on Booth's function each step shrinks the loss by (1 − 18η)²",
        f"{_FIRST}, section 5.1",
        "largest distance of the loss from the closed form, in units of L_0",
        (booth["loss"] - booth["predicted"]).abs() / booth["loss"].max(),
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
            median = medians.loc[rate]
            yield share_verdict(
                claim,
                f"{_FIRST}, section 5.1",
                f"share of runs in which the ascent ends below “{other}”; more than 0.5 expected",
                runs[ASCENT] < runs[other],
                "runs",
                f"η = {rate:g}; median last loss {median[PLAIN]:.2g} without, {median[ROTATED]:.1g} "
                f"with rotations by the same random first angles, {median[ASCENT]:.1g} with the published "
                f"ascent from them, and {median[BEST]:.0e} from the steepest points.",
                above=0.5,
            )


def _one_teleport(ratios: pd.DataFrame) -> Iterator[Verdict]:
    remarks = {
        "Booth": "The eigenvector of the greatest eigenvalue is mapped to itself by every step.",
        "Rosenbrock": "The paper has a condition, which this function breaks; hence the repeated teleports.",
    }
    for function, cell in ratios.groupby("function", sort=False):
        yield number_verdict(
            f"One teleport is enough on {function}'s function: later points are steepest on their level sets",
            f"{_THEOREMS}, section 3.3",
            "least ratio of ‖∇L(w_t)‖ to its maximum on the level set, after one teleport; 1 expected",
            float(cell["ratio"].min()),
            len(cell),
            "steps",
            remarks[function],
            least=1 - ROUNDING,
        )


def _newton(newton: pd.DataFrame) -> Verdict:
    own = newton[newton["point"] == STEEPEST]
    others = newton[newton["point"] != STEEPEST].groupby("function")["cosine"].min()
    return number_verdict(
        "Where ‖∇L‖ is greatest on a level set, the gradient has Newton's direction",
        f"{_THEOREMS}, Theorem 3.2",
        "least cosine of ∇L and (∇²L)⁻¹∇L at the steepest points; 1 expected",
        float(own["cosine"].min()),
        len(own),
        "functions and level sets",
        "At random points of the same level sets the cosine falls to "
        + " and ".join(f"{value:.2f} ({name})" for name, value in others.items())
        + ".",
        least=1 - ROUNDING,
    )


def _order(orders: pd.DataFrame) -> Verdict:
    own = orders[orders["point"] == STEEPEST].set_index("function")
    others = orders[orders["point"] != STEEPEST]["order"]
    return number_verdict(
        "A step with γ = 1/ν from there leaves an error of the order of the squared error, as Newton's",
        f"{_THEOREMS}, Theorem 3.2",
        f"least slope of log ‖w' − w*‖ against log ‖w − w*‖; at least {LEAST_ORDER} expected",
        float(own["order"].min()),
        int(own["levels"].sum()),
        "functions and level sets",
        f"The quartic, without third derivatives at its minimum, has {own.loc['quartic', 'order']:.2f}. The "
        f"step needs ν, a curvature. At random points the order is {others.mean():.2f}. Far out on "
        "Rosenbrock's function the step hardly moves: the region is small.",
        least=LEAST_ORDER,
    )


def _bound(bound: pd.DataFrame) -> Iterator[Verdict]:
    claims = {
        TELEPORTED: "SGD with a teleport at every step satisfies the bound of Theorem 3.1 on the whole orbit",
        PLAIN_SGD: "SGD without teleports satisfies that bound on the whole orbit, too",
    }
    for arm, claim in claims.items():
        cell = bound[bound["arm"] == arm]
        worst = cell.loc[(cell["left"] / cell["right"]).idxmax()]
        yield interval_verdict(
            claim,
            f"{_THEOREMS}, Theorem 3.1" + ", control" * (arm == PLAIN_SGD),
            "greatest ratio of min E max ‖∇L‖² over the orbit to its bound; at most 1 expected",
            worst[["left", "low", "high"]] / worst["right"],
            worst["replicas"],
            "runs",
            _bound_remark(cell, arm, worst),
            below=1.0,
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
    booth = contraction[contraction["function"] == "Booth"].set_index(["relative_rate", "arm"])["contraction"]
    slow, best = booth.loc[0.95], booth.loc[1.8]
    return exact_verdict(
        "For the class of strongly convex functions teleports neither improve nor worsen the rate",
        "arXiv 2403.03362",
        "largest difference of the worst contraction per step, with and without a teleport",
        (worst[PLAIN] - worst[BEST]).abs(),
        "learning rates",
        "The worst of three quadratics with curvatures in [2, 18]: round ones, which teleports leave as they "
        f"are. On Booth's function, at ηL = 0.95, it is {slow[BEST]:.4f} with and {slow[PLAIN]:.2f} without; "
        f"from η = 2/(L + μ) on the two are equal there, too ({best[BEST]:.2f}).",
    )
