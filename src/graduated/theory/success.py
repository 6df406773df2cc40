"""How often a minimiser ends at the global minimum, from many starts and at the same number of gradients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, log, sqrt

import pandas as pd
import torch
from torch import Generator, Tensor

from graduated.graduated_optimization.algorithms import (
    Gradient,
    SmoothedGradient,
    grad_opt,
    gradient_descent,
    graduated_descent,
)
from graduated.graduated_optimization.levels import decaying_levels, halving_levels
from graduated.graduated_optimization.noisy import stochastic_descent
from graduated.proportions import share_interval
from graduated.smoothing.gradients import RASTRIGIN_SMOOTHNESS, rastrigin_gradient
from graduated.smoothing.landscapes import Function, rastrigin
from graduated.smoothing.laws import LAWS, scaled_gaussian
from graduated.smoothing.log_periodic import LogPeriodic
from graduated.smoothing.smoothed import smoothed_rastrigin_gradient
from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import Convergence

BOX = 5.0
"""Starts are uniform in [−5, 5]^D."""

FIRST = BOX / 3
"""δ_1, so that the starts lie within 3δ_1 of the minimiser in every coordinate."""

TOLERANCE = 1e-3
"""f − f* of the global minimum; that of Rastrigin's next minimum is 0.995."""

GRADIENT_DESCENT, STOCHASTIC, GRADUATED, GRAD_OPT = "gradient descent", "SGD", "graduated", "GradOpt"
"""Kinds of methods."""

_POLISHING = 5000

Minimiser = Callable[[Tensor, Generator], Tensor]
"""From starts [N, D] and a source of noise to the points it ends at [N, D]."""


@dataclass(frozen=True)
class Problem:
    """A function whose minimum is 0, at 0.

    Attributes:
        name: Of the function.
        value: f.
        gradient: ∇f.
        smoothed_gradient: ∇f̂_δ, smoothed by standard normal noise in every coordinate.
        smoothness: L_g.
        strong_convexity: σ of GradOpt's step sizes.
    """

    name: str
    value: Function
    gradient: Gradient
    smoothed_gradient: SmoothedGradient
    smoothness: float
    strong_convexity: float

    @property
    def learning_rate(self) -> float:
        """η = 1/L_g."""
        return 1 / self.smoothness


NICE = LogPeriodic()
"""The function that is σ-nice in the sense of the theory."""


def problems() -> tuple[Problem, Problem]:
    """Return Rastrigin's function, σ = 2 as arXiv 2412.11501 has it, and one that is σ-nice."""

    def smoothed_gradient(points: Tensor, smoothing: float) -> Tensor:
        return smoothed_rastrigin_gradient(points, smoothing, LAWS["gaussian"])

    return (
        Problem("rastrigin", rastrigin, rastrigin_gradient, smoothed_gradient, RASTRIGIN_SMOOTHNESS, 2.0),
        Problem(
            "log_periodic",
            NICE.value,
            NICE.gradient,
            NICE.smoothed_gradient,
            NICE.smoothness,
            NICE.strong_convexity,
        ),
    )


def random_starts(number: int, dimension: int, generator: Generator) -> Tensor:
    """Draw points uniformly from the box.

    Args:
        number: N.
        dimension: D.
        generator: Of the points.

    Returns:
        [N, D], float64.
    """
    uniform = torch.rand((number, dimension), generator=generator, dtype=torch.float64)
    return BOX * (2 * uniform - 1)


def success_rates(settings: Convergence, report: Report) -> pd.DataFrame:
    """Count the starts from which each method ends at the global minimum.

    Every method takes the same number of gradients. Where it ends is polished by gradient descent, so that
    what counts is the basin and not how far the noise carries the last iterate from its bottom.

    Args:
        settings: Of the study ``convergence``.
        report: Told the progress.

    Returns:
        A row per function, dimension and method: its kind and parameter (γ, or δ of SGD), the successes, and
        the share of them with its exact 95 % interval.
    """
    cells = [(problem, dimension) for problem in problems() for dimension in settings.dimensions]
    rows = []
    for done, (problem, dimension) in enumerate(cells):
        report(done / len(cells), f"success rates on {problem.name}, D = {dimension}")
        purpose = f"convergence/success/{problem.name}/{dimension}"
        starts = random_starts(settings.starts, dimension, stream(settings.seed, purpose))
        for kind, parameter, method in _methods(settings, problem, dimension):
            ends = method(starts, stream(settings.seed, f"{purpose}/{kind}/{parameter}"))
            ends = gradient_descent(problem.gradient, ends, problem.learning_rate, _POLISHING)
            successes = int((problem.value(ends) <= TOLERANCE).sum())
            low, high = share_interval(successes, settings.starts)
            rows.append(
                {
                    "function": problem.name,
                    "dimension": dimension,
                    "method": kind,
                    "parameter": parameter,
                    "starts": settings.starts,
                    "steps": settings.steps,
                    "successes": successes,
                    "share": successes / settings.starts,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def _methods(
    settings: Convergence, problem: Problem, dimension: int
) -> Iterator[tuple[str, float, Minimiser]]:
    """Yield kind, parameter and method."""
    yield GRADIENT_DESCENT, 0.0, _gradient_descent(settings, problem)
    for smoothing in settings.sgd_smoothings:
        yield STOCHASTIC, smoothing, _stochastic(settings, problem, smoothing)
    for decay in settings.decays:
        yield GRADUATED, decay, _graduated(settings, problem, decay)
    yield GRAD_OPT, 0.5, _grad_opt(settings, problem, dimension)


def _gradient_descent(settings: Convergence, problem: Problem) -> Minimiser:
    return lambda starts, generator: gradient_descent(
        problem.gradient, starts, problem.learning_rate, settings.steps
    )


def _stochastic(settings: Convergence, problem: Problem, smoothing: float) -> Minimiser:
    eta = problem.learning_rate

    def run(starts: Tensor, generator: Generator) -> Tensor:
        constant = [smoothing / eta], [eta], [settings.steps]
        return stochastic_descent(problem.gradient, starts, *constant, scaled_gaussian, generator)[-1]

    return run


def _graduated(settings: Convergence, problem: Problem, decay: float) -> Minimiser:
    levels = decaying_levels(FIRST, decay, 1 + ceil(log(settings.last / FIRST) / log(decay)))
    learning_rates = [problem.learning_rate] * len(levels)
    steps = _shared_out(settings.steps, len(levels))
    return lambda starts, generator: graduated_descent(
        problem.smoothed_gradient, starts, levels, learning_rates, steps
    )[-1]


def _grad_opt(settings: Convergence, problem: Problem, dimension: int) -> Minimiser:
    first = BOX * sqrt(dimension)
    levels = halving_levels(first, 1 + ceil(log(settings.last / first) / log(0.5)))
    steps = _shared_out(settings.steps, len(levels))
    return lambda starts, generator: grad_opt(
        problem.gradient, starts, levels, problem.strong_convexity, steps, (-BOX, BOX), generator
    )[-1]


def _shared_out(steps: int, levels: int) -> list[int]:
    """Return as equal whole numbers as there are with this sum."""
    return [steps * (level + 1) // levels - steps * level // levels for level in range(levels)]
