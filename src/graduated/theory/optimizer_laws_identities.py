"""What update rules do exactly: paths on a quadratic, momentum in two forms, a misprint, and step sizes."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
import torch

from graduated.streams import stream
from graduated.studies.settings import OptimizerLaws
from graduated.theory.optimizer_laws_rules import (
    ADAGRAD,
    ADAM,
    EMA,
    GRADIENT_DESCENT,
    HEAVY_BALL,
    MOMENTUM,
    NESTEROV,
    RMSPROP,
    RULES,
    SQUARES_DECAY,
    Rule,
    ema_momentum,
    printed_nesterov,
    run,
    transition,
)
from graduated.theory.optimizer_laws_surfaces import SURFACES, gradient_of, valley

VALLEY_START, VALLEY_STEPS = (-7.0, 2.0), 30
VALLEY_RATES = {
    GRADIENT_DESCENT: 0.95,
    HEAVY_BALL: 0.1,
    NESTEROV: 0.1,
    ADAGRAD: 1.5,
    RMSPROP: 0.1,
    ADAM: 0.3,
}
"""As in Saito's book (Deep Learning from Scratch, chapter 6); those of Nesterov and RMSprop are ours."""

VALLEY_CURVATURES = (0.1, 2.0)

PATHS, FORMS, PRINTED_LIMIT, PRINTED_MINIMUM = (
    "powers of a matrix",
    "EMA momentum is heavy ball",
    "printed Nesterov to θ*/(1 + β)",
    "printed Nesterov to θ*",
)
"""The identities by name."""

_ROOT = 1e-7
"""ε of AdaGrad and Adam in the valley, outside the root, as in the book."""

_FORMS = {"valley": 1.0, "Booth": 0.05, "Rosenbrock": 2e-3}
"""α of EMA momentum by surface."""

_PRINTED_RATE, _PRINTED_STEPS, _PRINTED_STARTS = 0.05, 4000, 100
_MINIMA = {"Booth": (1.0, 3.0), "valley": (0.0, 0.0)}

_LAW_STEPS = 1000
_CONSTANT = (0.01, -3.0)


def valley_paths() -> pd.DataFrame:
    """Return the path of every method down the valley x²/20 + y²: method, α, step, x, y, value."""
    start, tables = torch.tensor(VALLEY_START, dtype=torch.float64), []
    for method, rate in VALLEY_RATES.items():
        rule = RULES[method] if method not in (ADAGRAD, ADAM) else partial(RULES[method], eps=_ROOT)
        path = run(rule, partial(gradient_of, valley), start, rate, VALLEY_STEPS)
        columns = {"x": path[:, 0], "y": path[:, 1], "value": valley(path)}
        keys = {"method": method, "learning_rate": rate, "step": range(VALLEY_STEPS + 1)}
        tables.append(pd.DataFrame({**keys, **columns}))
    return pd.concat(tables, ignore_index=True)


def identities(paths: pd.DataFrame, settings: OptimizerLaws) -> pd.DataFrame:
    """Return how far each identity is from holding: identity, case, deviation and its number of starts.

    Args:
        paths: From :func:`valley_paths`.
        settings: Of the study.
    """
    rows = [*_linear_paths(paths), *_momentum_forms(), *_printed_nesterov(settings.seed)]
    return pd.DataFrame(rows, columns=["identity", "case", "deviation", "starts"])


def _linear_paths(paths: pd.DataFrame) -> Iterator[tuple]:
    """Yield the greatest distance of the linear methods' paths from powers of their matrices, over ‖θ_0‖."""
    for method in (GRADIENT_DESCENT, HEAVY_BALL, NESTEROV):
        own = paths[paths["method"] == method]
        gaps = []
        for axis, first, curvature in zip("xy", VALLEY_START, VALLEY_CURVATURES, strict=True):
            matrix = transition(method, VALLEY_RATES[method] * curvature)
            powers = [np.linalg.matrix_power(matrix, step)[0, 0] * first for step in own["step"]]
            gaps.append(own[axis] - powers)
        yield PATHS, method, float(np.hypot(*gaps).max() / np.hypot(*VALLEY_START)), 1


def _momentum_forms() -> Iterator[tuple]:
    """Yield the greatest distance between EMA momentum at α and heavy ball at (1 − β)α, over ‖θ_0‖."""
    start = torch.tensor((-1.0, -1.0), dtype=torch.float64)
    for name, rate in _FORMS.items():
        gradient = partial(gradient_of, SURFACES[name].function)
        average = run(ema_momentum, gradient, start, rate, 500)
        ball = run(RULES[HEAVY_BALL], gradient, start, (1 - MOMENTUM) * rate, 500)
        yield FORMS, name, float((average - ball).norm(dim=-1).max() / start.norm()), 1


def _printed_nesterov(seed: int) -> Iterator[tuple]:
    """Yield how far the rule as printed ends from θ*/(1 + β) and from θ*, the farthest and the nearest."""
    generator = stream(seed, "optimizer_laws/printed_nesterov")
    uniform = torch.rand(_PRINTED_STARTS, 2, dtype=torch.float64, generator=generator)
    for name, minimiser in _MINIMA.items():
        gradient = partial(gradient_of, SURFACES[name].function)
        ends = printed_nesterov(gradient, 20 * uniform - 10, _PRINTED_RATE, MOMENTUM, _PRINTED_STEPS)
        target = torch.tensor(minimiser, dtype=torch.float64)
        limit = (ends - target / (1 + MOMENTUM)).norm(dim=-1).max()
        yield PRINTED_LIMIT, name, float(limit), _PRINTED_STARTS
        yield PRINTED_MINIMUM, name, float((ends - target).norm(dim=-1).min()), _PRINTED_STARTS


def step_sizes() -> pd.DataFrame:
    """Return the steps that methods take under a constant gradient, in units of α, or α·abs(g) with momentum.

    Returns:
        A row per method and step: measured, the mean over two gradients of different size and sign; predicted
        in closed form with ε = 0; and the greatest relative deviation of the two.
    """
    gradient, tables = torch.tensor(_CONSTANT, dtype=torch.float64), []
    for method, (rule, law) in _laws().items():
        start = torch.zeros_like(gradient)
        path = run(rule, gradient.expand_as, start, 1.0, _LAW_STEPS)
        unit = gradient.abs() if method in (HEAVY_BALL, EMA, NESTEROV) else torch.ones_like(gradient)
        measured = (path.diff(dim=0).abs() / unit).numpy()
        step = np.arange(1.0, _LAW_STEPS + 1)
        predicted = law(step)
        deviation = np.abs(measured / predicted[:, None] - 1).max(1)
        columns = {
            "step": step.astype(int),
            "measured": measured.mean(1),
            "predicted": predicted,
            "deviation": deviation,
        }
        tables.append(pd.DataFrame({"method": method, **columns}))
    return pd.concat(tables, ignore_index=True)


def _laws() -> dict[str, tuple[Rule, Callable[[np.ndarray], np.ndarray]]]:
    """Return rule and closed form by method; m̂/√v̂ of Adam is the sign of g, so its steps are α."""
    return {
        HEAVY_BALL: (RULES[HEAVY_BALL], lambda t: (1 - MOMENTUM**t) / (1 - MOMENTUM)),
        EMA: (ema_momentum, lambda t: 1 - MOMENTUM**t),
        NESTEROV: (RULES[NESTEROV], lambda t: (1 - MOMENTUM ** (t + 1)) / (1 - MOMENTUM)),
        ADAGRAD: (partial(RULES[ADAGRAD], eps=0.0), lambda t: 1 / np.sqrt(t)),
        RMSPROP: (partial(RULES[RMSPROP], eps=0.0), lambda t: 1 / np.sqrt(1 - SQUARES_DECAY**t)),
        ADAM: (partial(RULES[ADAM], eps=0.0), np.ones_like),
    }
