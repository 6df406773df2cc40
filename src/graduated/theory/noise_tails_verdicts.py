"""What the measured noise says of the papers' claims: light tails, E‖u‖ ≤ 1, and normality."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Verdict
from graduated.studies.settings import NoiseTails
from graduated.theory.noise_samples import PROJECTIONS, RAW, SAME_SCALES

LIGHT, INFINITE_VARIANCE = 3.0, 2.0
"""Tail indices above which tails count as light, and below which the variance is infinite."""

TAIL = 0.05
"""Share of the largest projections whose Hill estimate is judged."""

SLACK = 0.05
"""By how much E‖u‖ may exceed 1 for the bound to hold."""

SIGNIFICANCE, TOLERATED = 0.05, 0.2
"""Of each test of normality; and the share of rejections up to which noise may still pass for normal."""

AUTHORS_BATCH_SIZE, AUTHORS_STEPS = 8, 10_000
"""At which the authors look at the noise."""

_INDEX = f"tail index (Hill, largest {TAIL:.0%} along random directions) of any batch size and epoch"
_CELL = ["mode", "epoch", "batch_size"]
_TAILS, _NORMALITY = "arXiv 2311.08745, Appendix H.2", "arXiv 2402.02325, noise histogram"
_STABLE, _NORM = "Simsekli et al. 2019, arXiv 1901.06053", "arXiv 2311.08745, Definition 2.1"


def moment_slopes(moments: pd.DataFrame) -> pd.DataFrame:
    """Fit log E‖ω‖^p = a_seed + slope · log b by mode, epoch and order p.

    Args:
        moments: The table of that name.

    Returns:
        Slopes with 95 % intervals, and −p/2, the slope of ω ∝ b^(−1/2).
    """
    rows = []
    for (mode, epoch, order), cells in moments.groupby(["mode", "epoch", "order"]):
        data = cells.assign(x=np.log(cells["batch_size"]), y=np.log(cells["value"]))
        fitted = smf.ols("y ~ x + C(seed)", data).fit()
        low, high = fitted.conf_int().loc["x"]
        names = {"mode": mode, "epoch": epoch, "order": order}
        slope = {"value": float(fitted.params["x"]), "low": float(low), "high": float(high)}
        rows.append({**names, **slope, "expected": -order / 2})
    return pd.DataFrame(rows)


def verdicts(settings: NoiseTails, tables: Mapping[str, pd.DataFrame], steps_per_epoch: int) -> list[Verdict]:
    """Judge the claims on the noise.

    Args:
        settings: Of the study.
        tables: Of the study.
        steps_per_epoch: Of the training.
    """
    batches = settings.batches * len(settings.seed)
    indices = _tail_indices(tables["tails"])
    norms = _scaled_norms(tables["moments"])
    return [
        _light_tails(indices, tables["controls"], batches),
        _infinite_variance(indices, tables["tails"], batches),
        *(_norm_verdict(norms, mode, batches) for mode in ("evaluation", "training")),
        _normality(settings, tables, steps_per_epoch),
    ]


def _judged(tails: pd.DataFrame) -> pd.DataFrame:
    hill = (tails["sample"] == PROJECTIONS) & (tails["estimator"] == "hill")
    return tails[hill & np.isclose(tails["fraction"], TAIL)]


def _tail_indices(tails: pd.DataFrame) -> pd.DataFrame:
    """Return a row per cell: the geometric mean over seeds of Hill's index, with simultaneous intervals."""
    cells = _judged(tails)
    logs = cells.assign(**{name: np.log(cells[name]) for name in ("value", "low", "high")})
    return np.exp(_over_seeds(logs)).reset_index()


def _scaled_norms(moments: pd.DataFrame) -> pd.DataFrame:
    """Return a row per cell: the mean over seeds of E‖u‖, with simultaneous intervals."""
    first = moments[moments["order"] == 1]
    scaled = first.assign(**{name: first[name] / first["scale"] for name in ("value", "low", "high")})
    return _over_seeds(scaled).reset_index()


def _over_seeds(cells: pd.DataFrame) -> pd.DataFrame:
    """Average over seeds; intervals hold for all cells of a mode at once, at 95 % (Bonferroni)."""
    errors = (cells["high"] - cells["low"]) / 2 / stats.norm.ppf(0.975)
    groups = cells.assign(square=errors**2).groupby(_CELL)
    value, error = groups["value"].mean(), np.sqrt(groups["square"].sum()) / groups.size()
    reach = stats.norm.ppf(1 - 0.025 / (len(value) / cells["mode"].nunique())) * error
    return pd.DataFrame({"value": value, "low": value - reach, "high": value + reach})


def _light_tails(indices: pd.DataFrame, controls: pd.DataFrame, batches: int) -> Verdict:
    cells = indices[indices["mode"] == "training"]
    light, heavy = cells[cells["low"] > LIGHT], cells[cells["high"] < LIGHT]
    outcome = SUPPORTED if (cells["low"] > LIGHT).all() else INCONCLUSIVE
    known = _judged(controls).set_index("law")["value"]
    listed = ", ".join(f"{law} {value:.1f}" for law, value in known.items())
    running = indices[(indices["mode"] == "evaluation") & (indices["high"] < LIGHT)]
    return Verdict(
        "SGD noise is light-tailed",
        _TAILS,
        CONTRADICTED if len(heavy) else outcome,
        f"least {_INDEX}",
        *_of(cells, cells["value"].idxmin()),
        batches,
        "mini-batches",
        f"Index above {LIGHT:g} at {_places(light)}; below at {_places(heavy)}; in evaluation mode below at "
        f"{_places(running)}. Controls: {listed}.",
    )


def _infinite_variance(indices: pd.DataFrame, tails: pd.DataFrame, batches: int) -> Verdict:
    cells = indices[indices["mode"] == "training"]
    finite = cells[cells["low"] > INFINITE_VARIANCE]
    outcome = SUPPORTED if (cells["high"] < INFINITE_VARIANCE).all() else INCONCLUSIVE
    pooled = tails[(tails["sample"] == RAW) & (tails["estimator"] == "block")]
    medians = pooled.groupby("law")["value"].median()
    return Verdict(
        "SGD noise has a tail index below 2, as if its variance were infinite",
        _STABLE,
        CONTRADICTED if len(finite) else outcome,
        f"largest {_INDEX}",
        *_of(cells, cells["value"].idxmax()),
        batches,
        "mini-batches",
        f"Below 2 at {_places(cells[cells['high'] < INFINITE_VARIANCE])}. The block estimator on pooled raw "
        f"coordinates, the published evidence, gives {medians['sgd']:.2f} in the median, but "
        f"{medians[SAME_SCALES]:.2f} for normal noise of the same scales.",
    )


def _norm_verdict(norms: pd.DataFrame, mode: str, batches: int) -> Verdict:
    cells = norms[norms["mode"] == mode]
    above = cells[cells["low"] > 1 + SLACK]
    outcome = SUPPORTED if (cells["high"] <= 1 + SLACK).all() else INCONCLUSIVE
    return Verdict(
        f"Scaled by C/√b, the noise has E‖u‖ ≤ 1 ({mode} mode)",
        _NORM,
        CONTRADICTED if len(above) else outcome,
        "largest E‖u‖ of any batch size and epoch, C² from per-sample gradients",
        *_of(cells, cells["value"].idxmax()),
        batches,
        "mini-batches",
        f"Threshold: {1 + SLACK:g}. Above at {_places(above)}.",
    )


def _normality(settings: NoiseTails, tables: Mapping[str, pd.DataFrame], steps_per_epoch: int) -> Verdict:
    """Judge by tests on random projections: their mini-batches are independent, coordinates are not."""
    batch_size = _nearest(settings.measured_batch_size, AUTHORS_BATCH_SIZE)
    epoch = _nearest(settings.epochs, AUTHORS_STEPS / steps_per_epoch)
    tests = tables["normality"]
    tests = tests[(tests["mode"] == "training") & (tests["batch_size"] == batch_size)]
    shares = tests.assign(rejected=tests["shapiro_wilk"] < SIGNIFICANCE).groupby("epoch")["rejected"]
    rejected, number = int(shares.sum()[epoch]), int(shares.size()[epoch])
    low, high = proportion_confint(rejected, number, method="wilson")
    outcome = SUPPORTED if high <= TOLERATED else INCONCLUSIVE
    listed = ", ".join(f"{share:.0%} at epoch {time}" for time, share in shares.mean().items())
    return Verdict(
        f"SGD noise is normal at b = {batch_size} after {epoch * steps_per_epoch} steps",
        _NORMALITY,
        CONTRADICTED if low > SIGNIFICANCE else outcome,
        f"share of random projections that Shapiro–Wilk rejects at {SIGNIFICANCE:.0%}",
        rejected / number,
        float(low),
        float(high),
        number,
        f"projections of {settings.batches} mini-batches each",
        f"Counterpart of b = {AUTHORS_BATCH_SIZE} after {AUTHORS_STEPS} steps. Rejected: {listed}.",
    )


def _of(cells: pd.DataFrame, index: int) -> tuple[float, float, float]:
    value, low, high = (float(cells.loc[index, name]) for name in ("value", "low", "high"))
    return value, low, high


def _places(cells: pd.DataFrame) -> str:
    """Name batch sizes and epochs, e.g. ``"b = 8 (epochs 2, 10), b = 32 (epoch 10)"``."""
    parts = []
    for batch_size, group in cells.groupby("batch_size"):
        epochs = ", ".join(str(epoch) for epoch in sorted(group["epoch"]))
        parts.append(f"b = {batch_size} (epoch{'s' * (len(group) > 1)} {epochs})")
    return ", ".join(parts) or "none"


def _nearest(values: tuple[int, ...], wanted: float) -> int:
    return min(values, key=lambda value: abs(value - wanted))
