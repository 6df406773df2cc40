"""Lemma 1 for several activations, and how far units are aligned when a network leaves the origin."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from graduated.saddle_to_saddle.descent import (
    ACTIVATIONS,
    descend,
    initial_units,
    stacked_units,
    two_layers,
)
from graduated.saddle_to_saddle.predictions import (
    alignment_exponent,
    leading_direction,
    lemma_matrix,
    misalignment,
)
from graduated.saddle_to_saddle.regression import CORRELATED, SYMMETRIC, WHITENED, Regression, make_regression
from graduated.saddle_to_saddle.stages import ASYMPTOTIC
from graduated.studies.settings import SaddleToSaddle

LEFT = 1e-6
"""Of the way from the loss at the origin to that of rank 1: where a network has left the origin.

So little that terms beyond the linear ones misalign units by less than is predicted for the smallest ε.
"""

_LEMMA_SCALES = (1.0, 0.1, 0.01)

_ON_FULL_DATA = (("tanh", CORRELATED), ("ReLU", CORRELATED), ("ReLU", SYMMETRIC))


def lemma(settings: SaddleToSaddle) -> pd.DataFrame:
    """Return how far a step of gradient descent is from that of Lemma 1's matrix, relative to the step.

    Returns:
        A table: activation, scale, set, residual.
    """
    regression = make_regression(settings, CORRELATED)
    weights = two_layers(_units(settings), _LEMMA_SCALES, settings.dimension)
    before = stacked_units(weights)
    tables = []
    for activation in ACTIVATIONS:
        states = descend(weights, regression, activation, settings.learning_rate)
        coefficients = unit_coefficients(weights, regression, activation)
        matrices = lemma_matrix(coefficients, settings.learning_rate)
        next(states)
        after = stacked_units(next(states).weights)
        expected = (matrices @ before.unsqueeze(-1)).squeeze(-1)
        residual = (after - expected).norm(dim=(-2, -1)) / (after - before).norm(dim=(-2, -1))
        tables.append(_tidy(_LEMMA_SCALES, activation=activation, residual=residual))
    return pd.concat(tables, ignore_index=True)


def unit_coefficients(weights: Sequence[Tensor], regression: Regression, activation: str) -> Tensor:
    """Return −XD_i∇Lᵀ of every unit, D_i the slopes σ′ at its inputs: (…, sets, units, inputs, outputs)."""
    before = (weights[0] @ regression.inputs).requires_grad_()
    hidden = ACTIVATIONS[activation](before)
    (slopes,) = torch.autograd.grad(hidden.sum(), before)
    errors = regression.targets - weights[1] @ hidden.detach()
    gated = slopes.unsqueeze(-2) * regression.inputs.unsqueeze(-3)
    return gated @ errors.mT.unsqueeze(-3) / regression.samples


def alignment(settings: SaddleToSaddle) -> pd.DataFrame:
    """Train until every network has left the origin, and measure how far its units are aligned by then.

    Returns:
        A table: activation, data, samples, learning_rate, scale, set, step, misalignment, and the exponent of
        ε that the linear dynamics predict for it.
    """
    scales = [scale for scale in settings.scales if scale <= ASYMPTOTIC]
    tables = [
        _leave(settings, make_regression(settings, kind).for_linear_networks(), "linear", kind, rate, scales)
        for kind in (WHITENED, CORRELATED)
        for rate in settings.alignment_rates
    ]
    for activation, kind in _ON_FULL_DATA:
        regression = make_regression(settings, kind)
        tables.append(_leave(settings, regression, activation, kind, settings.learning_rate, scales))
    rate = max(settings.alignment_rates)
    for samples in settings.relu_samples:
        regression = make_regression(settings, CORRELATED, samples)
        tables.append(_leave(settings, regression, "ReLU", CORRELATED, rate, [ASYMPTOTIC]))
    return pd.concat(tables, ignore_index=True)


def exponents(aligned: pd.DataFrame) -> pd.DataFrame:
    """Return the exponent of ε in the misalignment, fitted on every data set, beside the predicted one."""
    keys = ["activation", "data", "learning_rate", "set"]
    several = aligned.groupby(keys).filter(lambda line: line["scale"].nunique() > 1)
    rows = []
    for values, line in several.groupby(keys, sort=False):
        exponent = np.polyfit(np.log(line["scale"]), np.log(line["misalignment"]), 1)[0]
        known = dict(zip(keys, values, strict=True))
        rows.append({**known, "exponent": exponent, "predicted": line["predicted"].iloc[0]})
    return pd.DataFrame(rows)


def _leave(
    settings: SaddleToSaddle,
    regression: Regression,
    activation: str,
    kind: str,
    learning_rate: float,
    scales: Sequence[float],
) -> pd.DataFrame:
    coefficients = regression.coefficients(torch.zeros_like(regression.targets))
    slope = _mean_slope(activation)
    direction = leading_direction(coefficients)
    at_origin, rank_one = regression.reduced_rank_losses(1)
    left_below = at_origin - LEFT * (at_origin - rank_one)
    weights = two_layers(_units(settings), scales, settings.dimension)
    step = torch.full(weights[0].shape[:2], -1)
    ratio = torch.full(weights[0].shape[:2], torch.nan, dtype=torch.float64)
    for state in descend(weights, regression, activation, learning_rate):
        leaving = (state.loss <= left_below) & (step < 0)
        if leaving.any():
            step[leaving] = state.step
            ratio[leaving] = misalignment(stacked_units(state.weights), direction)[leaving]
        if (step >= 0).all():
            break
    predicted = alignment_exponent(slope * torch.linalg.svdvals(coefficients), learning_rate)
    columns = {"step": step, "misalignment": ratio, "predicted": predicted.expand_as(ratio)}
    keys = {"activation": activation, "data": kind, "samples": regression.samples}
    return _tidy(scales, **keys, learning_rate=learning_rate, **columns)


def _mean_slope(activation: str) -> float:
    """Return the mean of σ′ before and after 0, by which singular values shrink on symmetric data."""
    values = ACTIVATIONS[activation](torch.tensor([-1e-6, 1e-6], dtype=torch.float64))
    return ((values[1] - values[0]) / 2e-6).item()


def _units(settings: SaddleToSaddle) -> Tensor:
    return initial_units(settings.sets, settings.units, settings.dimension, settings.dimension, settings.seed)


def _tidy(scales: Sequence[float], **columns: Tensor | str | float) -> pd.DataFrame:
    """Return a row per scale and set; tensors are of shape (scales, sets)."""
    shape = next(value.shape for value in columns.values() if isinstance(value, Tensor))
    index = pd.MultiIndex.from_product([scales, range(shape[1])], names=["scale", "set"])
    flat = {name: v.flatten().numpy() if isinstance(v, Tensor) else v for name, v in columns.items()}
    return pd.DataFrame(flat, index=index).reset_index()
