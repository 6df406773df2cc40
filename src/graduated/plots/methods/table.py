"""A comparison's history made ready to draw: checked, in the axes' units, and summarised over seeds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from graduated.methods import compare_at_equal_cost
from graduated.plots.captions import count
from graduated.plots.methods.looks import Look, looks_of

METRICS = ("train_loss", "test_loss", "test_accuracy")
SETTINGS = ("learning_rate", "batch_size", "momentum", "perturbation", "smoothing", "effective_smoothing")
SETTING = ("dataset", "model", "epochs")
"""Columns that hold one value in a figure, for it shows one setting."""

FEW = 6
"""Methods up to which bands are drawn; more of them would cover one another."""

_REQUIRED = ("run", "method", "seed", "status", *SETTING, "epoch", "updates", *SETTINGS, *METRICS)
_STATUSES = ("finished", "diverged")


@dataclass(frozen=True)
class Methods:
    """What the figures draw.

    Attributes:
        history: One row per method, seed and epoch; metrics that are not finite are NaN, and
            ``test_accuracy`` is in per cent.
        looks: The look of each method, in the order of the table.
    """

    history: pd.DataFrame
    looks: dict[str, Look]

    @property
    def finished(self) -> pd.DataFrame:
        """The rows of the runs that finished."""
        return self.history[self.history["status"] == "finished"]

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: run, method, seed, status."""
        return self.history[["run", "method", "seed", "status"]].drop_duplicates(ignore_index=True)

    @property
    def epochs(self) -> int:
        """Length of the training; 1 where there is none."""
        return int(self.history["epochs"].max()) if len(self.history) else 1

    @cached_property
    def updates_per_epoch(self) -> int | None:
        """Parameter updates an epoch, or None where they differ between methods or epochs."""
        rates = (self.history["updates"] / self.history["epoch"]).unique()
        return int(rates[0]) if len(rates) == 1 else None

    @cached_property
    def budget(self) -> float:
        """The fewest updates that a method makes in a whole training; NaN where no run finished."""
        return self.finished.groupby("run")["updates"].max().min()

    @cached_property
    def _equal_cost(self) -> pd.DataFrame:
        return compare_at_equal_cost(self.history, {}).set_index(["method", "basis"])

    def outcome(self, method: str, metric: str, basis: str) -> tuple[float, float, float]:
        """Return mean, least and greatest value over finished seeds after equal ``epochs`` or ``updates``."""
        row = self._equal_cost.loc[(method, basis)]
        return tuple(float(row[f"{metric}{end}"]) for end in ("", "_min", "_max"))

    def course(self, method: str, metric: str) -> pd.DataFrame:
        """Return the course of a metric by epoch: updates, and mean, low and high over finished seeds."""
        rows = self.finished[self.finished["method"] == method]
        return rows.groupby("epoch").agg(
            updates=("updates", "first"), mean=(metric, "mean"), low=(metric, "min"), high=(metric, "max")
        )

    def shown(self, course: pd.DataFrame, metric: str, x: str) -> pd.DataFrame:
        """Return what a line of a course shows: x, the metric, and its low and high where there are bands."""
        columns = [x, "mean", *["low", "high"] * self.banded]
        return course.reset_index()[columns].rename(columns={"mean": metric})

    def diverged_runs(self, method: str) -> list[pd.DataFrame]:
        """Return the rows of each run of a method that diverged."""
        rows = self.history[(self.history["method"] == method) & (self.history["status"] == "diverged")]
        return [run for _, run in rows.groupby("seed")]

    def settings(self, method: str) -> pd.DataFrame:
        """Return what a method set and the δ of it by epoch, which do not depend on the seed."""
        rows = self.history[self.history["method"] == method]
        return rows.groupby("epoch")[list(SETTINGS)].first()

    @property
    def caption(self) -> str:
        """The setting, and the numbers of methods, seeds and runs."""
        if self.history.empty:
            return "No epochs."
        dataset, model, epochs = (self.history[column].iloc[0] for column in SETTING)
        seeds = self.runs.groupby("method")["seed"].nunique()
        low, high = int(seeds.min()), int(seeds.max())
        each = f"{low}" if low == high else f"{low}–{high}"
        diverged = (self.runs["status"] == "diverged").sum()
        outcome = (
            f"{len(self.runs) - diverged} finished, {diverged} diverged (×)" if diverged else "all finished"
        )
        return (
            f"{dataset}, {model}, {epochs} epochs. "
            f"{count(len(seeds), 'method')}, {each} seed{'s' * (high > 1)} each; "
            f"{count(len(self.runs), 'run')}, {outcome}."
        )

    @property
    def banded(self) -> bool:
        """Whether bands over the seeds are drawn."""
        return self.runs["seed"].nunique() > 1 and len(self.looks) <= FEW

    def marks(self, bars: bool) -> str:
        """Return what lines, bands and, where there are some, bars are; empty where no run finished."""
        if self.finished.empty:
            return ""
        if self.runs["seed"].nunique() < 2:
            return "Lines: the one seed."
        ranges = " and ".join(["bands"] * self.banded + ["bars"] * bars)
        return "Lines: means over finished seeds" + (f"; {ranges}: min–max." if ranges else ".")


def prepare(history: pd.DataFrame) -> Methods:
    """Check a comparison's history and make it ready to draw.

    Args:
        history: One row per method, seed and epoch, from ``graduated.methods.tabulate_methods``; the order of
            the methods is that of the keys.

    Raises:
        ValueError: A column is missing, a value is impossible, or the table mixes settings.
    """
    missing = [column for column in _REQUIRED if column not in history]
    if missing:
        found = ", ".join(map(str, history))
        raise ValueError(f"history: missing column(s) {', '.join(missing)}; found {found}")
    for column in SETTING:
        values = history[column].unique()
        if len(values) > 1:
            raise ValueError(
                f"history: {column}: expected one value in a figure, found {', '.join(map(str, values))}"
            )
    accuracy = history["test_accuracy"]
    _check_rows(history, ~history["status"].isin(_STATUSES), "status", " or ".join(_STATUSES))
    _check_rows(history, (accuracy < 0) | (accuracy > 1), "test_accuracy", "a fraction from 0 to 1")
    twice = history.duplicated(["method", "seed", "epoch"])
    _check_rows(history, twice, "epoch", "one row per method, seed and epoch")
    metrics = history[list(METRICS)].astype(float)
    metrics = metrics.where(np.isfinite(metrics)).assign(
        test_accuracy=lambda table: 100 * table["test_accuracy"]
    )
    looks = looks_of(list(history["method"].unique()))
    ordered = history.assign(**metrics).sort_values(["method", "seed", "epoch"], ignore_index=True)
    return Methods(ordered, looks)


def _check_rows(history: pd.DataFrame, wrong: pd.Series, column: str, expected: str) -> None:
    if wrong.any():
        row = history[wrong].iloc[0]
        raise ValueError(
            f"history: {row['method']}, seed {row['seed']}, epoch {row['epoch']}: {column}: "
            f"expected {expected}, found {row[column]}"
        )
