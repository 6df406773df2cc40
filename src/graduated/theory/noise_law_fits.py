"""What measured noise says of the law E‖∇f_S − ∇f‖² = C²/b: slopes, ratios and verdicts."""

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.stats.weightstats import DescrStatsW

from graduated.studies import Verdict, outcome_of
from graduated.studies.settings import NoiseLaw

EVALUATION, TRAINING = "evaluation", "training"
"""Modes of batch normalisation: running statistics, or those of the mini-batch."""

TOLERANCE = 0.05
"""How far slope and ratio may be from −1 and 1 for the law to hold."""

_SOURCE = "arXiv 2311.08745, Lemma 2.1"
_RULE = f"Supported means: the interval lies within {TOLERANCE:g} of the expected value."


def fits(table: pd.DataFrame) -> pd.DataFrame:
    """Fit the law to the mean squares of each epoch, mode and sampling, all seeds together.

    Args:
        table: ``mean_squares``.

    Returns:
        Slope of log E‖ω‖² in log b and mean ratio of measured to predicted, with 95 % intervals; without
        replacement both as they are and divided by the factor (N − b)/(N − 1).
    """
    rows = []
    for (epoch, mode, replacement), cells in table.groupby(["epoch", "mode", "replacement"]):
        for corrected in (False,) if replacement else (False, True):
            names = {"epoch": epoch, "mode": mode, "replacement": replacement, "corrected": corrected}
            rows.append({**names, **_slope(cells, corrected), **_ratio(cells, corrected)})
    return pd.DataFrame(rows)


def _slope(cells: pd.DataFrame, corrected: bool = True) -> dict[str, float]:
    """Fit log E‖ω‖² = a_cell + slope · log b, weighted by the precision of each mean.

    Intervals are robust to unequal variance (HC3), for the precision of a mean is itself uncertain.
    """
    factor = cells["population_factor"] if corrected else 1.0
    data = pd.DataFrame(
        {
            "y": np.log(cells["mean_square"] / factor),
            "x": np.log(cells["batch_size"]),
            "cell": cells.groupby(["seed", "epoch", "replacement"]).ngroup(),
        }
    )
    weights = (cells["mean_square"] / (cells["high"] - cells["low"])) ** 2
    fitted = smf.wls("y ~ x + C(cell)", data, weights=weights).fit(cov_type="HC3", use_t=True)
    low, high = fitted.conf_int().loc["x"]
    return {"slope": float(fitted.params["x"]), "slope_low": float(low), "slope_high": float(high)}


def _ratio(cells: pd.DataFrame, corrected: bool = True) -> dict[str, float]:
    """Return the mean of measured / predicted over the cells, with its interval.

    All cells weigh alike: a mean of few large squares that happens to be low has a low standard error too, so
    that weights from it would draw the mean ratio down.
    """
    predicted = cells["predicted"] if corrected else cells["predicted"] / cells["population_factor"]
    ratios = DescrStatsW(cells["mean_square"] / predicted)
    low, high = ratios.tconfint_mean()
    return {
        "ratio": float(ratios.mean),
        "ratio_low": float(low),
        "ratio_high": float(high),
        "points": len(cells),
    }


def _outcome(low: float, high: float, expected: float) -> str:
    return outcome_of(low, high, above=expected - TOLERANCE, below=expected + TOLERANCE)


def verdicts(settings: NoiseLaw, table: pd.DataFrame) -> list[Verdict]:
    """Judge slope and ratio in evaluation mode, over all epochs, and in training mode, at the last.

    Args:
        settings: Of the study.
        table: ``mean_squares``.
    """
    evaluation, training = (table[table["mode"] == mode] for mode in (EVALUATION, TRAINING))
    last = training[training["epoch"] == settings.epochs[-1]]
    return [
        _slope_verdict(evaluation, "evaluation mode", f"Both samplings, every epoch. {_RULE}"),
        _ratio_verdict(evaluation),
        _slope_verdict(last, f"training mode, epoch {settings.epochs[-1]}", _slopes_by_epoch(training)),
        _training_ratio_verdict(settings, last),
    ]


def _slope_verdict(cells: pd.DataFrame, where: str, remark: str) -> Verdict:
    slope = _slope(cells)
    return Verdict(
        f"The mean square of the noise of a mini-batch gradient falls as 1/b ({where})",
        _SOURCE,
        _outcome(slope["slope_low"], slope["slope_high"], -1.0),
        "slope of log E‖ω‖² in log b, corrected for the finite population",
        *slope.values(),
        len(cells),
        "means over mini-batches",
        remark,
    )


def _ratio_verdict(cells: pd.DataFrame) -> Verdict:
    ratio = _ratio(cells)
    least = cells.loc[~cells["replacement"], "population_factor"].min()
    return Verdict(
        "The mean square of the noise of a mini-batch gradient is C²/b, and without replacement "
        "C²/b · (N − b)/(N − 1) (evaluation mode)",
        _SOURCE,
        _outcome(ratio["ratio_low"], ratio["ratio_high"], 1.0),
        "measured / predicted, mean over batch sizes, epochs and seeds",
        *ratio.values(),
        "means over mini-batches",
        f"{_RULE} The factor of sampling without replacement goes down to {least:.2f}.",
    )


def _slopes_by_epoch(training: pd.DataFrame) -> str:
    slopes = {epoch: _slope(cells)["slope"] for epoch, cells in training.groupby("epoch")}
    listed = ", ".join(f"{slope:.2f} at epoch {epoch}" for epoch, slope in slopes.items())
    share = (training["squared_offset"] / training["mean_square"]).max()
    return f"Slopes: {listed}. The share of bias, ‖E ω‖² / E‖ω‖², is at most {share:.0%}."


def _training_ratio_verdict(settings: NoiseLaw, last: pd.DataFrame) -> Verdict:
    """Judge the law where it matters for δ: at the training's own batch size, at its end."""
    last = last.assign(ratio=last["mean_square"] / last["predicted"])
    sizes = last["batch_size"].unique()
    batch_size = sizes[np.abs(np.log(sizes / settings.batch_size)).argmin()]
    logs = DescrStatsW(np.log(last.loc[last["batch_size"] == batch_size, "ratio"]))
    value, low, high = np.exp([logs.mean, *logs.tconfint_mean()])
    means = last.groupby("batch_size")["ratio"].mean()
    return Verdict(
        "The noise of SGD itself (training mode) has the mean square C²/b, C² being the variance of the "
        "per-sample gradients",
        _SOURCE,
        _outcome(low, high, 1.0),
        f"measured / predicted at b = {batch_size}, epoch {settings.epochs[-1]}, geometric mean over seeds",
        *(float(number) for number in (value, low, high)),
        len(settings.seed),
        "seeds",
        f"Trained with b = {settings.batch_size}. The mean ratio goes from {means.iloc[0]:.3g} at "
        f"b = {means.index[0]} to {means.iloc[-1]:.3g} at b = {means.index[-1]}.",
    )
