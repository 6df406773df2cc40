"""Whether a step of SGD is, in expectation, a step of gradient descent on the smoothed function."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import Tensor

from graduated.graduated_optimization.noisy import auxiliary
from graduated.proportions import share_interval
from graduated.smoothing.gradients import rastrigin_gradient, sphere_gradient
from graduated.smoothing.laws import LAWS
from graduated.smoothing.unit_noise import UnitNoise
from graduated.streams import stream
from graduated.studies import Findings, Report, Tables, Verdict
from graduated.studies.settings import DescentIdentity
from graduated.studies.verdicts import exact_verdict, interval_verdict
from graduated.theory.finite_sum import (
    all_batches,
    batch_noise,
    gradient_variance,
    identity_residual,
    random_finite_sum,
)

ROUNDING = 1e-12
"""Relative error that counts as exact."""

LEAST_COVERAGE = 0.9
"""95 % intervals that cover less than this share are wrong."""

_EQUATION = "arXiv 2311.08745, section 3, E[y'] = y − η∇E[f(y − ηω)]"
_BOX = 5.0

_Gradients = tuple[Callable[[Tensor], Tensor], Callable[[UnitNoise, Tensor, float], Tensor]]
_FUNCTIONS: dict[str, _Gradients] = {
    "rastrigin": (rastrigin_gradient, UnitNoise.smoothed_rastrigin_gradient),
    "quadratic": (sphere_gradient, lambda noise, points, smoothing: sphere_gradient(points)),
}
"""∇f, and ∇f̂_δ in closed form; smoothing by noise of mean zero moves no gradient of ‖x‖²."""


def measure(settings: DescentIdentity, report: Report) -> Findings:
    """Compare both sides of the identity: by Monte Carlo with closed forms, and over all mini-batches.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``comparisons`` (both sides by function, law, η, δ and coordinate, and the right side with f in
        place of f̂), ``coverage`` (how many intervals hold the closed form) and ``enumeration`` (finite sum:
        residual, and noise variance).
    """
    comparisons = _comparisons(settings, lambda done, what: report(0.9 * done, what))
    report(0.9, "all mini-batches of a finite sum")
    tables = {
        "comparisons": comparisons,
        "coverage": _coverage(comparisons),
        "enumeration": _enumeration(settings),
    }
    report(1.0, "done")
    return Findings(tables, _verdicts(tables))


def _comparisons(settings: DescentIdentity, report: Report) -> pd.DataFrame:
    cells = [
        (function, law, learning_rate, smoothing)
        for function in _FUNCTIONS
        for law in settings.laws
        for learning_rate in settings.learning_rates
        for smoothing in settings.smoothings
    ]
    tables = []
    for done, cell in enumerate(cells):
        report(done / len(cells), "steps of SGD on {}, {} noise".format(*cell))
        tables.append(_comparison(settings, *cell))
    return pd.concat(tables, ignore_index=True)


def _comparison(
    settings: DescentIdentity, function: str, law: str, learning_rate: float, smoothing: float
) -> pd.DataFrame:
    """Take one step of SGD from every point with every draw, and compare the mean of y' − y."""
    gradient, smoothed_gradient = _FUNCTIONS[function]
    noise = UnitNoise(LAWS[law], settings.dimension)
    generator = stream(settings.seed, f"descent_identity/{function}/{law}/{learning_rate}/{smoothing}")
    size = (settings.points, settings.dimension)
    points = _BOX * (2 * torch.rand(size, generator=generator, dtype=torch.float64) - 1)
    gradient_noise = smoothing / learning_rate * noise.sample((settings.draws, *size), generator)
    after = points - learning_rate * (gradient(points) + gradient_noise)
    start = auxiliary(gradient, points, learning_rate)
    moved = auxiliary(gradient, after, learning_rate) - start
    left, error = moved.mean(0), moved.std(0) / settings.draws**0.5
    right = -learning_rate * smoothed_gradient(noise, start, smoothing)
    index = torch.arange(settings.points).repeat_interleave(settings.dimension)
    columns = {
        "function": function,
        "law": law,
        "learning_rate": learning_rate,
        "smoothing": smoothing,
        "point": index,
        "start": start.flatten(),
        "left": left.flatten(),
        "standard_error": error.flatten(),
        "right": right.flatten(),
        "unsmoothed": (-learning_rate * gradient(start)).flatten(),
        "z": ((left - right) / error).flatten(),
    }
    return pd.DataFrame(columns)


def _coverage(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return how many 95 % intervals of the left side hold the right one, and the law of the z."""
    bound = stats.norm.ppf(0.975)
    rows = []
    for (function, law), cell in comparisons.groupby(["function", "law"], sort=False):
        number, covered = len(cell), int((cell["z"].abs() <= bound).sum())
        unsmoothed = (cell["left"] - cell["unsmoothed"]) / cell["standard_error"]
        low, high = share_interval(covered, number)
        rows.append(
            {
                "function": function,
                "law": law,
                "comparisons": number,
                "covered": covered,
                "share": covered / number,
                "low": low,
                "high": high,
                "chi_square": float(cell["z"].pow(2).sum()),
                "p_chi_square": _two_sided_chi_square(cell["z"].to_numpy()),
                "share_unsmoothed": float((unsmoothed.abs() <= bound).mean()),
            }
        )
    return pd.DataFrame(rows)


def _two_sided_chi_square(scores: np.ndarray) -> float:
    total, number = float(np.square(scores).sum()), len(scores)
    return 2 * min(float(stats.chi2.cdf(total, number)), float(stats.chi2.sf(total, number)))


def _enumeration(settings: DescentIdentity) -> pd.DataFrame:
    problem = random_finite_sum(settings.samples, settings.dimension, settings.seed)
    generator = stream(settings.seed, "descent_identity/enumeration")
    size = (settings.points, settings.dimension)
    points = _BOX * (2 * torch.rand(size, generator=generator, dtype=torch.float64) - 1)
    rows = []
    for replacement in (True, False):
        for batch_size in range(1, settings.samples + 1 if not replacement else settings.largest_batch + 1):
            batches = all_batches(settings.samples, batch_size, replacement=replacement)
            factor = 1.0 if replacement else (settings.samples - batch_size) / (settings.samples - 1)
            for index, point in enumerate(points):
                noise = batch_noise(problem, point, batches)
                variance = gradient_variance(problem, point)
                rows.append(
                    {
                        "replacement": replacement,
                        "batch_size": batch_size,
                        "batches": len(batches),
                        "point": index,
                        "residual": identity_residual(problem, point, settings.learning_rates[-1], batches),
                        "gradient_variance": variance,
                        "noise_variance": float(noise.square().sum(-1).mean()),
                        "predicted": factor * variance / batch_size,
                    }
                )
    return pd.DataFrame(rows)


def _verdicts(tables: Tables) -> list[Verdict]:
    enumeration = tables["enumeration"]
    deviation = (enumeration["noise_variance"] - enumeration["predicted"]).abs()
    return [
        exact_verdict(
            "A step of SGD is, in expectation over its mini-batch, a step of gradient descent on f̂",
            _EQUATION,
            "largest distance of both sides of the identity, relative to E‖y' − y‖",
            enumeration["residual"],
            "points and batch sizes",
            "All mini-batches of a finite sum. The identity holds of y = x − η∇f(x), given x: the noise that "
            "smooths f has the law that belongs to x, and so differs from step to step.",
            largest=ROUNDING,
        ),
        _coverage_verdict(tables["coverage"]),
        exact_verdict(
            "The variance of a mini-batch's gradient is C²/b",
            "arXiv 2311.08745, Lemma 2.1",
            "largest distance of E‖∇f_S − ∇f‖² from C²/b, or C²(n − b)/(b(n − 1)), relative to C²/b",
            deviation / (enumeration["gradient_variance"] / enumeration["batch_size"]),
            "points and batch sizes",
            "C²/b with replacement. Without, as training draws its mini-batches, it is smaller by the factor "
            "(n − b)/(n − 1), and C²/b only its bound.",
            largest=ROUNDING,
        ),
    ]


def _coverage_verdict(coverage: pd.DataFrame) -> Verdict:
    number, covered = int(coverage["comparisons"].sum()), int(coverage["covered"].sum())
    p = stats.chi2.sf(coverage["chi_square"].sum(), number)
    rastrigin = coverage[coverage["function"] == "rastrigin"]
    return interval_verdict(
        "A step of SGD is, in expectation over light-tailed gradient noise, a step on f̂_δ, δ = ηC/√b",
        _EQUATION,
        f"share of 95 % intervals that hold the closed form; more than {LEAST_COVERAGE} expected",
        (covered / number, *share_interval(covered, number)),
        number,
        "comparisons",
        f"Noise of mean zero. χ² of the differences in standard errors: p = {p:.2g}. Of the same "
        f"intervals, on Rastrigin's function {rastrigin['share_unsmoothed'].mean():.0%} would hold a "
        "step on f itself.",
        above=LEAST_COVERAGE,
    )
