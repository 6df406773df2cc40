"""Explicit graduated optimization beside other global optimizers (arXiv 2412.11501)."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from graduated.graduated_optimization.explicit import minimise
from graduated.graduated_optimization.functions import FUNCTIONS, BenchmarkFunction
from graduated.graduated_optimization.levels import Levels, geometric_levels, polynomial_levels
from graduated.graduated_optimization.objective import Objective
from graduated.graduated_optimization.rivals import RIVALS, run
from graduated.streams import stream, stream_seed
from graduated.studies import Findings, Report
from graduated.studies.settings import GlobalOptimizers
from graduated.theory.optimizer_comparison import compare
from graduated.theory.optimizer_verdicts import verdicts

REVERSE_MODE = 4
"""Function evaluations that a gradient costs at most by reverse mode (Griewank & Walther 2008)."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Variant:
    """A way to run explicit graduated optimization.

    Attributes:
        label: Its name in print.
        levels: ``nice`` or ``geometric``.
        full: The authors' own setting, whatever it costs; otherwise as many draws per step, or failing that
            as many levels, as the budget has room for.
        reverse: A gradient counts for four evaluations, not for the 2·D of the authors' central differences.
        std: Of the noise, in units of δ; 0 descends the function itself, with one draw that is none.
    """

    label: str
    levels: str = "nice"
    full: bool = False
    reverse: bool = False
    std: float = 1.0


VARIANTS: dict[str, Variant] = {
    "explicit_nice": Variant("explicit GO, nice, authors’ budget", full=True),
    "explicit_geometric": Variant("explicit GO, geometric, authors’ budget", levels="geometric", full=True),
    "explicit_reverse": Variant("explicit GO, nice, reverse mode", reverse=True),
    "explicit_differences": Variant("explicit GO, nice, differences"),
    "gradient_descent": Variant("gradient descent (δ = 0)", full=True, std=0.0),
}
"""Every variant by name; the last is the control, the authors' steps without smoothing."""


def measure(settings: GlobalOptimizers, report: Report) -> Findings:
    """Run explicit graduated optimization and other global optimizers from the same random starts.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``runs`` (one row per run), ``summary`` (per function and optimizer), ``duels`` (how often one
        beats the other), ``ranks`` (with Friedman's test) and ``schedules`` (nice against geometric). A run's
        gap is its least f − f*: of all points that a rival evaluates, and of those where a level of explicit
        graduated optimization ends, which are looked at for the record alone and cost nothing; the final gap
        is the algorithm's own result.

    Raises:
        ValueError: A function is unknown.
    """
    for name in settings.functions:
        if name not in FUNCTIONS:
            raise ValueError(f"functions: {name!r} is unknown; expected some of {', '.join(FUNCTIONS)}")
    tasks = list(product(settings.functions, labels()))
    rows: Rows = []
    for number, (name, optimizer) in enumerate(tasks):
        report(number / len(tasks), f"{name}, {optimizer}")
        starts = torch.stack([start(name, settings.dimension, seed) for seed in range(settings.seeds)])
        carry_out = _run_variant if optimizer in VARIANTS else _run_rival
        rows += carry_out(name, optimizer, starts, settings)
    report(1.0, "done")
    tables = compare(pd.DataFrame(rows), labels(), settings)
    return Findings(tables, verdicts(tables, settings))


def labels() -> dict[str, str]:
    """Return the names in print of all variants and rivals, in the order of the tables."""
    return {name: one.label for name, one in (VARIANTS | RIVALS).items()}


def start(name: str, dimension: int, seed: int) -> Tensor:
    """Return the point [D] from which every optimizer starts on a function, uniform in its box.

    Args:
        name: The function's, a key of ``FUNCTIONS``.
        dimension: D.
        seed: Of the point.
    """
    function = FUNCTIONS[name]
    share = torch.rand(dimension, dtype=torch.float64, generator=stream(seed, f"start on {name}"))
    return function.low + (function.high - function.low) * share


def plan(variant: Variant, settings: GlobalOptimizers) -> tuple[Levels, int, int]:
    """Return the levels and the draws per step of a variant, and the function evaluations that these take."""
    cost = REVERSE_MODE if variant.reverse else 2 * settings.dimension
    levels, draws = settings.levels, settings.draws if variant.std else 1
    if not variant.full:
        draws = settings.evaluations // (levels * settings.steps * cost)
        if draws == 0:
            draws, levels = 1, settings.evaluations // (settings.steps * cost)
    if variant.levels == "geometric":
        values = geometric_levels(settings.first, settings.last, levels)
    else:
        values = polynomial_levels(settings.first, settings.last, levels, settings.power)
    return values, draws, levels * settings.steps * draws * cost


def gaps(function: BenchmarkFunction, points: Tensor) -> Tensor:
    """Return f − f* at points [..., D], or where they are outside the box at the nearest point in it."""
    values = function.evaluate(points.clamp(function.low, function.high)) - function.minimum
    return values.clamp(min=0).nan_to_num(nan=torch.inf)


def misplaced(function: BenchmarkFunction, points: Tensor) -> Tensor:
    """Return how many coordinates of points [..., D] are more than ½ away from those of the minimiser.

    On Rastrigin's function these are the coordinates in another basin than the global one.
    """
    return (~((points - function.minimiser).abs() <= 0.5)).sum(-1)


def _run_variant(name: str, variant: str, starts: Tensor, settings: GlobalOptimizers) -> Rows:
    function, what = FUNCTIONS[name], VARIANTS[variant]
    levels, draws, evaluations = plan(what, settings)
    options = {"steps": settings.steps, "draws": draws, "std": what.std}
    path = minimise(function.evaluate, starts, range(len(starts)), levels, function.learning_rate, **options)
    ends, rows = path[-1], []
    outside = ((ends < function.low) | (ends > function.high)).any(-1)
    for seed, gap in enumerate(gaps(function, path).T.numpy()):
        solved = np.flatnonzero(gap <= settings.success)
        row = {"function": name, "optimizer": variant, "seed": seed, "gap": gap.min(), "final_gap": gap[-1]}
        row["evaluations"] = evaluations
        row["solved_after"] = evaluations * (solved[0] + 1) / len(levels) if len(solved) else np.nan
        row |= {"outside": outside[seed].item(), "misplaced": misplaced(function, ends[seed]).item()}
        rows.append(row)
    return rows


def _run_rival(name: str, rival: str, starts: Tensor, settings: GlobalOptimizers) -> Rows:
    function, rows = FUNCTIONS[name], []
    for seed, first in enumerate(starts.numpy()):
        objective = Objective(
            function, settings.dimension, settings.evaluations, settings.precision, settings.success
        )
        run(RIVALS[rival], objective, first, stream_seed(seed, f"{rival} on {name}") % 2**32)
        row = {"function": name, "optimizer": rival, "seed": seed, "gap": objective.gap}
        row |= {"final_gap": objective.gap, "evaluations": objective.spent}
        row |= {"solved_after": objective.solved_after, "outside": False}
        row["misplaced"] = misplaced(function, torch.from_numpy(objective.point)).item()
        rows.append(row)
    return rows
