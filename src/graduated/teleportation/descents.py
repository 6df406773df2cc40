"""Gradient descent with teleports on Booth's function, Rosenbrock's, and round quadratics."""

import math
from collections.abc import Callable, Container, Iterator

import pandas as pd
import torch
from torch import Tensor

from graduated.streams import stream
from graduated.studies.settings import TeleportationTheory
from graduated.teleportation.functions import (
    BOOTH,
    ROSENBROCK,
    Function,
    ascend,
    round_quadratic,
    steepest,
)

PLAIN, ASCENT, ROTATED, BEST = "no teleport", "ascent", "random rotation", "steepest point"
"""Arms: none; the published ten steps of ascent; their random first angle alone; the true maximiser."""

CURVATURES = (2.0, 18.0)
"""The eigenvalues μ and L of Booth's Hessian; μ belongs to (1, −1), L to (1, 1)."""

BOOTH_RATES = (0.08, 1 / 18)
"""η on Booth's function: as published, and 1/L."""

RELATIVE_RATES = (0.25, 0.5, 0.75, 0.95, 1.25, 1.5, 1.7, 1.8, 1.9)
"""ηL at which contraction is measured; 1.8 is that of η = 2/(L + μ), where gradient descent is fastest."""

_BOOTH_START, _BOOTH_STEPS, _BOOTH_TELEPORT = (5.0, -5.0), 10, 4
_ROSENBROCK_START, _EVERY, _ASCENT_RATE = (-1.0, -1.0), 100, 0.1
_ASCENT_STEPS = 9
"""The released code takes ten, but keeps the point before the last."""

_CONTRACTION_STEPS, _STARTS, _LEVEL = 5, 64, 100.0
_OUTLINE = 121
_FOLLOWED, _SETTLED = 30, 1e-12
"""Steps after which the quadratic is no longer followed, and the loss that counts as reached."""

Teleport = Callable[[Tensor], Tensor]


def descend(
    function: Function,
    points: Tensor,
    learning_rate: float,
    steps: int,
    teleport: Teleport,
    when: Container[int],
) -> Iterator[Tensor]:
    """Yield the points of gradient descent [..., 2], after the teleport where there is one, and the last.

    Args:
        function: L.
        points: To start from [..., 2].
        learning_rate: η.
        steps: Of gradient descent; one more point is yielded.
        teleport: Moves points along their level sets.
        when: Steps, from 0, before which it does.
    """
    for step in range(steps):
        points = teleport(points) if step in when else points
        yield points
        points = points - learning_rate * function.gradient(points)
    yield points


def to_steepest(function: Function) -> Teleport:
    """Return the teleport to the point of the level set where ‖∇L‖ is greatest."""
    return lambda points: steepest(function, function.value(points))


def booth() -> pd.DataFrame:
    """Descend on Booth's function, without a teleport and with one before the fifth step.

    Returns:
        By η, arm and step the point, its loss, and the loss in closed form: a component along an eigenvector
        of eigenvalue λ shrinks by 1 − ηλ at each step, and after the teleport there is only λ = L.

    Source:
        arXiv 2205.10637, section 5.1 (settings of the released code).
    """
    start = torch.tensor(_BOOTH_START, dtype=torch.float64)
    low, high = CURVATURES
    offset = start - start.new_tensor(BOOTH.minimiser)
    parts = (low * (offset[0] - offset[1]) ** 2 / 4).item(), (high * offset.sum() ** 2 / 4).item()
    rows = []
    for rate in BOOTH_RATES:

        def alone(step: int, rate: float = rate) -> float:
            slow, fast = ((1 - rate * curvature) ** (2 * step) for curvature in CURVATURES)
            return parts[0] * slow + parts[1] * fast

        for arm, when in ((PLAIN, ()), (BEST, (_BOOTH_TELEPORT,))):
            visited = descend(BOOTH, start, rate, _BOOTH_STEPS, to_steepest(BOOTH), when)
            for step, point in enumerate(visited):
                since = step - _BOOTH_TELEPORT
                moved = arm == BEST and since >= 0
                predicted = (
                    alone(_BOOTH_TELEPORT) * (1 - rate * high) ** (2 * since) if moved else alone(step)
                )
                names = {"learning_rate": rate, "arm": arm, "step": step}
                place = dict(zip("xy", point.tolist(), strict=True))
                rows.append({**names, **place, "loss": BOOTH.value(point).item(), "predicted": predicted})
    return pd.DataFrame(rows)


def booth_level_sets() -> pd.DataFrame:
    """Return points all round the level sets of Booth's function that its first steps with η = 0.08 visit."""
    start = torch.tensor(_BOOTH_START, dtype=torch.float64)
    visited = descend(BOOTH, start, BOOTH_RATES[0], _BOOTH_TELEPORT, to_steepest(BOOTH), ())
    angles = torch.linspace(0, 2 * math.pi, _OUTLINE, dtype=torch.float64)
    tables = []
    for level in BOOTH.value(torch.stack(list(visited))):
        x, y = BOOTH.on_level(level.expand(_OUTLINE), angles).unbind(-1)
        tables.append(pd.DataFrame({"level": level.item(), "x": x.numpy(), "y": y.numpy()}))
    return pd.concat(tables, ignore_index=True)


def rosenbrock(settings: TeleportationTheory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Descend on Rosenbrock's function, with a teleport before every hundredth step.

    Ascent and random rotation have the same first angles, uniform in [0, π).

    Args:
        settings: Of the study.

    Returns:
        Quartiles and extremes of the loss by η, arm and step; and the last loss of every run.

    Source:
        arXiv 2205.10637, section 5.1 (settings of the released code).
    """
    lines, ends = [], []
    for rate in settings.learning_rates:
        for arm in (PLAIN, ASCENT, ROTATED, BEST):
            generator = stream(settings.seed, "teleportation_theory/angles")
            start = torch.tensor(_ROSENBROCK_START, dtype=torch.float64).repeat(settings.seeds, 1)
            when = () if arm == PLAIN else range(_EVERY - 1, settings.steps, _EVERY)
            visited = descend(ROSENBROCK, start, rate, settings.steps, _teleport(arm, generator), when)
            losses = ROSENBROCK.value(torch.stack(list(visited)))
            names = {"learning_rate": rate, "arm": arm}
            lines.append(_quartiles(losses).assign(**names))
            ends.append(pd.DataFrame({**names, "run": range(settings.seeds), "loss": losses[-1].numpy()}))
    return pd.concat(lines, ignore_index=True), pd.concat(ends, ignore_index=True)


def _teleport(arm: str, generator: torch.Generator) -> Teleport:
    steps = {ASCENT: _ASCENT_STEPS, ROTATED: 0}
    if arm not in steps:
        return to_steepest(ROSENBROCK)

    def move(points: Tensor) -> Tensor:
        angles = math.pi * torch.rand(len(points), generator=generator, dtype=torch.float64)
        return ascend(ROSENBROCK, points, angles, _ASCENT_RATE, steps[arm])

    return move


def _quartiles(losses: Tensor) -> pd.DataFrame:
    shares = {"least": 0.0, "lower": 0.25, "median": 0.5, "upper": 0.75, "greatest": 1.0}
    values = torch.quantile(losses, losses.new_tensor(list(shares.values())), dim=1).numpy()
    columns = dict(zip(shares, values, strict=True))
    return pd.DataFrame({"step": range(len(losses)), "runs": losses.shape[1], **columns})


def after_one_teleport(settings: TeleportationTheory) -> pd.DataFrame:
    """Follow ‖∇L(w_t)‖ over its maximum on the level set of w_t, after one teleport to that maximum.

    Args:
        settings: Of the study.

    Returns:
        By function and step since the teleport, the loss and the ratio; down to a loss of 1e-12.

    Source:
        arXiv 2305.13404, section 3.3.
    """
    tables = []
    cases = (
        (BOOTH, _BOOTH_START, BOOTH_RATES[0], _BOOTH_TELEPORT, _BOOTH_TELEPORT + _FOLLOWED),
        (ROSENBROCK, _ROSENBROCK_START, settings.learning_rates[0], _EVERY - 1, settings.steps),
    )
    for function, start, rate, teleport, steps in cases:
        begin = torch.tensor([start], dtype=torch.float64)
        visited = list(descend(function, begin, rate, steps, to_steepest(function), (teleport,)))
        points = torch.cat(visited[teleport:])
        losses = function.value(points)
        points, losses = points[losses > _SETTLED], losses[losses > _SETTLED]
        greatest = function.gradient(steepest(function, losses)).norm(dim=-1)
        ratio = function.gradient(points).norm(dim=-1) / greatest
        columns = {"step": range(len(points)), "loss": losses.numpy(), "ratio": ratio.numpy()}
        tables.append(pd.DataFrame({"function": function.name, **columns}))
    return pd.concat(tables, ignore_index=True)


def contraction() -> pd.DataFrame:
    """Measure the worst contraction of the loss per step on quadratics with curvatures in [μ, L].

    Returns:
        By quadratic (round ones of curvature μ and L, and Booth's), arm and ηL, the greatest
        (L_t/L_0)^{1/t} over starts all round a level set, and the same in closed form: (1 − ημ)² or
        (1 − ηL)² for the worst eigenvector that the arm can be on.

    Source:
        arXiv 2403.03362.
    """
    low, high = CURVATURES
    cases = (
        (round_quadratic(low), {PLAIN: (low,), BEST: (low,)}),
        (BOOTH, {PLAIN: CURVATURES, BEST: (high,)}),
        (round_quadratic(high), {PLAIN: (high,), BEST: (high,)}),
    )
    angles = torch.arange(_STARTS, dtype=torch.float64) * (2 * math.pi / _STARTS)
    rows = []
    for function, spectra in cases:
        start = function.on_level(torch.full_like(angles, _LEVEL), angles)
        for arm, curvatures in spectra.items():
            for relative in RELATIVE_RATES:
                rate, when = relative / high, (0,) if arm == BEST else ()
                *_, last = descend(function, start, rate, _CONTRACTION_STEPS, to_steepest(function), when)
                shrunk = (function.value(last) / _LEVEL) ** (1 / _CONTRACTION_STEPS)
                names = {"function": function.name, "arm": arm, "relative_rate": relative}
                predicted = max((1 - rate * curvature) ** 2 for curvature in curvatures)
                rows.append({**names, "contraction": shrunk.max().item(), "predicted": predicted})
    return pd.DataFrame(rows)
