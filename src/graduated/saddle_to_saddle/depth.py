"""Linear networks of three layers: how long they wait at the origin, and the rank of every layer."""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor

from graduated.saddle_to_saddle.descent import LONGEST, descend, outputs_of
from graduated.saddle_to_saddle.regression import WHITENED, Regression, make_regression
from graduated.streams import stream
from graduated.studies.settings import SaddleToSaddle

TOGETHER, LAYERWISE = "together", "layer by layer"

_LAYERS = 3


def deep(settings: SaddleToSaddle) -> pd.DataFrame:
    """Train until rank 2 is learned, all layers together and layer by layer, on whitened inputs.

    Returns:
        A table: updates, scale, set, step of the escape from the origin, and at the step of the
        plateau of rank 1 the loss over the optimum, and the largest σ₂/σ₁ of a layer.
    """
    regression = make_regression(settings, WHITENED).for_linear_networks()
    weights, rate = _initial(settings), settings.deep_learning_rate
    descents = {
        TOGETHER: ((state.weights, state.loss) for state in descend(weights, regression, "linear", rate)),
        LAYERWISE: _layerwise(weights, regression, rate),
    }
    tables = [_follow(states, regression, settings).assign(updates=name) for name, states in descents.items()]
    return pd.concat(tables, ignore_index=True)


def _initial(settings: SaddleToSaddle) -> list[Tensor]:
    """Return Gaussian weights of variance ε²/fan-in."""
    widths = [settings.dimension, *[settings.units] * (_LAYERS - 1), settings.dimension]
    scales = torch.tensor(settings.deep_scales, dtype=torch.float64)[:, None, None, None]
    weights = []
    for layer in range(_LAYERS):
        generator = stream(settings.seed, "saddle_to_saddle/deep", layer)
        size = (settings.sets, widths[layer + 1], widths[layer])
        drawn = torch.randn(size, generator=generator, dtype=torch.float64)
        weights.append(scales * drawn / widths[layer] ** 0.5)
    return weights


def _layerwise(
    weights: list[Tensor], regression: Regression, learning_rate: float
) -> Iterator[tuple[list[Tensor], Tensor]]:
    """Yield weights and losses before each sweep of steps, one layer after the other."""
    weights = [matrix.clone() for matrix in weights]
    for _ in range(LONGEST):
        yield weights, regression.loss(outputs_of(weights, "linear", regression.inputs))
        for layer in range(len(weights)):
            weights[layer].requires_grad_()
            loss = regression.loss(outputs_of(weights, "linear", regression.inputs)).sum()
            (gradient,) = torch.autograd.grad(loss, weights[layer])
            weights[layer] = weights[layer].detach() - learning_rate * gradient
    raise RuntimeError(f"gradient descent layer by layer: not settled after {LONGEST} steps")


def _follow(
    states: Iterator[tuple[list[Tensor], Tensor]], regression: Regression, settings: SaddleToSaddle
) -> pd.DataFrame:
    """Keep, after the escape from the origin, the weights whose loss is nearest to that of rank 1."""
    optima = regression.reduced_rank_losses(2)
    first, second = (optima[1:] + optima[:-1]) / 2
    escape = torch.full((len(settings.deep_scales), settings.sets), -1)
    nearest = torch.full(escape.shape, torch.inf, dtype=torch.float64)
    plateau, kept = nearest.clone(), None
    for step, (weights, loss) in enumerate(states):
        escape[(loss <= first) & (escape < 0)] = step
        distance = (loss / optima[1] - 1).abs()
        nearer = (distance < nearest) & (loss <= first)
        kept = kept or [matrix.clone() for matrix in weights]
        for mine, new in zip(kept, weights, strict=True):
            mine[nearer] = new[nearer]
        nearest[nearer], plateau[nearer] = distance[nearer], (loss / optima[1])[nearer]
        if (loss <= second).all():
            break
    values = [torch.linalg.svdvals(matrix) for matrix in kept]
    ratio = torch.stack([each[..., 1] / each[..., 0] for each in values]).amax(0)
    index = pd.MultiIndex.from_product([settings.deep_scales, range(settings.sets)], names=["scale", "set"])
    columns = {"escape": escape, "plateau": plateau, "second_over_first": ratio}
    flat = {name: each.flatten().numpy() for name, each in columns.items()}
    return pd.DataFrame(flat, index=index).reset_index()
