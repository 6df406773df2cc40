"""The papers' smoothing figure: what light- and heavy-tailed noise makes of two one-dimensional functions."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from scipy import optimize
from torch import Tensor

from graduated.smoothing.landscapes import LANDSCAPES
from graduated.smoothing.laws import HEAVY, LAWS, LIGHT, Law
from graduated.smoothing.smoothed import (
    monte_carlo,
    smoothed_drop_wave,
    smoothed_rastrigin,
    smoothed_rastrigin_curvature,
)
from graduated.streams import stream
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Findings, Report, Tables, Verdict
from graduated.studies.settings import SmoothingLaws
from graduated.theory.settling import settling

EXACT: dict[str, Callable[[Tensor, float, Law], Tensor]] = {
    "rastrigin": smoothed_rastrigin,
    "drop_wave": smoothed_drop_wave,
}

ORIGINAL = "none"
"""Law of the curves of the function itself."""

VISIBLE = 0.5
"""Noise smooths visibly if it lowers the highest barrier to at most this share."""

RIPPLE_OF_CONVEXITY = 1 / (20 * math.pi**2)
"""Rastrigin's f̂_δ is convex if and only if the ripple that is left, |φ(2πδ)|, is at most this share."""

_CURVE_POINTS = 2001
_CONVEXITY_GRID = np.linspace(0.001, 40, 40_000)
_FIGURE = "arXiv 2311.08745, smoothing figure"


def measure(settings: SmoothingLaws, report: Report) -> Findings:
    """Smooth Rastrigin's function and Drop-Wave by the seven laws of the papers, exactly and by Monte Carlo.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``smoothed`` (Monte Carlo beside exact values), ``curves`` (exact, on a fine grid),
        ``barriers`` (local minima and highest barriers), ``settling`` and ``exponents`` (spread of
        Monte-Carlo means against the number of draws) and ``convexity`` (of Rastrigin's f̂_δ).
    """
    report(0.0, "Monte Carlo on the grid")
    smoothed = _smoothed(settings)
    report(0.1, "exact curves")
    curves = _curves(settings.smoothing)
    spreads, exponents = settling(settings, lambda done, what: report(0.2 + 0.75 * done, what))
    tables = {
        "smoothed": smoothed,
        "curves": curves,
        "barriers": _barriers(curves),
        "settling": spreads,
        "exponents": exponents,
        "convexity": _convexity(settings.smoothing),
    }
    report(1.0, "done")
    return Findings(tables, _verdicts(settings, tables))


def _smoothed(settings: SmoothingLaws) -> pd.DataFrame:
    points = torch.linspace(-5, 5, settings.points, dtype=torch.float64).unsqueeze(1)
    tables = []
    for name, exact in EXACT.items():
        function = LANDSCAPES[name].function
        for law in LAWS.values():
            generator = stream(settings.seed, f"smoothing_laws/{name}/{law.name}")
            draws = law.sample((settings.points, settings.draws, 1), generator)
            mean, error = monte_carlo(function, points, settings.smoothing, draws)
            columns = {
                "function": name,
                "law": law.name,
                "tail": law.tail,
                "smoothing": settings.smoothing,
                "draws": settings.draws,
                "x": points.squeeze(1),
                "original": function(points),
                "smoothed": mean,
                "standard_error": error,
                "exact": exact(points, settings.smoothing, law),
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _curves(smoothing: float) -> pd.DataFrame:
    points = torch.linspace(-5, 5, _CURVE_POINTS, dtype=torch.float64).unsqueeze(1)
    tables = []
    for name, exact in EXACT.items():
        values = {ORIGINAL: LANDSCAPES[name].function(points)}
        values |= {law.name: exact(points, smoothing, law) for law in LAWS.values()}
        for law, value in values.items():
            tables.append(
                pd.DataFrame({"function": name, "law": law, "x": points.squeeze(1), "value": value})
            )
    return pd.concat(tables, ignore_index=True)


def highest_barrier(values: np.ndarray) -> float:
    """Return the greatest rise on the ways from the ends of a grid of values [N] to the lowest of them."""
    bottom = int(np.argmin(values))
    ways = (values[: bottom + 1], values[bottom:][::-1])
    return float(max(np.max(way - np.minimum.accumulate(way)) for way in ways))


def local_minima(values: np.ndarray) -> int:
    """Return how many inner points of a grid of values [N] lie below both neighbours."""
    inner = values[1:-1]
    return int(((inner < values[:-2]) & (inner < values[2:])).sum())


def _barriers(curves: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (name, law), curve in curves.groupby(["function", "law"], sort=False):
        values = curve["value"].to_numpy()
        row = {"function": name, "law": law, "tail": LAWS[law].tail if law in LAWS else ORIGINAL}
        if np.isfinite(values).all():
            rows.append({**row, "local_minima": local_minima(values), "barrier": highest_barrier(values)})
        else:
            rows.append({**row, "local_minima": math.nan, "barrier": math.nan})
    table = pd.DataFrame(rows)
    original = table[table["law"] == ORIGINAL].set_index("function")["barrier"]
    return table.assign(ratio=table["barrier"] / table["function"].map(original))


def _ripple(smoothing: np.ndarray | float, law: Law) -> np.ndarray:
    """Return |φ(2πδ)|, the share of Rastrigin's cosine that smoothing leaves."""
    return np.abs(law.transform(2 * math.pi * np.asarray(smoothing)))


def _convexity(smoothing: float) -> pd.DataFrame:
    """Return from which δ on Rastrigin's f̂_δ is convex: for the first time, and for all greater ones."""
    rows = []
    for law in (law for law in LAWS.values() if law.tail == LIGHT):

        def excess(delta: float | np.ndarray, law: Law = law) -> float | np.ndarray:
            return _ripple(delta, law) - RIPPLE_OF_CONVEXITY

        convex = excess(_CONVEXITY_GRID) <= 0
        turns = np.flatnonzero(convex[1:] & ~convex[:-1])
        first, last = (
            optimize.brentq(excess, _CONVEXITY_GRID[turn], _CONVEXITY_GRID[turn + 1])
            for turn in turns[[0, -1]]
        )
        ripple = float(_ripple(smoothing, law))
        rows.append(
            {"law": law.name, "first": first, "always": last, "smoothing": smoothing, "ripple": ripple}
        )
    return pd.DataFrame(rows)


def _verdicts(settings: SmoothingLaws, tables: Tables) -> list[Verdict]:
    barriers, exponents = tables["barriers"], tables["exponents"]
    light = barriers[barriers["tail"] == LIGHT]
    bounded = barriers[(barriers["tail"] == HEAVY) & (barriers["function"] == "drop_wave")]
    unbounded = exponents[(exponents["tail"] == HEAVY) & (exponents["function"] == "rastrigin")]
    return [
        _lower_barriers("Light-tailed noise smooths visibly", LIGHT, settings.smoothing, light),
        _lower_barriers("Heavy-tailed noise smooths Drop-Wave visibly", HEAVY, settings.smoothing, bounded),
        _heavy_tails_unbounded(settings, unbounded),
        _gaussian_convexity(tables["convexity"].set_index("law").loc["gaussian"]),
    ]


def _lower_barriers(claim: str, tail: str, smoothing: float, barriers: pd.DataFrame) -> Verdict:
    worst = float(barriers["ratio"].max())
    single = int((barriers["local_minima"] == 1).sum())
    return Verdict(
        claim=claim,
        source=f"{_FIGURE}, {tail}-tailed laws",
        outcome=SUPPORTED if worst <= VISIBLE else CONTRADICTED,
        statistic=f"greatest ratio of the highest barriers after and before; at most {VISIBLE} is visible",
        value=worst,
        low=worst,
        high=worst,
        n=len(barriers),
        unit="pairs of a function and a law",
        remark=(
            f"At δ = {smoothing:g}. A single local minimum is left in {single} of {len(barriers)} pairs: "
            "one-sided noise lowers the barriers without removing them, and moves the minimum."
        ),
    )


def _heavy_tails_unbounded(settings: SmoothingLaws, exponents: pd.DataFrame) -> Verdict:
    least = exponents.loc[exponents["low"].idxmin()]
    settles, grows = exponents["high"].max() < 0, least["low"] > 0
    return Verdict(
        claim="Heavy-tailed noise smooths Rastrigin's function",
        source=f"{_FIGURE}, {HEAVY}-tailed laws",
        outcome=CONTRADICTED if grows else SUPPORTED if settles else INCONCLUSIVE,
        statistic="least exponent with which the spread of Monte-Carlo means grows with the number of draws",
        value=float(least["exponent"]),
        low=float(least["low"]),
        high=float(least["high"]),
        n=settings.repetitions,
        unit="means per number of draws",
        remark=(
            "E[u²] is infinite, and so is f̂_δ everywhere. Means of an f̂_δ that exists would settle with "
            "exponent −1/2; what is drawn from a finite number of draws is not f̂_δ."
        ),
    )


def _gaussian_convexity(row: pd.Series) -> Verdict:
    needed = float(row["always"])
    period = torch.linspace(0, 1, 1001, dtype=torch.float64).unsqueeze(1)
    below, above = (
        smoothed_rastrigin_curvature(period, factor * needed, LAWS["gaussian"]).min()
        for factor in (0.99, 1.01)
    )
    return Verdict(
        claim="A sufficient degree of Gaussian smoothing makes Rastrigin's function convex",
        source="arXiv 2311.08745, smoothing by noise",
        outcome=SUPPORTED if below < 0 <= above else INCONCLUSIVE,
        statistic="smallest δ from which on f̂_δ is convex, in one dimension",
        value=needed,
        low=needed,
        high=needed,
        n=1,
        unit="closed form",
        remark=(
            f"√(ln(20π²)/2π²). At δ = {row['smoothing']:g} f̂_δ is "
            f"{'convex' if row['ripple'] <= RIPPLE_OF_CONVEXITY else 'not yet convex'}."
        ),
    )
