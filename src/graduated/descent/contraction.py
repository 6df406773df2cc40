"""Gradient descent on a quadratic: each eigenvector's coefficient shrinks on its own, by 1 − ηλ a step."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import DescentTheory
from graduated.studies.verdicts import exact_verdict, number_verdict

_TARGET = 1e-6
"""Share of the distance at the start at which the minimum counts as reached."""

_RUN = ["condition", "momentum", "relative_rate"]
"""What tells one run from another."""


def largest_stable_rate(eigenvalue: float, momentum: float = 0.0) -> float:
    """Return 2(1 + μ)/λ, beyond which gradient descent with momentum μ diverges along an eigenvector."""
    return 2 * (1 + momentum) / eigenvalue


def iteration_matrix(curvature: float, momentum: float) -> np.ndarray:
    """Return the matrix that takes a coefficient now and a step before to those a step later.

    Args:
        curvature: ηλ.
        momentum: μ.

    Returns:
        Shape (2, 2); its eigenvalues solve z² − (1 + μ − ηλ)z + μ = 0.
    """
    return np.array([[1 + momentum - curvature, -momentum], [1.0, 0.0]])


def predicted_coefficient(curvature: float, momentum: float, step: int) -> float:
    """Return a coefficient after some steps as a share of that at the start, (1 − ηλ)^t without momentum."""
    return float(np.linalg.matrix_power(iteration_matrix(curvature, momentum), step)[0].sum())


def rate(curvature: float, momentum: float) -> float:
    """Return the factor per step by which the distance shrinks in the long run, for ηλ and μ."""
    return float(np.abs(np.linalg.eigvals(iteration_matrix(curvature, momentum))).max())


def descend(hessian: Tensor, start: Tensor, learning_rate: float, momentum: float, steps: int) -> Tensor:
    """Return the way of ``torch.optim.SGD`` on ½wᵀHw.

    Args:
        hessian: H, shape (d, d).
        start: w, shape (d,).
        learning_rate: η.
        momentum: μ.
        steps: How many.

    Returns:
        Shape (steps + 1, d), the start first.
    """
    weights = start.clone()
    optimizer = torch.optim.SGD([weights], lr=learning_rate, momentum=momentum)
    way = [start.clone()]
    for _ in range(steps):
        weights.grad = hessian @ weights
        optimizer.step()
        way.append(weights.clone())
    return torch.stack(way)


def coefficients(settings: DescentTheory) -> pd.DataFrame:
    """Descend quadratics whose axes are turned at random, and return the coefficients of their eigenvectors.

    Returns:
        Columns condition, momentum, relative_rate (of the largest stable one), mode, curvature (ηλ), step
        (the powers of two, and the last), coefficient and predicted, both 1 at the start.
    """
    tables = []
    for condition in settings.conditions:
        eigenvalues = torch.logspace(-np.log10(condition), 0, settings.dimension, dtype=torch.float64)
        axes = _random_axes(settings.dimension)
        for momentum in (0.0, settings.momentum):
            for relative in settings.relative_rates:
                learning_rate = relative * largest_stable_rate(1.0, momentum)
                hessian = axes @ torch.diag(eigenvalues) @ axes.T
                way = descend(hessian, axes.sum(1), learning_rate, momentum, settings.steps) @ axes
                rows = pd.DataFrame(_rows(learning_rate * eigenvalues, momentum, way))
                tables.append(rows.assign(condition=condition, momentum=momentum, relative_rate=relative))
    return pd.concat(tables, ignore_index=True)


def _random_axes(dimension: int) -> Tensor:
    normal = torch.randn(
        (dimension, dimension), generator=stream(0, "descent_theory/axes"), dtype=torch.float64
    )
    return torch.linalg.qr(normal).Q


def _rows(curvatures: Tensor, momentum: float, way: Tensor) -> Iterator[dict]:
    last = len(way) - 1
    steps = sorted({0, last, *(2**power for power in range(last.bit_length()))})
    for mode, curvature in enumerate(curvatures.tolist()):
        for step in steps:
            yield {
                "mode": mode,
                "curvature": curvature,
                "step": step,
                "coefficient": way[step, mode].item(),
                "predicted": predicted_coefficient(curvature, momentum, step),
            }


def needed_steps(settings: DescentTheory) -> pd.DataFrame:
    """Return the steps to a millionth of the distance, at the best constant learning rate 2/(λ_min + λ_max).

    Returns:
        Columns condition, steps (measured) and predicted, from the factor (κ − 1)/(κ + 1) per step.
    """
    rows = []
    for condition in settings.conditions:
        factor = (condition - 1) / (condition + 1)
        predicted = 1.0 if condition == 1 else np.log(_TARGET) / np.log(factor)
        hessian = torch.diag(torch.tensor([1 / condition, 1.0], dtype=torch.float64))
        best = 2 / (1 + 1 / condition)
        way = descend(hessian, torch.ones(2, dtype=torch.float64), best, 0.0, int(predicted) + 2)
        steps = int((way.abs().amax(1) > _TARGET).sum())
        rows.append({"condition": condition, "steps": steps, "predicted": predicted})
    return pd.DataFrame(rows)


def rates(settings: DescentTheory) -> pd.DataFrame:
    """Return the factor per step against ηλ, with and without momentum.

    Returns:
        Columns curvature (ηλ), momentum, rate, and effective: 1 − ηλ/(1 − μ), what an effective learning rate
        η/(1 − μ) would give.
    """
    rows = []
    for momentum in (0.0, settings.momentum):
        for curvature in np.geomspace(1e-4, largest_stable_rate(1.0, momentum) * 1.2, 300):
            effective = abs(1 - curvature / (1 - momentum))
            row = {"curvature": curvature, "momentum": momentum, "rate": rate(curvature, momentum)}
            rows.append({**row, "effective": effective})
    return pd.DataFrame(rows)


def zigzag() -> pd.DataFrame:
    """Return ways in a valley of κ = 10: near the edge, at the best constant learning rate, and a timid one.

    Returns:
        Columns relative_rate (ηλ_max/2), step, flat and steep (coefficients of the two eigenvectors).
    """
    hessian = torch.diag(torch.tensor([0.1, 1.0], dtype=torch.float64))
    tables = []
    for relative in (0.97, 1 / 1.1, 0.1):
        way = descend(hessian, torch.tensor([1.0, 0.3], dtype=torch.float64), 2 * relative, 0.0, 15)
        table = pd.DataFrame(way.numpy(), columns=["flat", "steep"])
        tables.append(table.assign(step=table.index, relative_rate=relative))
    return pd.concat(tables, ignore_index=True)


def verdicts(modes: pd.DataFrame, steps: pd.DataFrame) -> list[Verdict]:
    """Judge the contraction, the edge and the number of steps, from the tables of this module."""
    greatest = modes.assign(size=modes["predicted"].abs()).groupby([*_RUN, "step"])["size"].transform("max")
    errors = (modes["coefficient"] - modes["predicted"]).abs() / greatest.clip(lower=1)
    last = modes[modes["step"] == modes["step"].max()]
    ends = last.assign(size=last["coefficient"].abs()).groupby(_RUN)["size"].max().reset_index()
    wrong = int(((ends["size"] > 1) != (ends["relative_rate"] > 1)).sum())
    relative = ends["relative_rate"]
    nearest = ends[
        (ends["momentum"] == 0) & relative.between(relative[relative < 1].max(), relative[relative > 1].min())
    ]
    return [
        exact_verdict(
            "Along each eigenvector gradient descent multiplies the distance by 1 − ηλ a step",
            f"{BOOK}, section 7.3",
            "largest error of a coefficient, relative to the largest at that step or at the start",
            errors,
            "coefficients and steps",
            "Quadratics only, axes turned at random; with momentum the factors are the roots of "
            "z² − (1 + μ − ηλ)z + μ.",
        ),
        number_verdict(
            "Gradient descent converges up to η = 2/λ_max, with momentum 2(1 + μ)/λ_max, not beyond",
            f"{BOOK}, section 7.3",
            "runs that shrink beyond the edge, or grow below it",
            wrong,
            len(ends),
            "runs",
            "Next to the edge, without momentum, the greatest coefficient after "
            f"{last['step'].max()} steps is "
            f"{nearest['size'].min():.2g} to {nearest['size'].max():.2g} of that at the start.",
            most=0,
        ),
        exact_verdict(
            "At the best constant learning rate the distance shrinks by (κ − 1)/(κ + 1) a step",
            f"{BOOK}, section 7.3",
            "largest distance of the steps to a millionth from the closed form, in steps",
            (steps["steps"] - steps["predicted"]).abs(),
            "condition numbers",
            f"{steps['steps'].iloc[-1]:,} steps at κ = {steps['condition'].iloc[-1]:g}: half of κ ln 10⁶. At "
            "the edge itself the flattest direction shrinks by 1 − 2/κ a step.",
            largest=1.0,
        ),
    ]
