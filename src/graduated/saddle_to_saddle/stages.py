"""The stages of linear networks of two layers: plateaus, the saddles they wait at, and when they escape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy import signal
from torch import Tensor

from graduated.saddle_to_saddle.descent import State, descend, initial_units, product, two_layers
from graduated.saddle_to_saddle.predictions import escape_slopes, rates
from graduated.saddle_to_saddle.regression import (
    CORRELATED,
    NEARLY_EQUAL,
    WHITENED,
    Regression,
    make_regression,
)
from graduated.studies.settings import SaddleToSaddle

LARGE = 1.0
"""ε of the control that starts far from the origin."""

ASYMPTOTIC = 1e-6
"""Largest ε at which laws of small ε are expected to hold."""

LEARNED = 1.01
"""Times the loss of the teacher's rank, at which a network has learned."""

_PROMINENCE = 0.5
"""Of a plateau: decades by which ‖∇L‖ rises on either side."""

_SHOWN, _EVERY = 3, 4
"""Scales whose paths are kept, and of how many steps one."""


@dataclass(frozen=True)
class Path:
    """A descent, step by step.

    Attributes:
        loss: Of shape (steps, scales, sets).
        gradient_norm: Of the same shape.
        maps: W₂W₁, of shape (steps, scales, sets, outputs, inputs).
        optima: Reduced-rank losses of ranks 0 to r, of shape (r + 1, sets).
    """

    loss: Tensor
    gradient_norm: Tensor
    maps: Tensor
    optima: Tensor

    @property
    def escapes(self) -> Tensor:
        """First step with a loss below the middle of two reduced-rank losses, (r, scales, sets)."""
        middles = (self.optima[1:] + self.optima[:-1]) / 2
        return torch.stack([first_below(self.loss, middle) for middle in middles])

    def plateaus(self, scale: int, member: int) -> np.ndarray:
        """Return the steps at which ‖∇L‖ is least between rises, up to the last escape; the start may be one.

        Args:
            scale: Index of ε.
            member: Index of the data set.
        """
        last = int(self.escapes[-1, scale, member])
        height = -self.gradient_norm[: last + 1, scale, member].log10().numpy()
        padded = np.concatenate([[height.min() - 1], height])
        return signal.find_peaks(padded, prominence=_PROMINENCE)[0] - 1


def first_below(values: Tensor, level: Tensor) -> Tensor:
    """Return the first step of values (steps, …) that is at or below a level."""
    below = values <= level
    if not below.any(0).all():
        raise RuntimeError("gradient descent: a level was not reached")
    return below.int().argmax(0)


def follow(states: Iterator[State], optima: Tensor, until: Tensor) -> Path:
    """Take steps until every loss is at or below a level, and keep them.

    Args:
        states: From ``descend``.
        optima: Reduced-rank losses of ranks 0 to r, of shape (r + 1, sets).
        until: The level, of shape (sets,).
    """
    losses, norms, maps = [], [], []
    for state in states:
        losses.append(state.loss.clone())
        norms.append(state.gradient_norm)
        maps.append(product(state.weights))
        if (state.loss <= until).all():
            break
    return Path(torch.stack(losses), torch.stack(norms), torch.stack(maps), optima)


def stages(settings: SaddleToSaddle) -> dict[str, pd.DataFrame]:
    """Follow linear networks on three kinds of data, and tanh and ReLU networks on correlated inputs.

    Returns:
        Tables ``plateaus`` (activation, data, scale, set, and how many plateaus there are), ``stages`` (of
        every rank, when it is escaped to, and the loss of the plateau there, the relative distance of W₂W₁
        from the reduced-rank map, and its first singular value beyond the rank over the last within),
        ``slopes`` (of escape times in log(1/ε), with their predictions) and ``paths`` (of one whitened set).
    """
    scales = (LARGE, *settings.scales)
    inputs = settings.dimension
    units = initial_units(settings.sets, settings.units, inputs, inputs, settings.seed)
    tables: dict[str, list[pd.DataFrame]] = {"plateaus": [], "stages": [], "slopes": [], "paths": []}
    for kind in (WHITENED, CORRELATED, NEARLY_EQUAL):
        regression = make_regression(settings, kind).for_linear_networks()
        optima = regression.reduced_rank_losses(len(settings.teacher))
        states = descend(two_layers(units, scales, inputs), regression, "linear", settings.learning_rate)
        path = follow(states, optima, LEARNED * optima[-1])
        tables["plateaus"].append(_count(path, scales, kind))
        if kind == NEARLY_EQUAL:
            continue
        found = _stages(path, scales, regression, kind)
        tables["stages"].append(found)
        tables["slopes"].append(_slopes(found, regression, settings, kind))
        if kind == WHITENED:
            tables["paths"].append(_paths(path, scales, len(settings.teacher)))
    regression = make_regression(settings, CORRELATED)
    optima = regression.reduced_rank_losses(len(settings.teacher))
    for activation in ("tanh", "ReLU"):
        states = descend(
            two_layers(units, [ASYMPTOTIC], inputs), regression, activation, settings.learning_rate
        )
        path = follow(states, optima, (optima[-1] + optima[-2]) / 2)
        tables["plateaus"].append(_count(path, [ASYMPTOTIC], CORRELATED, activation))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _count(path: Path, scales: Sequence[float], kind: str, activation: str = "linear") -> pd.DataFrame:
    rows = [
        {
            "activation": activation,
            "data": kind,
            "scale": scale,
            "set": member,
            "plateaus": len(path.plateaus(index, member)),
        }
        for index, scale in enumerate(scales)
        for member in range(path.loss.shape[2])
    ]
    return pd.DataFrame(rows)


def _stages(path: Path, scales: Sequence[float], regression: Regression, kind: str) -> pd.DataFrame:
    """Return when each rank is escaped to, and of all but the last the plateau where ‖∇L‖ is least."""
    escapes = path.escapes
    rows = []
    for (index, scale, member), escape in np.ndenumerate(escapes.numpy()):
        row = {"data": kind, "scale": scales[scale], "set": member, "rank": index + 1, "escape": int(escape)}
        if index + 1 < len(escapes):
            end = int(escapes[index + 1, scale, member])
            plateau = int(escape) + int(path.gradient_norm[escape:end, scale, member].argmin())
            reached = path.maps[plateau, scale, member]
            optimum = regression.reduced_rank(index + 1)[0][member]
            singular = torch.linalg.svdvals(reached)
            row |= {
                "plateau": plateau,
                "loss": path.loss[plateau, scale, member].item(),
                "optimum": path.optima[index + 1, member].item(),
                "distance": ((reached - optimum).norm() / optimum.norm()).item(),
                "next_singular_value": (singular[index + 1] / singular[index]).item(),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _slopes(found: pd.DataFrame, regression: Regression, settings: SaddleToSaddle, kind: str) -> pd.DataFrame:
    rank = len(settings.teacher)
    growth = [
        rates(torch.linalg.svdvals(regression.coefficients(maps @ regression.inputs)), settings.learning_rate)
        for maps in (regression.reduced_rank(k)[0] for k in range(rank))
    ]
    at_origin = 1 / growth[0]
    at_saddles = escape_slopes([speed[..., : rank - k] for k, speed in enumerate(growth)])
    rows = []
    small = found[found["scale"] <= ASYMPTOTIC]
    for (k, member), line in small.groupby(["rank", "set"]):
        slope = np.polyfit(-np.log(line["scale"]), line["escape"], 1)[0]
        predicted = at_origin[member, k - 1].item(), at_saddles[k - 1, member].item()
        rows.append(
            {
                "data": kind,
                "set": member,
                "rank": k,
                "slope": slope,
                "predicted": predicted[0],
                "predicted_at_saddles": predicted[1],
            }
        )
    return pd.DataFrame(rows)


def _paths(path: Path, scales: Sequence[float], rank: int) -> pd.DataFrame:
    parts = []
    for index, scale in list(enumerate(scales))[2::2][-_SHOWN:]:
        end = int(first_below(path.loss[:, index, 0], LEARNED * path.optima[-1, 0])) + 2 * _EVERY
        taken = slice(0, end, _EVERY)
        values = torch.linalg.svdvals(path.maps[taken, index, 0]).numpy()
        columns = {f"singular_value_{k + 1}": values[:, k] for k in range(rank)}
        columns |= {f"optimum_{k}": path.optima[k, 0].item() for k in range(rank + 1)}
        loss, norm = path.loss[taken, index, 0].numpy(), path.gradient_norm[taken, index, 0].numpy()
        step = np.arange(len(loss)) * _EVERY
        parts.append(
            pd.DataFrame({"scale": scale, "step": step, "loss": loss, "gradient_norm": norm, **columns})
        )
    return pd.concat(parts)
