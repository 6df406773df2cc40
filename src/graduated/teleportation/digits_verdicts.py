"""What ``teleportation_on_digits`` says of each claim."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from graduated.intervals import mean_interval
from graduated.studies import Tables, Verdict
from graduated.studies.verdicts import ROUNDING, interval_verdict
from graduated.teleportation.correlation import CHANGE, GIVEN, PUBLISHED, TRAIN, WIDE, wide_name
from graduated.teleportation.optimizers import PLAIN, RELATIVE_RATES, RESET, TELEPORT

_PAPER = "arXiv 2305.13404"
_PAIRS = ((TELEPORT, RESET), (TELEPORT, PLAIN), (RESET, PLAIN))


def ratios(histories: pd.DataFrame) -> pd.DataFrame:
    """Return the last test loss of arms over that of others: geometric means with 95 % intervals.

    Args:
        histories: From ``optimizers.compare``; networks are paired.
    """
    last = histories[histories["epoch"] == histories["epoch"].max()]
    rows = []
    for (optimizer, relative), cell in last.groupby(["optimizer", "relative_rate"], sort=False):
        logarithms = np.log(cell.pivot(index="network", columns="arm", values="test_loss"))
        for arm, other in _PAIRS:
            differences = logarithms[arm] - logarithms[other]
            ratio, low, high = np.exp(mean_interval(differences.tolist()))
            names = {"optimizer": optimizer, "relative_rate": relative, "arm": arm, "other": other}
            greatest = float(np.exp(differences.max()))
            rows.append(
                {**names, "networks": len(cell) // 3, "ratio": ratio, "low": low, "high": high}
                | {"greatest": greatest}
            )
    return pd.DataFrame(rows)


def verdicts(tables: Tables) -> Iterator[Verdict]:
    """Yield the verdicts of the study from its tables."""
    yield from _invariance(tables["invariance"])
    yield from _optimizers(tables["ratios"], tables["teleports"])
    yield _reset(tables["ratios"])
    yield from _correlations(tables["correlations"])


def _invariance(audit: pd.DataFrame) -> Iterator[Verdict]:
    published = audit[audit["action"] == "pseudo-inverse"]
    small, large = published[published["independent"]], published[~published["independent"]]
    cases = (
        ("Positive rescaling of hidden units changes no loss", audit[audit["action"] == "rescaling"], "all"),
        (
            "The published action keeps the loss of mini-batches no larger than the layer is wide",
            small,
            "batch",
        ),
        ("The published action keeps the loss of larger mini-batches", large, "batch"),
        ("The published action keeps the loss of samples outside its mini-batch", small, "all"),
    )
    for claim, cell, where in cases:
        worst = cell.loc[cell[f"{where}_change"].idxmax()]
        yield interval_verdict(
            claim,
            f"{_PAPER}, symmetries of networks, and released code",
            "largest mean relative change of the loss; 0 expected",
            worst[[f"{where}_{name}" for name in ("change", "low", "high")]],
            worst["networks"],
            "networks",
            f"Of {len(cell)} combinations that with pair {worst['pair']}, {worst['samples']} samples, "
            f"‖T‖ = {worst['size']:g}. Networks after an epoch of SGD on digits, not MNIST.",
            below=ROUNDING,
        )


def _optimizers(table: pd.DataFrame, teleports: pd.DataFrame) -> Iterator[Verdict]:
    growth = np.log(teleports["squared_norm_after"] / teleports["squared_norm_before"])
    growth = np.exp(growth.groupby([teleports["optimizer"], teleports["relative_rate"]]).median())
    for optimizer, cell in table.groupby("optimizer", sort=False):
        for relative in RELATIVE_RATES:
            rows = cell[cell["relative_rate"] == relative].set_index(["arm", "other"])
            own, alone = rows.loc[(TELEPORT, RESET)], rows.loc[(RESET, PLAIN)]
            rate = "the best learning rate" if relative == 1 else f"{relative:g} times the best learning rate"
            yield interval_verdict(
                f"Teleports lower the test loss of {optimizer} at {rate}, beyond resetting its state",
                f"{_PAPER}, optimizers with teleportation",
                "geometric mean of the last test loss with teleports over that with resets alone",
                own[["ratio", "low", "high"]],
                own["networks"],
                "networks",
                f"Resets alone: {alone['ratio']:.3f} [{alone['low']:.3f}, {alone['high']:.3f}] of the "
                f"loss without. A teleport multiplied ‖∇L‖² by {growth[optimizer, relative]:.3f} (median); "
                f"the worst network ended with {own['greatest']:.2f} times the loss. Digits, not MNIST.",
                below=1.0,
            )


def _reset(table: pd.DataFrame) -> Verdict:
    smallest = table[(table["optimizer"] == "AdaGrad") & (table["relative_rate"] == min(RELATIVE_RATES))]
    rows = smallest.set_index(["arm", "other"])
    alone, both = rows.loc[(RESET, PLAIN)], rows.loc[(TELEPORT, PLAIN)]
    return interval_verdict(
        "What AdaGrad gains by published teleports it gains by the reset of its accumulator alone",
        "control, after the released code of arXiv 2305.13404",
        "geometric mean of the last test loss with resets over that without; below 1 expected",
        alone[["ratio", "low", "high"]],
        alone["networks"],
        "networks",
        f"At {min(RELATIVE_RATES):g} times the best learning rate. With teleports as well: "
        f"{both['ratio']:.3f} [{both['low']:.3f}, {both['high']:.3f}]. A reset makes the steps larger again.",
        below=1.0,
    )


def _correlations(table: pd.DataFrame) -> Iterator[Verdict]:
    last = table[table["epoch"] == table["epoch"].max()].set_index("measure")
    claims = {
        PUBLISHED: "Sharpness φ as released, the mean perturbed loss, correlates with the test loss",
        PUBLISHED + GIVEN: "φ says more of the test loss than the training loss does",
        CHANGE: "The mean change of the loss at the published radii correlates with the test loss",
        wide_name(WIDE[-1]): f"The mean change at radius {WIDE[-1]:g} correlates with the test loss",
        wide_name(WIDE[-1])
        + GIVEN: f"That at radius {WIDE[-1]:g} says more of it than the training loss does",
    }
    for measure, claim in claims.items():
        row = last.loc[measure]
        partial = measure.endswith(GIVEN)
        form = "as released" if measure in (PUBLISHED, PUBLISHED + GIVEN) else "as described"
        statistic = "partial correlation, the training loss held" if partial else "Pearson's r"
        yield interval_verdict(
            claim,
            f"{_PAPER}, sharpness and generalisation, φ {form}",
            f"{statistic}; above 0 expected",
            row[["pearson", "low", "high"]],
            row["networks"],
            "networks",
            f"After {table['epoch'].max()} epochs on digits, not MNIST. r of φ with the training loss "
            f"is {last.loc[PUBLISHED, 'with_training_loss']:.3f}, of the training loss with the test loss "
            f"{last.loc[TRAIN, 'pearson']:.2f}.",
            above=0.0,
        )
