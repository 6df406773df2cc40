"""C² cell by cell along training: one tidy table, and how far C² is from one constant. Imports no torch."""

import math
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Any

import pandas as pd
from scipy import stats

from graduated.noise.smoothing import smoothing
from graduated.storage import DamagedFileError

CELL = ["learning_rate", "batch_size"]
"""Columns that name a cell: the runs that differ by their seed alone."""

KEYS = [*CELL, "seed", "epoch"]
"""Columns that name a row."""

_BOUNDS = ["squared_gradient_norm_low", "squared_gradient_norm_high", "noise_scale_low", "noise_scale_high"]
_ESTIMATES = ["gradient_variance", "standard_error", "gradient_norm", "samples", *_BOUNDS]

_LEVEL = 0.95

Record = Mapping[str, Any]


def tabulate_cells(probes: Iterable[tuple[Record, Record]]) -> pd.DataFrame:
    """Join what the probes of C² measured.

    Args:
        probes: Of each, its specification (runs, epochs) and its record, whose estimates are in the order of
            the epochs and then of the runs, as ``graduated.noise.probes.variance_along_training`` returns
            them.

    Returns:
        One row per learning rate, batch size, seed and epoch, in this order: samples; gradient_variance, C²,
        squared_gradient_norm, ‖∇f‖²; noise_scale, C²/‖∇f‖²; smoothing, δ = η√(C²/b) with this C²: each with
        its 95 % interval over the samples (_low, _high). Of a diverged network all of these are missing.

    Raises:
        DamagedFileError: A record is not of its specification.
    """
    table = pd.DataFrame([row for probe in probes for row in _rows(*probe)], columns=[*KEYS, *_ESTIMATES])
    table = table.astype({"samples": "Int64", **dict.fromkeys(_BOUNDS, float)})
    reach = float(stats.norm.ppf((1 + _LEVEL) / 2)) * table["standard_error"]
    variance, square = table["gradient_variance"], table["gradient_norm"] ** 2
    scale, highest, finite = variance / square, table["noise_scale_high"].fillna(math.inf), variance.notna()
    variances = variance, (variance - reach).clip(lower=0), variance + reach
    rates, sizes = (table.loc[finite, name] for name in CELL)
    columns = {
        "gradient_variance": variances,
        "squared_gradient_norm": (square, *(table[name] for name in _BOUNDS[:2])),
        "noise_scale": (scale, table["noise_scale_low"], highest.where(finite)),
        "smoothing": [smoothing(rates, sizes, each[finite]) for each in variances],
    }
    named = {
        f"{name}{end}": column
        for name, ends in columns.items()
        for end, column in zip(("", "_low", "_high"), ends, strict=True)
    }
    return table[[*KEYS, "samples"]].assign(**named).sort_values(KEYS, ignore_index=True)


def _rows(specification: Record, record: Record) -> Iterable[dict[str, Any]]:
    runs, rows = specification["runs"], record["estimates"]
    if len(rows) != len(runs) * len(specification["epochs"]):
        raise DamagedFileError(
            f"cells: {len(rows)} estimates for {len(runs)} runs at {len(specification['epochs'])} epochs; "
            "delete the record of the probe and run again"
        )
    for run, row in zip(cycle(runs), rows, strict=False):
        if row["seed"] != run["seed"]:
            raise DamagedFileError(
                f"cells: an estimate of seed {row['seed']} where seed {run['seed']} was to be measured; "
                "delete the record of the probe and run again"
            )
        yield {**{name: run[name] for name in CELL}, **row}


def over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Return C² over the seeds of each cell and epoch: geometric mean, least and greatest.

    Args:
        table: From :func:`tabulate_cells`.

    Returns:
        One row per learning rate, batch size and epoch: mean, min, max, of the seeds that have not diverged.
    """
    finite = table.dropna(subset="gradient_variance")
    groups = finite.groupby([*CELL, "epoch"])["gradient_variance"]
    return groups.agg(mean=stats.gmean, min="min", max="max").reset_index()


def summarise_cells(table: pd.DataFrame) -> str:
    """Return one line on how far C² is from one constant: largest over smallest, in time and between cells.

    Args:
        table: From :func:`tabulate_cells`; C² of a cell is the geometric mean over its seeds.
    """
    means = over_seeds(table).pivot(index=CELL, columns="epoch", values="mean")
    cells, seeds, last = len(means), table["seed"].nunique(), means.columns[-1]
    in_time, at_the_end = _spread(means.T), _spread(means[last])
    return (
        f"C² of {cells} cell{'s' * (cells > 1)} of η and b, n = {seeds} each, largest / smallest in time: "
        f"{in_time.min():.3g} to {in_time.max():.3g} (median {in_time.median():.3g}); between cells at epoch "
        f"{last}: {at_the_end:.3g}" + "".join(f"; {without}" for without in left_out(table))
    )


def left_out(table: pd.DataFrame) -> list[str]:
    """Return in words how many measurements are missing, for their runs had diverged; nothing if none is.

    Args:
        table: From :func:`tabulate_cells`.
    """
    missing = int(table["gradient_variance"].isna().sum())
    return [f"without {missing} measurement{'s' * (missing > 1)} of diverged runs"] if missing else []


def _spread(values: Any) -> Any:
    return values.max() / values.min()
