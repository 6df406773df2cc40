"""Early stopping beside weight decay in linear regression: shrinkage, and risk along both paths."""

import numpy as np
import pandas as pd
import torch
from scipy import optimize

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import Regularisation
from graduated.studies.verdicts import median_verdict, number_verdict

BOUND = 1.69
"""Of the risk of gradient flow over that of ridge regression, as published (Ali, Kolter & Tibshirani)."""

STEPS = (1, 3, 10, 100)
"""Numbers of steps τ after which gradient descent is stopped."""

ALIKE = 0.1
"""Difference of two shrinkage factors, of a range of 1, up to which they count as alike."""

_PAPER = "Ali, Kolter & Tibshirani, arXiv 1810.10082"
_GRID = 400
_LAST_STEP = 1e4


def stopped(product: np.ndarray, steps: float | np.ndarray = np.inf) -> np.ndarray:
    """Return 1 − (1 − ηλ)^τ, what early stopping leaves of a coefficient; by gradient flow 1 − exp(−ητλ).

    Args:
        product: ητλ.
        steps: τ, that broadcasts; infinitely many small ones are gradient flow.
    """
    return -np.expm1(-product) if np.all(np.isinf(steps)) else 1 - (1 - product / steps) ** steps


def decayed(product: np.ndarray) -> np.ndarray:
    """Return λ/(λ + 1/(ητ)), what weight decay of 1/(ητ) leaves of a coefficient.

    Args:
        product: ητλ.
    """
    return product / (1 + product)


def widest_gap() -> tuple[float, float]:
    """Return the largest gap of 1 − exp(−x) and x/(1 + x), and where it is: x = 2 ln(1 + x)."""
    place = optimize.brentq(lambda x: x - 2 * np.log1p(x), 1, 10, xtol=1e-14)
    return float(stopped(np.array(place)) - decayed(np.array(place))), float(place)


def sharp_bound() -> tuple[float, float]:
    """Return the largest ratio of the variances of both in one direction, and ητλ where it is attained."""
    found = optimize.minimize_scalar(
        lambda x: -stopped(np.array(x)) / decayed(np.array(x)), bounds=(0.1, 10), options={"xatol": 1e-10}
    )
    return float(found.fun**2), float(found.x)


def shrinkage() -> pd.DataFrame:
    """Return what is left of a coefficient against ητλ, up to ηλ = 1.

    Returns:
        Columns steps (τ, infinite for gradient flow), product (ητλ), stopped and decayed.
    """
    tables = []
    for steps in (*STEPS, np.inf):
        product = np.geomspace(1e-2, min(steps, 1e3), _GRID)
        columns = {"product": product, "stopped": stopped(product, steps), "decayed": decayed(product)}
        tables.append(pd.DataFrame(columns).assign(steps=float(steps)))
    return pd.concat(tables, ignore_index=True)


def risk(left: np.ndarray, eigenvalues: np.ndarray, signal: np.ndarray, noise: float) -> np.ndarray:
    """Return E‖β̂ − β‖² of an estimator that shrinks the least-squares coefficients.

    Args:
        left: What is left of each, shape (..., p).
        eigenvalues: Of XᵀX/n, shape (p,), none 0.
        signal: Coefficients of β along the eigenvectors, shape (p,).
        noise: σ²/n.

    Returns:
        Shape (...,): squared bias and variance, summed over directions.
    """
    return ((1 - left) ** 2 * signal**2 + noise * left**2 / eigenvalues).sum(-1)


def risks(settings: Regularisation) -> pd.DataFrame:
    """Return the risk along both paths, of regressions on normal features, at ηλ_max = 1.

    Returns:
        Columns signal (‖β‖², the noise's variance being 1), problem, steps (τ), time (ητ), flow (stopped at
        ητ), descent (after τ steps) and ridge (weight decay 1/(ητ)).
    """
    steps = np.unique(np.geomspace(1, _LAST_STEP, settings.times).round())
    tables = []
    for problem in range(settings.problems):
        generator = stream(problem, "regularisation/early_stopping")
        size = (settings.observations + 1, settings.features)
        normal = torch.randn(size, generator=generator, dtype=torch.float64).numpy()
        _, values, axes = np.linalg.svd(normal[1:], full_matrices=False)
        eigenvalues, noise = values**2 / settings.observations, 1 / settings.observations
        times = steps / eigenvalues[0]
        products = np.outer(times, eigenvalues)
        paths = {
            "flow": stopped(products),
            "descent": stopped(products, steps[:, None]),
            "ridge": decayed(products),
        }
        direction = axes @ (normal[0] / np.linalg.norm(normal[0]))
        for signal in settings.signals:
            beta = np.sqrt(signal) * direction
            columns = {name: risk(left, eigenvalues, beta, noise) for name, left in paths.items()}
            keys = {"signal": signal, "problem": problem, "steps": steps, "time": times}
            tables.append(pd.DataFrame({**keys, **columns}))
    return pd.concat(tables, ignore_index=True)


def verdicts(shrinkage: pd.DataFrame, risks: pd.DataFrame) -> list[Verdict]:
    """Judge how alike both are, from the tables of this module."""
    gap, place = widest_gap()
    gaps = shrinkage.assign(gap=shrinkage["stopped"] - shrinkage["decayed"]).groupby("steps")["gap"].max()
    ratios = risks.assign(flow=risks["flow"] / risks["ridge"], descent=risks["descent"] / risks["ridge"])
    sharp, where = sharp_bound()
    best = risks.groupby(["signal", "problem"])[["flow", "descent", "ridge"]].min()
    worst = best.div(best["ridge"], axis=0).groupby("problem").max()
    return [
        number_verdict(
            "Early stopping after τ steps shrinks each coefficient as weight decay 1/(ητ) does, to 0.1",
            f"{BOOK}, section 9.3.1, which says similarly",
            "largest difference of 1 − exp(−ητλ) and λ/(λ + 1/(ητ)), closed form",
            gap,
            1,
            "maximum",
            f"At ητλ = {place:.3f}, in the limit of small steps; after one step with ηλ = 1 it is "
            f"{gaps.iloc[0]:.2g}. Up to ηλ = 1 early stopping shrinks less.",
            most=ALIKE,
        ),
        number_verdict(
            "The risk of gradient flow is at most 1.69 times that of ridge regression at λ = 1/t",
            _PAPER,
            "largest ratio of the risks along the path",
            float(ratios["flow"].max()),
            risks.groupby(["signal", "problem"]).ngroups,
            "regressions",
            f"The sharp constant is {sharp:.4f}: one direction, no signal, ητλ = {where:.3f}. It is "
            "one of small steps: after one step with ηλ = 1 in every direction, and no signal, the ratio "
            f"is 4; at ηλ_max = 1 in these regressions the largest is {ratios['descent'].max():.3g}.",
            most=BOUND,
        ),
        median_verdict(
            "At its best time gradient flow has the risk of the best ridge regression, to within 10 %",
            f"{_PAPER}; {BOOK}, section 9.3.1",
            "ratio of the least risks on both paths, the largest over signals; median",
            worst["flow"],
            "regressions",
            f"By gradient descent with ηλ_max = 1 it is {worst['descent'].median():.3g}: where the signal is "
            "weak, the first step is already too long.",
            above=0.9,
            below=1.1,
        ),
    ]
