"""Which measures of sharpness go with the test loss, over networks that differ by their seeds alone."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import Tensor

from graduated.streams import stream
from graduated.studies import Report
from graduated.studies.settings import TeleportationOnDigits
from graduated.teleportation.networks import Batch, Weights, initial_weights, losses, minibatches

PUBLISHED, CHANGE, TRAIN = "φ", "φ − L", "training loss"
"""Mean perturbed loss, as released; its difference to the loss, as described; the loss itself."""

RADII = (0.001, 0.05, 0.1, 0.15, 0.2)
"""Of φ: five of the twenty published."""

WIDE = (1.0, 3.0)
"""Of the isotropic mean change, with directions of either sign."""

GIVEN = ", given training loss"
"""Ends the names of partial correlations, the training loss held."""


def wide_name(radius: float) -> str:
    """Return the name of the isotropic mean change at a radius."""
    return f"isotropic change, radius {radius:g}"


def correlate(
    settings: TeleportationOnDigits, train: Batch, test: Batch, report: Report
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train networks by SGD, and correlate sharpness with the test loss.

    Args:
        settings: Of the study.
        train: All training samples, on which sharpness is measured.
        test: All test samples.
        report: Told the progress.

    Returns:
        Every measure of each network by epoch; and by epoch and measure Pearson's r with the test loss, its
        95 % interval and p, Spearman's ρ, and Pearson's r with the training loss.

    Source:
        arXiv 2305.13404, sharpness and generalisation.
    """
    weights = [
        weight.requires_grad_() for weight in initial_weights(settings.correlated_networks, settings.seed)
    ]
    optimizer = torch.optim.SGD(weights, settings.correlated_learning_rate)
    last, measured = settings.correlated_epochs[-1], []
    for epoch in range(last):
        report(epoch / last, f"sharpness and test loss, epoch {epoch}")
        size = settings.correlated_networks, settings.batch_size
        for batch in minibatches(train, *size, settings.seed, epoch):
            optimizer.zero_grad()
            losses(weights, batch).sum().backward()
            optimizer.step()
        if epoch + 1 in settings.correlated_epochs:
            measured.append(_measures(settings, weights, train, test, epoch + 1))
    table = pd.concat(measured, ignore_index=True)
    rows = [row for epoch, cell in table.groupby("epoch") for row in _correlations(cell, epoch)]
    return table, pd.DataFrame(rows)


@torch.no_grad()
def _measures(
    settings: TeleportationOnDigits, weights: Weights, train: Batch, test: Batch, epoch: int
) -> pd.DataFrame:
    loss = losses(weights, train)
    published = torch.zeros_like(loss)
    changes = {radius: torch.zeros_like(loss) for radius in WIDE}
    generator = stream(settings.seed, "teleportation_on_digits/directions", epoch)
    shape = len(loss), sum(weight[0].numel() for weight in weights)
    for _ in range(settings.directions):
        positive = torch.rand(shape, generator=generator, dtype=torch.float64)
        published += sum(mean_at(weights, train, positive, radius, (1,)) for radius in RADII) / len(RADII)
        normal = torch.randn(shape, generator=generator, dtype=torch.float64)
        for radius in WIDE:
            changes[radius] += mean_at(weights, train, normal, radius, (1, -1)) - loss
    columns = {PUBLISHED: published / settings.directions, TRAIN: loss}
    columns[CHANGE] = columns[PUBLISHED] - loss
    columns |= {wide_name(radius): change / settings.directions for radius, change in changes.items()}
    values = {name: column.numpy() for name, column in columns.items()}
    test_loss = losses(weights, test).numpy()
    return pd.DataFrame({"epoch": epoch, "network": range(len(loss)), "test_loss": test_loss, **values})


def mean_at(
    weights: Sequence[Tensor], batch: Batch, directions: Tensor, radius: float, signs: tuple[int, ...]
) -> Tensor:
    """Return every network's mean loss [K] at w ± rd, d a direction of length 1.

    Args:
        weights: Of the networks.
        batch: Samples.
        directions: Of each network, of any length [K, P].
        radius: r.
        signs: Of r, over which the mean is taken.
    """
    steps = radius * directions / directions.norm(dim=1, keepdim=True)
    parts = steps.split([weight[0].numel() for weight in weights], dim=1)
    moved = [
        [weight + sign * part.view_as(weight) for weight, part in zip(weights, parts, strict=True)]
        for sign in signs
    ]
    return torch.stack([losses(each, batch) for each in moved]).mean(0)


def _correlations(cell: pd.DataFrame, epoch: int) -> Iterator[dict[str, float | str]]:
    test, train = cell["test_loss"].to_numpy(), cell[TRAIN].to_numpy()
    names = [name for name in cell if name not in ("epoch", "network", "test_loss")]
    for name in names:
        values = cell[name].to_numpy()
        result = stats.pearsonr(values, test)
        interval = result.confidence_interval()
        yield {
            "epoch": epoch,
            "measure": name,
            "pearson": float(result.statistic),
            "low": float(interval.low),
            "high": float(interval.high),
            "p": float(result.pvalue),
            "spearman": float(stats.spearmanr(values, test).statistic),
            "with_training_loss": float(np.corrcoef(values, train)[0, 1]),
            "networks": len(cell),
        }
    for name in (PUBLISHED, wide_name(WIDE[-1])):
        row = _partial(cell[name].to_numpy(), test, train)
        yield {"epoch": epoch, "measure": name + GIVEN, "networks": len(cell), **row}


def _partial(values: np.ndarray, test: np.ndarray, train: np.ndarray) -> dict[str, float]:
    """Return the correlation of values with the test loss when the training loss is held, by Fisher's z."""
    both = np.corrcoef([values, test, train])
    value = (both[0, 1] - both[0, 2] * both[1, 2]) / math.sqrt((1 - both[0, 2] ** 2) * (1 - both[1, 2] ** 2))
    error = 1 / math.sqrt(len(values) - 4)
    reach = float(stats.norm.ppf(0.975)) * error
    z = math.atanh(value)
    p = 2 * float(stats.norm.sf(abs(z) / error))
    return {"pearson": float(value), "low": math.tanh(z - reach), "high": math.tanh(z + reach), "p": p}
