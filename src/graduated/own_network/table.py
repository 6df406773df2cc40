"""One table of what was measured of a network: a row per quantity and per way to measure it."""

import math
from collections.abc import Iterator
from dataclasses import fields

import pandas as pd
from torch import nn

from graduated.noise.per_layer import gradient_variance_by_layer
from graduated.noise.per_sample import Loss
from graduated.noise.table import Estimation, noise_table
from graduated.own_network.loading import Pairs
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import Sharpness

COLUMNS = ("quantity", "measure", "value", "low", "high", "setting")

_SYMBOLS = {
    "gradient_variance": "C²",
    "squared_gradient_norm": "‖∇f‖²",
    "noise_scale": "C²/‖∇f‖²",
    "smoothing": "δ",
    "stability_ratio": "λη/2",
}
_IN_TITLE = ("norm", "adaptive", "radius", "samples", "batch_size")

Row = tuple[str, str, float, float, float, str]
"""A value of each of COLUMNS; ``low`` and ``high`` are NaN where there is no interval."""


def noise_rows(
    module: nn.Module,
    batches: Pairs,
    learning_rate: float,
    batch_size: int,
    estimation: Estimation,
    loss: Loss,
) -> Iterator[Row]:
    """Yield C², ‖∇f‖², the gradient-noise scale and δ by every estimator that applies.

    Arguments and errors are those of :func:`graduated.noise.table.noise_table`.
    """
    table = noise_table(module, batches, learning_rate, batch_size, loss, estimation)
    pairs = f"pairs of {estimation.small_batch_size} and {estimation.large_batch_size} samples"
    averaged = {"per sample": "samples", "two batch sizes": pairs}
    for quantity in ("gradient_variance", "squared_gradient_norm", "noise_scale", "smoothing"):
        for row in table.to_dict("records"):
            setting = f"{row['averaged']} {averaged[row['estimator']]}"
            if quantity == "smoothing":
                setting = f"η = {learning_rate:g}, b = {batch_size}"
            values = (row[f"{quantity}{end}"] for end in ("", "_low", "_high"))
            yield quantity, f"{row['estimator']}, {row['mode']} mode", *values, setting


def layer_rows(module: nn.Module, batches: Pairs, chunk_size: int, depth: int, loss: Loss) -> Iterator[Row]:
    """Yield C² of the network's parts by per-sample gradients; the values add up to C² of the whole.

    Arguments and errors are those of :func:`graduated.noise.per_layer.gradient_variance_by_layer`.
    """
    parts = gradient_variance_by_layer(module, batches, chunk_size, loss, depth)
    for name, part in parts.items():
        setting = f"{part.samples} samples"
        yield "gradient_variance", f"per sample, of {name}", part.value, *part.interval(), setting


def sharpness_rows(
    module: nn.Module,
    batches: Pairs,
    learning_rate: float | None,
    name: str,
    settings: Sharpness,
    loss: Loss,
) -> Iterator[Row]:
    """Yield a measure of sharpness; of the Hessian's eigenvalues all, and λη/2 of the largest.

    Args:
        module: The network.
        batches: Of which the first n samples are taken.
        learning_rate: η of the training, for λη/2; None is without it.
        name: Of the measure.
        settings: Of the measure.
        loss: From outputs and targets to their mean loss.

    Raises:
        ValueError: As :func:`graduated.sharpness.own_network.network_sharpness`.
    """
    result = network_sharpness(module, batches, settings, loss)
    interval = (math.nan, math.nan) if result.low is None else (result.low.item(), result.high.item())
    yield "sharpness", name, result.sharpness.item(), *interval, setting_of(settings)
    if result.eigenvalues is not None:
        for index, value in enumerate(result.eigenvalues[0, 1:].tolist(), 2):
            yield "sharpness", f"{name}, no. {index}", value, *interval, setting_of(settings)
        if learning_rate is not None:
            ratio = result.sharpness.item() * learning_rate / 2
            yield "stability_ratio", name, ratio, *interval, f"η = {learning_rate:g}"


def setting_of(settings: Sharpness) -> str:
    """Return the settings of a measure in short: title, ρ, n, m, and whatever else is not the default."""
    radius = settings.perturbation_radius
    parts = [settings.title, f"ρ = {radius:g}" if radius is not None else ""]
    parts += [f"n = {settings.samples}", f"m = {settings.batch_size}"]
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name not in _IN_TITLE and value != field.default:
            words = field.name.replace("_", " ")
            parts.append(words if value is True else f"{words} = {value}")
    return ", ".join(filter(None, parts))


def make_table(rows: list[Row]) -> pd.DataFrame:
    """Return rows as a table."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def describe(table: pd.DataFrame) -> str:
    """Return the table as text, with the intervals in brackets."""
    lines = [("quantity", "measure", "value", "95 % interval", "setting")]
    for row in table.itertuples():
        interval = "" if math.isnan(row.low) else f"[{row.low:.4g}, {row.high:.4g}]"
        symbol = _SYMBOLS.get(row.quantity, row.quantity)
        lines.append((symbol, row.measure, f"{row.value:.4g}", interval, row.setting))
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)
