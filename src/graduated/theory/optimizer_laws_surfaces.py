"""Gradient methods on standard surfaces in two dimensions, each at the learning rate chosen for it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from graduated.graduated_optimization.functions import rosenbrock
from graduated.smoothing.landscapes import rastrigin
from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import OptimizerLaws
from graduated.theory.optimizer_laws_rules import RULES, iterate

ACCURACY = 1e-4
"""f − f* at which a surface is solved."""

WORKING = 0.9
"""A learning rate works that solves this share of the starts which the best one solves."""

_LEFT = 1.0
"""The saddle is left where f is so far below it."""


def valley(points: Tensor) -> Tensor:
    """Return x²/20 + y²."""
    return points[..., 0].square() / 20 + points[..., 1].square()


def booth(points: Tensor) -> Tensor:
    """Return (x + 2y − 7)² + (2x + y − 5)², least at (1, 3), its Hessian's eigenvalues 2 and 18."""
    x, y = points.unbind(-1)
    return (x + 2 * y - 7).square() + (2 * x + y - 5).square()


def beale(points: Tensor) -> Tensor:
    """Return Beale's function, least at (3, ½)."""
    x, y = points.unbind(-1)
    terms = (1.5 - x + x * y, 2.25 - x + x * y.square(), 2.625 - x + x * y.pow(3))
    return sum(term.square() for term in terms)


def himmelblau(points: Tensor) -> Tensor:
    """Return (x² + y − 11)² + (x + y² − 7)², which has four minima, all 0."""
    x, y = points.unbind(-1)
    return (x.square() + y - 11).square() + (x + y.square() - 7).square()


def saddle(points: Tensor) -> Tensor:
    """Return x² − y²."""
    return points[..., 0].square() - points[..., 1].square()


def gradient_of(function: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """Return ∇f [..., D] at points [..., D]."""
    with torch.enable_grad():
        variable = points.detach().requires_grad_()
        return torch.autograd.grad(function(variable).sum(), variable)[0]


@dataclass(frozen=True)
class Surface:
    """A function on which methods are compared.

    Attributes:
        function: From points [..., 2] to values [...].
        low: Lower corner of the box of starts.
        high: Upper corner.
        solved: Value below which it is solved.
    """

    function: Callable[[Tensor], Tensor]
    low: tuple[float, float]
    high: tuple[float, float]
    solved: float = ACCURACY


SURFACES: dict[str, Surface] = {
    "valley": Surface(valley, (-10, -10), (10, 10)),
    "Booth": Surface(booth, (-10, -10), (10, 10)),
    "Rosenbrock": Surface(rosenbrock, (-2, -2), (2, 2)),
    "Beale": Surface(beale, (-4.5, -4.5), (4.5, 4.5)),
    "Himmelblau": Surface(himmelblau, (-5, -5), (5, 5)),
    "saddle": Surface(saddle, (-1, -1e-3), (1, 1e-3), solved=-_LEFT),
    "Rastrigin": Surface(rastrigin, (-5.12, -5.12), (5.12, 5.12)),
}
"""Every surface by name; all minima are 0. Starts on the saddle lie next to its ridge."""


def compare(settings: OptimizerLaws, report: Report) -> pd.DataFrame:
    """Count the steps that every method takes on every surface at every learning rate.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        A row per method, surface, learning rate, start and purpose (``choose`` or ``measure``): the steps
        until the surface is solved, or infinity.
    """
    starts = torch.stack([_starts(name, settings) for name in SURFACES])
    rates, kinds = settings.learning_rates, np.repeat(["choose", "measure"], settings.starts)
    tables = []
    for done, (method, rule) in enumerate(RULES.items()):
        report(done / len(RULES), f"{method} on {len(SURFACES)} surfaces")
        needed = torch.full((len(rates), *starts.shape[:-1]), torch.inf, dtype=torch.float64)
        for step, points in enumerate(iterate(rule, _gradients, starts, rates, settings.steps), 1):
            needed.clamp_(max=torch.where(_solved(points), step, torch.inf))
        index = pd.MultiIndex.from_product(
            [rates, SURFACES, range(2 * settings.starts)], names=["learning_rate", "surface", "start"]
        )
        table = pd.DataFrame({"steps": needed.flatten().numpy()}, index=index).reset_index()
        tables.append(table.assign(method=method, purpose=kinds[table["start"]]))
    return pd.concat(tables, ignore_index=True)


def _starts(name: str, settings: OptimizerLaws) -> Tensor:
    low, high = (torch.tensor(end, dtype=torch.float64) for end in (SURFACES[name].low, SURFACES[name].high))
    generator = stream(settings.seed, f"optimizer_laws/starts/{name}")
    return low + (high - low) * torch.rand(2 * settings.starts, 2, dtype=torch.float64, generator=generator)


def _values(points: Tensor) -> Tensor:
    """Return the values [R, F, N] of all surfaces at their points [R, F, N, 2]."""
    each = zip(SURFACES.values(), points.unbind(1), strict=True)
    return torch.stack([surface.function(own) for surface, own in each], 1)


def _gradients(points: Tensor) -> Tensor:
    return gradient_of(_values, points)


def _solved(points: Tensor) -> Tensor:
    levels = torch.tensor([surface.solved for surface in SURFACES.values()], dtype=torch.float64)
    return _values(points) <= levels[:, None]


def grid(steps: pd.DataFrame, settings: OptimizerLaws) -> pd.DataFrame:
    """Return what every learning rate gives on the starts to choose from.

    Args:
        steps: From :func:`compare`.
        settings: Of the study.

    Returns:
        A row per method, surface and learning rate: the share of starts solved, the mean steps, those of
        unsolved starts counted as all, whether the rate works, and whether it is chosen: of least mean steps.
    """
    rows = steps[steps["purpose"] == "choose"]
    rows = rows.assign(solved=np.isfinite(rows["steps"]), spent=rows["steps"].clip(upper=settings.steps))
    keys = ["method", "surface", "learning_rate"]
    table = rows.groupby(keys, sort=False).agg(solved=("solved", "mean"), mean_steps=("spent", "mean"))
    cells = table.groupby(["method", "surface"], sort=False)
    best = cells["solved"].transform("max")
    chosen = cells["mean_steps"].idxmin()
    working = (best > 0) & (table["solved"] >= WORKING * best)
    return table.assign(works=working, chosen=table.index.isin(chosen)).reset_index()


def runs(steps: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of every method at its chosen learning rate, on the starts to measure on."""
    chosen = grid.loc[grid["chosen"], ["method", "surface", "learning_rate"]]
    measured = steps.loc[steps["purpose"] == "measure"].drop(columns="purpose")
    return chosen.merge(measured, on=list(chosen), how="left")
