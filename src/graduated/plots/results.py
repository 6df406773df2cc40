"""The results table made ready to draw: checked, in the axes' units, and summarised over seeds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from graduated.plots.style import Colour, batch_size_colours, learning_rate_markers

SETTING = ("dataset", "model", "epochs", "schedule")
"""Columns that hold one value in a figure, for it shows one setting."""

CELL = ["learning_rate", "batch_size"]
"""Columns that name a cell: the runs that differ by their seed alone."""

_STATUSES = ("finished", "diverged")
_POSITIVE = ("learning_rate", "batch_size", "smoothing", "noise_ratio")
_REQUIRED = ("run", *SETTING, *_POSITIVE, "seed", "status", "test_accuracy", "sharpness")
_OPTIONAL_SETTING = ("preset", "sharpness_measure", "sharpness_radius")


@dataclass(frozen=True)
class Results:
    """What the panels draw.

    Attributes:
        runs: One row per run, with ``accuracy`` in per cent; sharpness and accuracy of diverged runs are NaN.
        colours: Colour of each batch size.
        markers: Marker of each learning rate.
    """

    runs: pd.DataFrame
    colours: dict[int, Colour]
    markers: dict[float, str]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per cell: mean, ``_low`` and ``_high`` of sharpness and accuracy over the finished runs.

        Of sharpness, whose axes are logarithmic, the geometric mean of the positive values. A cell without a
        value is a row of NaN, so that lines break there.
        """
        groups = self.runs.groupby(CELL, sort=True)
        cells = groups[["smoothing"]].mean()
        for measure, mean in (("sharpness", _geometric_mean), ("accuracy", "mean")):
            cells[measure] = groups[measure].agg(mean)
            cells[f"{measure}_low"] = groups[measure].min()
            cells[f"{measure}_high"] = groups[measure].max()
        return cells.reset_index()

    def points(self, x: str, y: str, *, ranged: bool) -> pd.DataFrame:
        """Return what a panel draws: a row per run, and one per mean over a cell's ``n`` finished runs.

        Args:
            x: Column along x.
            y: Column along y.
            ranged: Whether the extremes along y are drawn, too.
        """
        runs = self.runs[list(dict.fromkeys([*CELL, "seed", "status", x, y]))]
        ends = [f"{y}_low", f"{y}_high"] * ranged
        means = self.cells[list(dict.fromkeys([*CELL, x, y, *ends]))]
        number = runs.dropna(subset=[x, y]).groupby(CELL).size().rename("n")
        means = means.dropna(subset=[x, y]).join(number, on=CELL)
        return pd.concat({"run": runs, "mean": means}, names=["kind"]).reset_index("kind")

    @cached_property
    def noise_std(self) -> float | None:
        """C = δ / (η/√b), or None where the runs do not share one."""
        factors = self.runs["smoothing"] / self.runs["noise_ratio"]
        shared = len(factors) > 0 and np.allclose(factors, factors.iloc[0], rtol=1e-6)
        return float(factors.iloc[0]) if shared else None

    @property
    def sharpness_name(self) -> str:
        """The sharpness measure and its radius, in two lines."""
        measure = self.setting("sharpness_measure") or r"worst-case $\ell_\infty$"
        radius = self.setting("sharpness_radius")
        return f"{measure} sharpness" + (f"\n($\\rho$ = {radius:g})" if radius else "")

    def setting(self, column: str) -> object | None:
        """Return the one value of a column, or None where the table has none."""
        values = self.runs[column].dropna().unique() if column in self.runs else ()
        return values[0] if len(values) else None

    def runs_without(self, *measures: str) -> pd.DataFrame:
        """Return the runs that lack a value of one of the measures: the diverged ones, mostly."""
        return self.runs[self.runs[list(measures)].isna().any(axis=1)]


def _geometric_mean(values: pd.Series) -> float:
    positive = values[values > 0]
    return float(np.exp(np.log(positive).mean()))


def prepare(table: pd.DataFrame) -> Results:
    r"""Check a results table and make it ready to draw.

    Args:
        table: One row per run of one setting (dataset, model, epochs, schedule). ``test_accuracy`` is a
            fraction. The optional columns ``preset``, ``sharpness_measure`` (such as
            ``average-case $\ell_2$``) and ``sharpness_radius`` are named in captions and labels.

    Raises:
        ValueError: A column is missing, a value is impossible, or the table mixes settings.
    """
    _check(table)
    diverged = table["status"] == "diverged"
    measures = pd.DataFrame(
        {
            "sharpness": table["sharpness"].astype(float),
            "accuracy": 100 * table["test_accuracy"].astype(float),
        }
    ).where(lambda values: np.isfinite(values) & ~diverged.to_numpy()[:, None])
    runs = table.assign(**measures).sort_values([*CELL, "seed"], ignore_index=True)
    return Results(runs, batch_size_colours(runs["batch_size"]), learning_rate_markers(runs["learning_rate"]))


def _check(table: pd.DataFrame) -> None:
    missing = [column for column in _REQUIRED if column not in table]
    if missing:
        raise ValueError(f"table: missing column(s) {', '.join(missing)}; found {', '.join(map(str, table))}")
    for column in _POSITIVE:
        values = table[column].astype(float)
        _check_rows(table, ~(np.isfinite(values) & (values > 0)), column, "a positive number")
    _check_rows(table, ~table["status"].isin(_STATUSES), "status", " or ".join(_STATUSES))
    outside = (table["test_accuracy"] < 0) | (table["test_accuracy"] > 1)
    _check_rows(table, outside, "test_accuracy", "a fraction from 0 to 1")
    for column in (*SETTING, *_OPTIONAL_SETTING):
        values = table[column].dropna().unique() if column in table else ()
        if len(values) > 1:
            raise ValueError(
                f"table: {column}: expected one value in a figure, found {', '.join(map(str, values))}; "
                "select the runs of one"
            )
    _check_rows(
        table, table.duplicated([*CELL, "seed"]), "seed", "one run per learning rate, batch size and seed"
    )


def _check_rows(table: pd.DataFrame, wrong: pd.Series, column: str, expected: str) -> None:
    if wrong.any():
        row = table[wrong].iloc[0]
        raise ValueError(f"table: run {row['run']}: {column}: expected {expected}, found {row[column]}")
