"""Double descent of the risk in the number of parameters and in the number of samples."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from graduated.descent import BOOK
from graduated.descent.least_squares import draw, expected_risk
from graduated.intervals import mean_interval, median_interval
from graduated.studies import Verdict
from graduated.studies.settings import DoubleDescent
from graduated.studies.verdicts import mean_verdict, median_verdict

ALL, PART = "all features", "p of D features"
"""Models: β lies in the p fitted features, or in D of which p are fitted and the others are noise."""

MINIMUM_NORM, DECAYED = "minimum norm", "best weight decay"
"""Estimators."""

_SIGNAL = 1.0
_NEAR = 0.1
"""Distance |p/n − 1| within which means are dominated by rare draws, and only medians are compared."""

_BEFORE_PEAK = (0.9, 0.5)
"""Numbers of samples that are compared, as shares of the number of parameters."""


def expected_excess(model: str, parameters: int, settings: DoubleDescent) -> float:
    """Return the mean risk of a model in closed form; features left out count as noise, and as risk.

    Args:
        model: ``ALL`` or ``PART``.
        parameters: p, 0 too.
        settings: Of the study.
    """
    omitted = _omitted(model, parameters, settings)
    noise = settings.noise + omitted
    return omitted + expected_risk(settings.samples, parameters, _SIGNAL - omitted, noise)


def _omitted(model: str, parameters: int, settings: DoubleDescent) -> float:
    """Return the part of the signal that lies in features left out."""
    return 0.0 if model == ALL else _SIGNAL * (1 - parameters / settings.features)


def by_parameters(settings: DoubleDescent) -> pd.DataFrame:
    """Return the risk against the number of fitted features, n being fixed.

    Returns:
        Columns model, parameters (p), samples (n), repetition, risk (E(ŷ − Xβ)², without the noise of the
        target) and expected.
    """
    n, rows = settings.samples, []
    for model in (ALL, PART):
        for parameters in settings.parameters:
            omitted = _omitted(model, parameters, settings)
            purpose = f"double_descent/{model}/{n}/{parameters}"
            row = {"model": model, "parameters": parameters, "samples": n}
            row["expected"] = expected_excess(model, parameters, settings)
            for repetition in range(settings.repetitions):
                noise = settings.noise + omitted
                regression = draw(n, parameters, _SIGNAL - omitted, noise, purpose, repetition)
                rows.append({**row, "repetition": repetition, "risk": omitted + float(regression.error())})
    return pd.DataFrame(rows)


def by_samples(settings: DoubleDescent) -> pd.DataFrame:
    """Return the risk against the number of samples, p being fixed.

    Returns:
        Columns estimator, parameters (p), samples (n), repetition, risk and expected (NaN for weight decay
        of λ = pσ²/‖β‖², the best).
    """
    p, rows = settings.samples, []
    for samples in settings.sample_sizes:
        expected = {MINIMUM_NORM: expected_risk(samples, p, _SIGNAL, settings.noise), DECAYED: np.nan}
        for repetition in range(settings.repetitions):
            purpose = f"double_descent/samples/{samples}/{p}"
            regression = draw(samples, p, _SIGNAL, settings.noise, purpose, repetition)
            errors = {
                MINIMUM_NORM: float(regression.error()),
                DECAYED: regression.decayed(p * settings.noise / _SIGNAL),
            }
            for estimator, error in errors.items():
                row = {"estimator": estimator, "parameters": p, "samples": samples, "repetition": repetition}
                rows.append({**row, "risk": error, "expected": expected[estimator]})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, keys: Iterable[str]) -> pd.DataFrame:
    """Return means and medians over repetitions with their 95 % intervals.

    Args:
        table: From ``by_parameters`` or ``by_samples``.
        keys: Columns that tell one size from another.

    Returns:
        The keys, expected, repetitions, mean, mean_low, mean_high, median, median_low and median_high.
    """
    rows = []
    for values, own in table.groupby([*keys, "expected"], sort=False, dropna=False):
        row = dict(zip([*keys, "expected"], values, strict=True)) | {"repetitions": len(own)}
        for name, interval in (("mean", mean_interval), ("median", median_interval)):
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), interval(own["risk"]), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def verdicts_on_parameters(table: pd.DataFrame, settings: DoubleDescent) -> list[Verdict]:
    """Judge the curve over parameters, from the table of ``by_parameters``."""
    n = settings.samples
    away = table[(table["parameters"] / n - 1).abs() > _NEAR - 1e-9]
    shares = (away["risk"] / away["expected"]).groupby(away["repetition"]).mean()
    whole, part = (table[table["model"] == model] for model in (ALL, PART))
    peaks = whole.loc[whole.groupby("repetition")["risk"].idxmax(), "parameters"] / n
    highest = whole.groupby("parameters")["risk"].median().max()
    least, sweet = min((expected_excess(PART, size, settings), size) for size in range(n - 1))
    most = settings.parameters[-1]
    second = part.loc[part["parameters"] == most, "risk"]
    return [
        mean_verdict(
            "The risk of least squares of minimum norm is σ²p/(n − p − 1), or r²(1 − n/p) + σ²n/(p − n − 1)",
            "Hastie et al., arXiv 1903.08560; Belkin, Hsu & Xu, arXiv 1903.07571",
            "risk over the closed form, mean over p and both models",
            shares,
            "repetitions",
            f"Normal features, |p/n − 1| ≥ {_NEAR:g}: nearer to the peak single draws make the mean.",
            above=0.9,
            below=1.1,
        ),
        median_verdict(
            "The risk peaks where there are as many parameters as samples",
            f"{BOOK}, section 9.3.2; Belkin et al., arXiv 1812.11118",
            "p/n of the highest risk; median",
            peaks,
            "repetitions",
            f"β in the fitted features, n = {n}; the highest median risk is {highest:.3g}.",
            above=0.9,
            below=1.1,
        ),
        mean_verdict(
            "Beyond the peak the risk falls below its least value before the peak",
            "Belkin et al., arXiv 1812.11118",
            f"risk at p = {most} less the closed form at p = {sweet}, its least before the peak",
            second - least,
            "repetitions",
            "Where the features left out are noise. Where β lies in the fitted features, whatever their "
            "number, it does not: fewer parameters are then an easier problem.",
            below=0.0,
        ),
    ]


def verdicts_on_samples(table: pd.DataFrame, settings: DoubleDescent) -> list[Verdict]:
    """Judge the curve over samples, from the table of ``by_samples``."""
    p = settings.samples
    fitted = {
        name: own.pivot(index="repetition", columns="samples", values="risk")
        for name, own in table.groupby("estimator")
    }
    sizes = settings.sample_sizes
    more, fewer = (min(sizes, key=lambda size: abs(size - share * p)) for share in _BEFORE_PEAK)
    medians = fitted[MINIMUM_NORM].median()
    decayed = fitted[DECAYED].mean()
    return [
        mean_verdict(
            "More data can hurt",
            f"{BOOK}, section 9.3.2; Nakkiran et al., arXiv 1912.02292",
            f"risk with n = {more} less risk with n = {fewer} samples, p = {p}, minimum norm",
            fitted[MINIMUM_NORM][more] - fitted[MINIMUM_NORM][fewer],
            "repetitions",
            f"Median risk {medians[fewer]:.3g} and {medians[more]:.3g}; peaking at n = {medians.idxmax()}; "
            f"it is {medians.iloc[-1]:.2g} at n = {sizes[-1]}.",
            above=0.0,
        ),
        mean_verdict(
            "With the best weight decay more data do not hurt",
            "Nakkiran et al., arXiv 2003.01897",
            f"risk with n = {more} less risk with n = {fewer} samples, p = {p}, λ = pσ²/r²",
            fitted[DECAYED][more] - fitted[DECAYED][fewer],
            "repetitions",
            f"Mean risk from {decayed.iloc[0]:.2g} at n = {sizes[0]} down to {decayed.iloc[-1]:.2g} at "
            f"n = {sizes[-1]}, rising between neighbours {int((decayed.diff() > 0).sum())} times.",
            below=0.0,
        ),
    ]
