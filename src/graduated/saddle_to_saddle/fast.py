"""The fast algorithm: leave each saddle along the top singular vectors of its coefficient matrix.

The abstract on stage-wise learning says only that eigenvectors of the coefficient matrix skip the plateau;
how far to go along them, and when a point counts as a saddle, are choices of this study.
"""

import pandas as pd
import torch
from torch import Tensor

from graduated.saddle_to_saddle.descent import descend, initial_units, product, two_layers
from graduated.saddle_to_saddle.regression import CORRELATED, WHITENED, Regression, make_regression
from graduated.saddle_to_saddle.stages import LEARNED
from graduated.streams import stream
from graduated.studies.settings import SaddleToSaddle

PLAIN, FAST = "gradient descent", "fast algorithm"


def run_plain(
    weights: list[Tensor], regression: Regression, settings: SaddleToSaddle, optimum: Tensor
) -> Tensor:
    """Return the losses (steps, scales, sets) of linear networks until all have learned."""
    losses = []
    for state in descend(weights, regression, "linear", settings.learning_rate):
        losses.append(state.loss.clone())
        if (state.loss <= LEARNED * optimum).all():
            return torch.stack(losses)


def run_fast(
    weights: list[Tensor], regression: Regression, settings: SaddleToSaddle, tolerance: float
) -> tuple[Tensor, Tensor]:
    """Train linear networks by gradient descent that is moved off each saddle, until none is left.

    Args:
        weights: Of two layers, of shape (scales, sets, outputs, inputs).
        regression: Data sets.
        settings: Of the study: η, the length of a move, and the least singular value.
        tolerance: ‖∇L‖ below which a point counts as a saddle.

    Returns:
        Losses (steps, scales, sets), and how often each network was moved (scales, sets).
    """
    generator = stream(settings.seed, f"saddle_to_saddle/moves/{tolerance}")
    moves = torch.zeros(weights[0].shape[:2], dtype=torch.int64)
    settled, losses = torch.zeros_like(moves, dtype=torch.bool), []
    for state in descend(weights, regression, "linear", settings.learning_rate):
        losses.append(state.loss.clone())
        waiting = (state.gradient_norm < tolerance) & ~settled
        if waiting.any():
            escaping = _leave(state.weights, waiting, regression, settings, generator)
            moves += escaping
            settled |= waiting & ~escaping
        if settled.all():
            return torch.stack(losses), moves


def _leave(
    weights: list[Tensor],
    waiting: Tensor,
    regression: Regression,
    settings: SaddleToSaddle,
    generator: torch.Generator,
) -> Tensor:
    """Add (r₀/√2)·c u₁ᵀ to W₁ and (r₀/√2)·v₁cᵀ to W₂, c a random unit vector, where C has directions left."""
    coefficients = regression.coefficients(product(weights) @ regression.inputs)
    left, singular_values, right = torch.linalg.svd(coefficients)
    escaping = waiting & (singular_values[..., 0] >= settings.least_singular_value)
    shape = (*waiting.shape, settings.units)
    direction = torch.randn(shape, generator=generator, dtype=torch.float64)
    direction *= settings.kick / 2**0.5 / direction.norm(dim=-1, keepdim=True)
    direction[~escaping] = 0
    weights[0] += direction.unsqueeze(-1) * left[..., None, :, 0]
    weights[1] += right[..., 0, :, None] * direction.unsqueeze(-2)
    return escaping


def fast(settings: SaddleToSaddle) -> dict[str, pd.DataFrame]:
    """Train linear networks by both algorithms from the same weights.

    Returns:
        Tables ``steps`` (algorithm, data, tolerance, scale, set, steps until the loss is ``LEARNED`` times
        that of the teacher's rank, steps in all, moves, and the excess of the final loss over that one) and
        ``descents`` (the loss by step on the first whitened data set from the smallest ε).
    """
    inputs = settings.dimension
    units = initial_units(settings.sets, settings.units, inputs, inputs, settings.seed)
    weights = two_layers(units, settings.scales, inputs)
    shown = sorted(settings.tolerances)[len(settings.tolerances) // 2]
    steps, descents = [], []
    for kind in (WHITENED, CORRELATED):
        regression = make_regression(settings, kind).for_linear_networks()
        optimum = regression.reduced_rank_losses(len(settings.teacher))[-1]
        losses = run_plain(weights, regression, settings, optimum)
        keys = {"algorithm": PLAIN, "data": kind, "tolerance": float("nan")}
        none = torch.zeros(losses.shape[1:], dtype=torch.int64)
        steps.append(_steps(losses, optimum, none, settings).assign(**keys))
        descents.append(_descent(losses, keys))
        for tolerance in settings.tolerances:
            losses, moves = run_fast(weights, regression, settings, tolerance)
            keys = {"algorithm": FAST, "data": kind, "tolerance": tolerance}
            steps.append(_steps(losses, optimum, moves, settings).assign(**keys))
            if tolerance == shown:
                descents.append(_descent(losses, keys))
    return {"steps": pd.concat(steps, ignore_index=True), "descents": pd.concat(descents, ignore_index=True)}


def _steps(losses: Tensor, optimum: Tensor, moves: Tensor, settings: SaddleToSaddle) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([settings.scales, range(settings.sets)], names=["scale", "set"])
    excess = losses[-1] / optimum - 1
    learned = torch.where(excess <= LEARNED - 1, (losses <= LEARNED * optimum).int().argmax(0), torch.nan)
    columns = {"learned": learned, "moves": moves, "excess": excess}
    flat = {name: values.flatten().numpy() for name, values in columns.items()}
    return pd.DataFrame(flat, index=index).reset_index()


def _descent(losses: Tensor, keys: dict) -> pd.DataFrame:
    path = losses[:, -1, 0].numpy()
    return pd.DataFrame({"step": range(len(path)), "loss": path}).assign(**keys)
