"""Gradient methods on quadratics: rates of convergence, and the largest stable learning rate."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import torch

from graduated.studies.settings import OptimizerLaws
from graduated.theory.optimizer_laws_rules import (
    EMA,
    GRADIENT_DESCENT,
    HEAVY_BALL,
    NESTEROV,
    Rule,
    ema_momentum,
    growth,
    iterate,
    stability_edge,
)

ACCURACY = 1e-6
"""‖θ‖/‖θ_0‖ up to which steps are counted."""

RELATIVE_RATES = (0.5, 0.9, 0.995, 1.005, 1.05)
"""Learning rates over the stability edge."""

EDGE_CONDITION = 100.0
"""κ of the quadratic on which stability is measured."""

_DECAY, _EDGE_STEPS = 100.0, 1000
"""Logarithm of the ratio by which the error falls while a rate is measured; steps at the edges."""


def tuned(method: str, condition: float) -> tuple[Rule, float, float]:
    """Return a method as it is best on curvatures from 1 to κ: its rule, α, and the rate of convergence.

    Args:
        method: Gradient descent, heavy ball (Polyak 1964) or Nesterov (1983; Nesterov 2004, section 2.2).
        condition: κ.
    """
    root = math.sqrt(condition)
    slowest = (root - 1) / (root + 1)
    if method == GRADIENT_DESCENT:
        return torch.optim.SGD, 2 / (condition + 1), (condition - 1) / (condition + 1)
    if method == HEAVY_BALL:
        rule = partial(torch.optim.SGD, momentum=slowest**2)
        return rule, 4 / (root + 1) ** 2, slowest
    return partial(torch.optim.SGD, momentum=slowest, nesterov=True), 1 / condition, 1 - 1 / root


def rates(settings: OptimizerLaws) -> pd.DataFrame:
    """Measure the factor per step by which the error falls on x²/2 + κy²/2, from (1, 1).

    Heavy ball and Nesterov's method are critically damped: their error falls as t·ρ^t, so that log(‖e‖/t) is
    what is linear in t.

    Returns:
        By method and κ, the rate ρ measured over the second half of a run and predicted, the ratio of their
        logarithms, and the steps to an accuracy, counted and as the rate alone would have it.
    """
    rows = []
    for condition in settings.conditions:
        for method in (GRADIENT_DESCENT, HEAVY_BALL, NESTEROV):
            rule, learning_rate, rate = tuned(method, condition)
            steps = math.ceil(_DECAY / -math.log(rate))
            errors = _errors(rule, condition, learning_rate, steps)
            damped = errors if method == GRADIENT_DESCENT else errors / np.arange(1, steps + 1)
            half = steps // 2
            measured = (damped[-1] / damped[half - 1]) ** (1 / (steps - half))
            rows.append(
                {
                    "method": method,
                    "condition": condition,
                    "measured": measured,
                    "predicted": rate,
                    "ratio": math.log(measured) / math.log(rate),
                    "steps": int(np.argmax(errors <= ACCURACY)) + 1,
                    "predicted_steps": math.log(ACCURACY) / math.log(rate),
                }
            )
    return pd.DataFrame(rows)


def stability() -> pd.DataFrame:
    """Measure by which factor a step the error grows at learning rates round the stability edge.

    Returns:
        By method and α over its edge: αL, the growth measured, geometric mean over the second half of a run,
        and predicted, the spectral radius.
    """
    rules: dict[str, Rule] = {
        GRADIENT_DESCENT: torch.optim.SGD,
        HEAVY_BALL: partial(torch.optim.SGD, momentum=0.9),
        EMA: ema_momentum,
        NESTEROV: partial(torch.optim.SGD, momentum=0.9, nesterov=True),
    }
    rows = []
    for method, rule in rules.items():
        for relative in RELATIVE_RATES:
            product = relative * stability_edge(method)
            errors = _errors(rule, EDGE_CONDITION, product / EDGE_CONDITION, _EDGE_STEPS)
            half = _EDGE_STEPS // 2
            measured = (errors[-1] / errors[half - 1]) ** (1 / (_EDGE_STEPS - half))
            row = {"method": method, "relative_rate": relative, "product": product, "measured": measured}
            rows.append({**row, "predicted": _greatest_growth(method, product)})
    return pd.DataFrame(rows)


def stability_curves() -> pd.DataFrame:
    """Return the growth per step of every linear method against αL, at κ = 100: method, product, growth."""
    products = np.geomspace(0.01, 100, 401)
    return pd.DataFrame(_curve_rows(products))


def _curve_rows(products: np.ndarray) -> Iterator[dict]:
    for method in (GRADIENT_DESCENT, HEAVY_BALL, NESTEROV, EMA):
        for product in products:
            yield {"method": method, "product": product, "growth": _greatest_growth(method, product)}


def _greatest_growth(method: str, product: float) -> float:
    """Return the larger growth of the least and the greatest curvature, at αL."""
    return max(growth(method, product), growth(method, product / EDGE_CONDITION))


def _errors(rule: Rule, condition: float, learning_rate: float, steps: int) -> np.ndarray:
    """Return ‖θ_t‖/‖θ_0‖ after every step."""
    curvatures = torch.tensor([1.0, condition], dtype=torch.float64)
    start = torch.ones(2, dtype=torch.float64)
    path = iterate(rule, lambda points: curvatures * points, start, [learning_rate], steps)
    points = torch.stack([points[0].clone() for points in path])
    return np.hypot(*points.T.numpy()) / np.hypot(*start.numpy())
