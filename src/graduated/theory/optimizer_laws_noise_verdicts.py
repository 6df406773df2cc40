"""Verdicts on SGD with noisy gradients: its floor, decreasing learning rates, and leaving a poor minimum."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from graduated.proportions import difference_interval
from graduated.studies import Tables, Verdict
from graduated.studies.verdicts import interval_verdict
from graduated.theory.optimizer_laws_escape import STEPS, TIME
from graduated.theory.optimizer_laws_noise import DECAY_BATCH_SIZE, GEOMETRIC, INVERSE, INVERSE_FACTOR

FLOOR_ERROR = 0.02
"""Relative error within which the floor is as predicted."""

INVERSE_ERROR = 0.1
"""Relative error within which E x² is at its asymptote."""

STANDING = 0.9
"""E x² that keeps this share of itself while the steps double has come to rest; as 1/t it would keep half."""

ALIKE = 0.1
"""Difference between shares of runs up to which curves count as one."""

_LABELS = {"smoothing": "δ = αC/√b", "noise_ratio": "α/b"}
_SOURCES = {
    "smoothing": "implied by arXiv 2311.08745, section 3: SGD smooths by δ = ηC/√b",
    "noise_ratio": "Kramers (1940), SGD being diffusion at the temperature αC²/(2b)",
}


def noise_verdicts(tables: Tables) -> list[Verdict]:
    """Return the verdicts that rest on noise in the gradients, from the tables of the study."""
    return [
        _floor(tables["floor"]),
        _inverse(tables["decay"]),
        _geometric(tables["decay"]),
        *(
            _one_curve(tables["escape"], horizon, parameter)
            for horizon in (TIME, STEPS)
            for parameter in _LABELS
        ),
    ]


def _floor(floor: pd.DataFrame) -> Verdict:
    ratios, number = floor["measured"] / floor["predicted"], int(floor["n"].sum())
    mean = np.average(ratios, weights=floor["n"])
    held = floor["predicted"].between(floor["low"], floor["high"]).sum()
    return interval_verdict(
        "On a quadratic of curvature λ SGD ends at E x² = ασ²/(bλ(2 − αλ))",
        "closed form: fixed point of E x² ← (1 − αλ)²E x² + α²σ²/b",
        f"E x² measured over predicted, mean over α and b; within {FLOOR_ERROR:.0%} of 1 expected",
        _mean_square_interval(mean, number),
        number,
        "runs",
        f"λ = σ = 1, normal noise. {held} of {len(floor)} 95 % intervals hold the closed form. "
        "For small α the floor goes with α/b, and not with δ² ∝ α²/b.",
        above=1 - FLOOR_ERROR,
        below=1 + FLOOR_ERROR,
    )


def _inverse(decay: pd.DataFrame) -> Verdict:
    last = decay[decay["schedule"] == INVERSE].iloc[-1]
    limit = INVERSE_FACTOR**2 / (DECAY_BATCH_SIZE * (2 * INVERSE_FACTOR - 1))
    value = last["measured"] * last["step"] / limit
    return interval_verdict(
        "With α_t = c/t, cλ > 1/2, E x² falls as c²σ²/(b(2cλ − 1)t)",
        "Robbins & Monro (1951); Chung (1954)",
        f"E x² at the last step over this; within {INVERSE_ERROR:.0%} of 1 expected",
        _mean_square_interval(value, last["n"]),
        last["n"],
        "runs",
        f"c = {INVERSE_FACTOR:g}, α_t = c/(t + 20), {last['step']} steps; exactly "
        f"{last['exact'] * last['step'] / limit:.3f}.",
        above=1 - INVERSE_ERROR,
        below=1 + INVERSE_ERROR,
    )


def _geometric(decay: pd.DataFrame) -> Verdict:
    own = decay[decay["schedule"] == GEOMETRIC]
    last = own.iloc[-1]
    middle = own[own["step"] >= last["step"] / 2].iloc[0]
    value = last["measured"] / middle["measured"]
    return interval_verdict(
        "A learning rate that falls geometrically stops SGD short of the minimum",
        "Robbins & Monro (1951): Σα_t = ∞ is needed",
        f"E x² at step {last['step']} over that at step {middle['step']}; over {STANDING} expected",
        (value, value, value),
        last["n"],
        "runs",
        f"× 0.98 a step from α = 0.1: the same runs, which stand still at {last['measured']:.2g}; "
        f"with α_t = c/t it is {decay[decay['schedule'] == INVERSE].iloc[-1]['measured']:.2g} and falls on.",
        above=STANDING,
    )


def _mean_square_interval(mean_square: float, number: float) -> tuple[float, float, float]:
    return mean_square, *(mean_square * number / stats.chi2.ppf([0.975, 0.025], number))


def _one_curve(escape: pd.DataFrame, horizon: str, parameter: str) -> Verdict:
    """Return whether runs of different (α, b) leave alike where a parameter is equal, by the worst pair."""
    own = escape[escape["horizon"] == horizon]
    pairs = [
        pair
        for _, cell in own.groupby(own[parameter].round(9))
        for pair in combinations(cell.to_dict("records"), 2)
    ]
    one, other = max(pairs, key=lambda pair: abs(pair[0]["left"] - pair[1]["left"]))
    if one["left"] < other["left"]:
        one, other = other, one
    interval = difference_interval(one["left"], other["left"], one["runs"])
    label = _LABELS[parameter]
    until = "αK" if horizon == TIME else "K"
    return interval_verdict(
        f"Whether SGD leaves a poor minimum depends on (α, b) through {label} only ({horizon})",
        _SOURCES[parameter],
        f"greatest difference of shares that leave at equal {label}; at most {ALIKE:g} expected",
        (one["share"] - other["share"], *interval),
        one["runs"],
        "runs of each (α, b)",
        f"Double well, C = 2, {until} the same for all; {len(pairs)} pairs; the worst: "
        f"{_cell(one)} against {_cell(other)}. The interval is that of this pair alone.",
        below=ALIKE,
    )


def _cell(row: dict) -> str:
    return f"{row['share']:.2f} at α = {row['learning_rate']:g}, b = {row['batch_size']}"
