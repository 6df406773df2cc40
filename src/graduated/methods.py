"""Methods compared with one another: their histories with δ, and where they stand at equal cost."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from graduated.experiment.run import Run
from graduated.noise.smoothing import effective_smoothing, smoothing
from graduated.storage import DamagedFileError

METRICS = ["train_loss", "test_loss", "test_accuracy"]
EPOCHS, UPDATES = "epochs", "updates"


def tabulate_methods(
    specification: Mapping[str, Any],
    packs: Iterable[Mapping[str, Any]],
    histories: Iterable[pd.DataFrame],
    noise: Mapping[str, Any],
) -> pd.DataFrame:
    """Join the histories of a comparison's runs: one row per method, seed and epoch.

    Args:
        specification: methods, pairs of a name and the ids of its runs, in the order to show them.
        packs: Records of the trained packs.
        histories: Of the same packs.
        noise: The record of C².

    Returns:
        The history, with method, seed, status, dataset, model and epochs of the run, and δ: ``smoothing`` by
        the formula of each optimizer, ``effective_smoothing`` by its effective learning rate. A run that
        diverged in its first epoch has one row, of epoch 0.

    Raises:
        DamagedFileError: A run has no record.
    """
    records = {run["run"]: run for pack in packs for run in pack["runs"]}
    history = pd.concat(histories, ignore_index=True).drop_duplicates(["run", "epoch"])
    by_run = dict(tuple(history.groupby("run", sort=False)))
    parts = []
    for method, runs in specification["methods"]:
        for run in runs:
            if run not in records:
                raise DamagedFileError(f"comparison: no training record of run {run}")
            parts.append(_run_history(method, records[run], by_run.get(run, history.iloc[:0]), noise))
    return pd.concat(parts, ignore_index=True)


def _run_history(
    method: str, record: Mapping[str, Any], history: pd.DataFrame, noise: Mapping[str, Any]
) -> pd.DataFrame:
    run = Run.from_specification(record["specification"])
    if history.empty:
        first = {"run": run.id, "epoch": 0, "updates": 0, **asdict(run.build_schedule().at(0))}
        history = pd.DataFrame([first], columns=history.columns)
    settings = history["learning_rate"], history["batch_size"], noise["axis"]["gradient_variance"]
    rule = {"optimizer": run.optimizer, "momentum": history["momentum"]}
    named = {
        "method": method,
        "seed": run.seed,
        "status": record["status"],
        "dataset": run.dataset,
        "model": run.model,
        "epochs": run.epochs,
    }
    return history.assign(
        **named,
        smoothing=smoothing(*settings, **rule, quasi=run.quasi, gradient_norm=noise["gradient_norm"]),
        effective_smoothing=effective_smoothing(*settings, **rule),
    )


def at_equal_cost(history: pd.DataFrame) -> pd.DataFrame:
    """Return where each finished run stands after equal numbers of epochs, and of parameter updates.

    Equal updates are those of the method that makes the fewest; every run counts with its last whole epoch
    within them, for methods that change the batch size make different numbers of updates an epoch.

    Args:
        history: From ``tabulate_methods``.

    Returns:
        Rows of the history, one per run and ``basis`` (``epochs`` or ``updates``).
    """
    finished = history[history["status"] == "finished"]
    budgets = {EPOCHS: finished["epoch"].max(), UPDATES: finished.groupby("run")["updates"].max().min()}
    parts = []
    for basis, column in ((EPOCHS, "epoch"), (UPDATES, "updates")):
        within = finished[finished[column] <= budgets[basis]]
        last = within.loc[within.groupby("run")["epoch"].idxmax()] if len(within) else within
        parts.append(last.assign(basis=basis))
    return pd.concat(parts, ignore_index=True)


def compare_at_equal_cost(history: pd.DataFrame, sharpness: Mapping[str, float | None]) -> pd.DataFrame:
    """Summarise over seeds where each method stands after equal numbers of epochs, and of parameter updates.

    Args:
        history: From ``tabulate_methods``.
        sharpness: Sharpness of every run's final weights, of which only equal epochs tell.

    Returns:
        One row per method and basis (``epochs`` or ``updates``): how many of both at that point (medians over
        seeds), mean, min and max over the finished seeds of each metric, their number, and how many diverged.
    """
    standings, rows = at_equal_cost(history), []
    standings["sharpness"] = standings["run"].map(sharpness).where(standings["basis"] == EPOCHS).astype(float)
    for basis in (EPOCHS, UPDATES):
        last = standings[standings["basis"] == basis]
        for method in history["method"].unique():
            seeds = history.loc[history["method"] == method, ["run", "status"]].drop_duplicates()
            rows.append(
                {
                    "method": method,
                    "basis": basis,
                    **_summary(last[last["method"] == method]),
                    "diverged": int((seeds["status"] == "diverged").sum()),
                }
            )
    return pd.DataFrame(rows)


def _summary(last: pd.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = {"epochs": last["epoch"].median(), "updates": last["updates"].median()}
    for metric in [*METRICS, "sharpness"]:
        values = last[metric] if metric in last else pd.Series(dtype=float)
        row |= {metric: values.mean(), f"{metric}_min": values.min(), f"{metric}_max": values.max()}
    return {**row, "seeds": len(last)}


def summarise_methods(name: str, equal_cost: pd.DataFrame) -> str:
    """Return a comparison as a few lines for the terminal: accuracy and loss at equal epochs and updates.

    Where all methods make the same number of updates, once.
    """
    lines = [f"Methods of {name}: test accuracy in % (mean, range over seeds) and training loss"]
    if equal_cost["updates"].nunique() == 1:
        equal_cost = equal_cost[equal_cost["basis"] == EPOCHS]
    for basis, rows in equal_cost.groupby("basis", sort=False):
        lines.append(f"  at equal {basis}")
        for _, row in rows.iterrows():
            if row["seeds"] == 0:
                lines.append(f"    {row['method']:28s} no run has a whole epoch there")
                continue
            accuracy, low, high = (100 * row[f"test_accuracy{end}"] for end in ("", "_min", "_max"))
            accuracies = f"{accuracy:5.1f} [{low:.1f}, {high:.1f}]"
            lines.append(
                f"    {row['method']:28s} {accuracies:22s} {row['train_loss']:8.2g}"
                f"  after {row['epochs']:g} epochs, {row['updates']:g} updates"
            )
    return "\n".join(lines)
