"""Verdicts on what is said of update rules: identities, rates, stability, and methods compared."""

import math
from collections.abc import Iterator

import pandas as pd

from graduated.proportions import share_interval
from graduated.studies import Tables, Verdict
from graduated.studies.settings import OptimizerLaws
from graduated.studies.verdicts import exact_verdict, mean_verdict, number_verdict, share_verdict
from graduated.theory.optimizer_laws_identities import (
    FORMS,
    PATHS,
    PRINTED_LIMIT,
    PRINTED_MINIMUM,
)
from graduated.theory.optimizer_laws_rules import ADAM, GRADIENT_DESCENT, HEAVY_BALL, MOMENTUM, NESTEROV

ROUNDING = 1e-12
"""Relative error that counts as exact."""

LIMIT = 1e-8
"""Distance at which a method has come to its limit."""

RATE_ERROR = 0.01
"""Relative error of log ρ within which a rate is as predicted."""

_SLIDES = "slides on optimizers"

_OF = {
    GRADIENT_DESCENT: "gradient descent",
    HEAVY_BALL: "heavy ball",
    NESTEROV: "Nesterov's method",
}


def verdicts(tables: Tables, settings: OptimizerLaws) -> list[Verdict]:
    """Return the verdicts that do not rest on noise in the gradients.

    Args:
        tables: Of the study.
        settings: Of the study.
    """
    identities, rates = tables["identities"], tables["rates"]
    return [
        _identity(
            identities,
            PATHS,
            "On a quadratic gradient descent, heavy ball and Nesterov's method are powers of a matrix",
            "Polyak (1964); Nesterov (1983)",
            "methods",
            "Valley x²/20 + y², 30 steps: gradient descent at α = 0.95 ends at (−7·0.905³⁰, 2·(−0.9)³⁰).",
        ),
        _identity(
            identities,
            FORMS,
            "Momentum as a moving average, at α, is heavy ball at (1 − β)α",
            _SLIDES,
            "surfaces",
            "The average starts at 0. torch's SGD with dampening β starts it at the first gradient, so that "
            f"its first step is {1 / (1 - MOMENTUM):.0f} times as long.",
        ),
        *_printed_nesterov(identities),
        _step_sizes(tables["step_sizes"]),
        *(_rate(rates[rates["method"] == method]) for method in (GRADIENT_DESCENT, HEAVY_BALL, NESTEROV)),
        _stability(tables["stability"]),
        *_faster(tables["runs"], HEAVY_BALL, settings),
        *_faster(tables["runs"], ADAM, settings),
        *_tolerance(tables["grid"]),
    ]


def _identity(
    identities: pd.DataFrame, name: str, claim: str, source: str, unit: str, remark: str
) -> Verdict:
    errors = identities.loc[identities["identity"] == name, "deviation"]
    statistic = f"greatest distance between paths over ‖θ_0‖; exact up to {ROUNDING:g}"
    return exact_verdict(claim, source, statistic, errors, unit, remark, largest=ROUNDING)


def _printed_nesterov(identities: pd.DataFrame) -> list[Verdict]:
    rows = identities.set_index(["identity", "case"])
    limit, minimum = rows.loc[(PRINTED_LIMIT, "Booth")], rows.loc[(PRINTED_MINIMUM, "Booth")]
    source = f"{_SLIDES}: gradient at θ_t + βθ_(t−1); Nesterov (1983) has θ_t + βΔ_(t−1)"
    return [
        number_verdict(
            "Nesterov's method as slides print it converges to the minimum",
            source,
            f"least distance of its ends from θ* on Booth's function; at most {LIMIT:g} expected",
            float(minimum["deviation"]),
            int(minimum["starts"]),
            "starts",
            "θ* = (1, 3), β = 0.9. A misprint, which no test on a function with its minimum at 0 can see.",
            most=LIMIT,
        ),
        number_verdict(
            "Nesterov's method as slides print it converges to θ*/(1 + β)",
            "closed form: it rests where ∇f((1 + β)θ) = 0",
            f"greatest distance of its ends from there on Booth's function; at most {LIMIT:g} expected",
            float(limit["deviation"]),
            int(limit["starts"]),
            "starts",
            "α = 0.05, β = 0.9, 4000 steps; f is 16.6 there, not 0.",
            most=LIMIT,
        ),
    ]


def _step_sizes(table: pd.DataFrame) -> Verdict:
    return exact_verdict(
        "Under a constant gradient AdaGrad steps by α/√t, RMSprop by α/√(1 − ρ^t), Adam by α, and momentum "
        "by α(1 − β^t)/(1 − β)·|g|",
        "Duchi et al. (2011); Kingma & Ba (2015); Goodfellow et al., chapter 8",
        f"greatest relative deviation over 1000 steps; exact up to {ROUNDING:g}",
        table.groupby("method")["deviation"].max(),
        "methods",
        "ε = 0. Slides put ε = 1e-8 inside the root, the papers and torch outside: a gradient of 1e-5 moves "
        f"Adam by {1e-5 / (1e-5 + 1e-8):.3f}α if outside, by {1e-5 / (1e-10 + 1e-8) ** 0.5:.3f}α if inside.",
        largest=ROUNDING,
    )


def _rate(own: pd.DataFrame) -> Verdict:
    method = own["method"].iloc[0]
    law, source = {
        GRADIENT_DESCENT: ("(κ − 1)/(κ + 1)", "Polyak (1964)"),
        HEAVY_BALL: ("(√κ − 1)/(√κ + 1)", "Polyak (1964)"),
        NESTEROV: ("1 − 1/√κ", "Nesterov (1983, 2004)"),
    }[method]
    slowest = own.loc[own["condition"].idxmax()]
    return exact_verdict(
        f"On a quadratic of condition number κ the error of {_OF[method]} falls by {law} a step",
        source,
        f"greatest relative deviation of log ρ; at most {RATE_ERROR:g} expected",
        (own["ratio"] - 1).abs(),
        "condition numbers",
        f"At the α and β that are best for κ; asymptotic, up to a factor t with momentum: to 1e-6 at "
        f"κ = {slowest['condition']:g} it takes {slowest['steps']} steps, by the rate alone "
        f"{slowest['predicted_steps']:.0f}.",
        largest=RATE_ERROR,
    )


def _stability(table: pd.DataFrame) -> Verdict:
    stable = table["relative_rate"] < 1
    right = (table["measured"] < 1) == stable
    near = table[table["relative_rate"].between(0.99, 1.01)]
    return number_verdict(
        "Learning rates are stable up to 2/L (gradient descent), 2(1 + β)/L (heavy ball), "
        "2(1 + β)/((1 − β)L) (EMA momentum) and 2(1 + β)/((1 + 2β)L) (Nesterov), and not beyond",
        "closed form: an eigenvalue −1 at curvature L",
        "share of learning rates at which it is otherwise; 0 expected",
        float(1 - right.mean()),
        len(table),
        "methods and learning rates",
        f"β = 0.9; growth per step at 0.995 and 1.005 of the edge: at most "
        f"{near.loc[near['relative_rate'] < 1, 'measured'].max():.4f}, at least "
        f"{near.loc[near['relative_rate'] > 1, 'measured'].min():.4f}. At the same β Nesterov's edge lies "
        "below that of gradient descent.",
        most=0.0,
    )


def _faster(runs: pd.DataFrame, method: str, settings: OptimizerLaws) -> Iterator[Verdict]:
    """Yield whether a method needs fewer steps than gradient descent on every surface, by its worst one."""
    table = runs.pivot(index=["surface", "start"], columns="method", values="steps")
    decided = table[table[method] != table[GRADIENT_DESCENT]]
    fewer = decided[method] < decided[GRADIENT_DESCENT]
    wins = dict(iter(fewer.groupby("surface", sort=False)))
    if not wins:
        return
    worst = min(wins, key=lambda surface: share_interval(wins[surface].sum(), len(wins[surface]))[1])
    each = ", ".join(f"{surface} {own.sum()}/{len(own)}" for surface, own in wins.items())
    yield share_verdict(
        f"{method[0].upper()}{method[1:]} needs fewer steps than gradient descent on every surface",
        _SLIDES,
        f"share of starts on which it does, of those that differ, on the worst surface ({worst})",
        wins[worst],
        "starts",
        f"f − f* ≤ 1e-4 within {settings.steps} steps; learning rates chosen from one grid for each "
        f"method and surface, on other starts; β = 0.9. By surface: {each}.",
        above=0.5,
    )


def _tolerance(grid: pd.DataFrame) -> Iterator[Verdict]:
    """Yield whether more learning rates work for Adam, on surfaces where every method has some."""
    rates = grid["learning_rate"].unique()
    spacing = math.log10(rates.max() / rates.min()) / (len(rates) - 1)
    widths = spacing * grid.groupby(["surface", "method"], sort=False)["works"].sum().unstack()
    widths = widths[(widths > 0).all(axis=1)]
    if len(widths) < 2:
        return
    last = grid[(grid["method"] == ADAM) & (grid["learning_rate"] == rates.max())]
    each = ", ".join(f"{method} {width:.1f}" for method, width in widths.mean().items())
    yield mean_verdict(
        "Adam needs less tuning of its learning rate than gradient descent",
        "Kingma & Ba (2015), abstract",
        "decades of learning rates that work, Adam less gradient descent, mean over surfaces",
        widths[ADAM] - widths[GRADIENT_DESCENT],
        "surfaces",
        "A rate works if it solves 90 % of the starts that the best one does; surfaces on which every "
        f"method has such rates. The greatest, {rates.max():g}, still works for Adam on "
        f"{last['works'].sum()} of {len(last)} surfaces. By method: {each}.",
        above=0.0,
    )
