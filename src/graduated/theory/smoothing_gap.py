"""Lemma 2.2 of arXiv 2311.08745, |f̂_δ − f| ≤ E‖u‖ δ L, where both sides are known; the norm of the noise."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import torch
from scipy import optimize, special, stats

from graduated.smoothing.landscapes import WAVE_NUMBER, drop_wave
from graduated.smoothing.laws import LAWS, LIGHT, UNIT_BALL, ball, scaled_gaussian
from graduated.smoothing.smoothed import smoothed_drop_wave
from graduated.streams import stream
from graduated.studies import Findings, Report, Verdict
from graduated.studies.settings import SmoothingGap
from graduated.studies.verdicts import ROUNDING, number_verdict

PRINTED, SCALED, BALL = "N(0, I/√d)", "N(0, I/d)", "ball"

SPREAD: dict[str, Callable[[int], float]] = {
    "N(0, I)": lambda dimension: 1.0,
    PRINTED: lambda dimension: dimension**-0.25,
    SCALED: lambda dimension: dimension**-0.5,
}
"""Standard deviation of a coordinate, by covariance and dimension."""

_NEGLIGIBLE = 1e-15
_NODES = 500
_DISTANCES = (0.0, 0.5, 1.0, 2.0)
"""From the apex of the cone, in units of δ."""


def measure(settings: SmoothingGap, report: Report) -> Findings:
    """Compare the greatest gap with its bound on Lipschitz functions, and E‖u‖ with 1 for the noise in use.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``gaps`` (function, law, dimension, smoothing, gap, lipschitz, mean_norm, bound, ratio) and
        ``norms`` (law, dimension, mean_norm, mean_square, and the mean norm of samples with its error).
    """
    report(0.0, "gaps")
    rows = [*_cone(settings), *_sines(settings), *_drop_wave(settings)]
    gaps = pd.DataFrame(rows)
    gaps["bound"] = gaps["mean_norm"] * gaps["smoothing"] * gaps["lipschitz"]
    gaps["ratio"] = gaps["gap"] / gaps["bound"]
    report(0.7, "norms")
    norms = _norms(settings)
    report(1.0, "done")
    return Findings({"gaps": gaps, "norms": norms}, [_lemma(gaps), *_normalisation(norms)])


def mean_norm(law: str, dimension: int) -> float:
    """Return E‖u‖ of a law in ``SPREAD`` or of the unit ball."""
    if law == BALL:
        return dimension / (dimension + 1)
    return SPREAD[law](dimension) * float(stats.chi(dimension).mean())


def smoothed_cone(radius: float, smoothing: float, dimension: int) -> float:
    """Return E‖x − δu‖ for u from N(0, I/d), a Poisson mixture of χ means.

    Args:
        radius: ‖x‖.
        smoothing: δ.
        dimension: d.
    """
    spread = smoothing / math.sqrt(dimension)
    mixture = stats.poisson((radius / spread) ** 2 / 2)
    index = np.arange(mixture.isf(_NEGLIGIBLE) + 2)
    return float(spread * math.sqrt(2) * (mixture.pmf(index) @ special.poch(dimension / 2 + index, 0.5)))


def sine_factor(law: str, smoothing: float, dimension: int) -> float:
    """Return E cos(δu_1), by which smoothing shrinks the sine of a coordinate.

    Args:
        law: That of u: one in ``SPREAD``, or of the unit ball.
        smoothing: δ.
        dimension: d.
    """
    if law == BALL:
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        density = stats.beta((dimension + 1) / 2, (dimension + 1) / 2, loc=-1, scale=2).pdf(nodes)
        return float(np.cos(smoothing * nodes) @ (weights * density))
    return math.exp(-((smoothing * SPREAD[law](dimension)) ** 2) / 2)


def _cone(settings: SmoothingGap) -> Iterator[dict]:
    """Yield the gaps of ‖x‖, whose Lipschitz constant is 1."""
    for dimension in settings.dimensions:
        for smoothing in settings.smoothings:
            radii = [smoothing * distance for distance in _DISTANCES]
            gap = max(abs(smoothed_cone(radius, smoothing, dimension) - radius) for radius in radii)
            yield _row("cone", SCALED, dimension, smoothing, gap, 1.0, mean_norm(SCALED, dimension))


def _sines(settings: SmoothingGap) -> Iterator[dict]:
    """Yield the gaps of Σ sin(x_i)/√d, of Lipschitz constant 1; they are greatest where all sines are 1."""
    for law in (SCALED, BALL):
        for dimension in settings.dimensions:
            for smoothing in settings.smoothings:
                gap = math.sqrt(dimension) * (1 - sine_factor(law, smoothing, dimension))
                yield _row("sines", law, dimension, smoothing, gap, 1.0, mean_norm(law, dimension))


def _drop_wave(settings: SmoothingGap) -> Iterator[dict]:
    """Yield the gaps of Drop-Wave, greatest on a grid that holds its minimum."""
    points = torch.linspace(-5, 5, 2001, dtype=torch.float64).unsqueeze(1)
    lipschitz = drop_wave_lipschitz()
    for law in (*(law for law in LAWS.values() if law.tail == LIGHT), UNIT_BALL):
        for smoothing in settings.smoothings:
            gap = (smoothed_drop_wave(points, smoothing, law) - drop_wave(points)).abs().max().item()
            yield _row("drop_wave", law.name, 1, smoothing, gap, lipschitz, law.mean_absolute)


def drop_wave_lipschitz() -> float:
    """Return the greatest slope of the one-dimensional Drop-Wave function, on the flank next to 0."""

    def slope(x: float) -> float:
        envelope = 2 + x * x / 2
        return (
            WAVE_NUMBER * math.sin(WAVE_NUMBER * x) / envelope
            + x * (1 + math.cos(WAVE_NUMBER * x)) / envelope**2
        )

    flank = (0, 2 * math.pi / WAVE_NUMBER)
    return float(-optimize.minimize_scalar(lambda x: -slope(x), bounds=flank, method="bounded").fun)


def _row(
    function: str, law: str, dimension: int, smoothing: float, gap: float, lipschitz: float, norm: float
) -> dict:
    return {
        "function": function,
        "law": law,
        "dimension": dimension,
        "smoothing": smoothing,
        "gap": gap,
        "lipschitz": lipschitz,
        "mean_norm": norm,
    }


def _norms(settings: SmoothingGap) -> pd.DataFrame:
    rows = []
    for dimension in settings.dimensions:
        shape = (settings.draws, dimension)
        gaussian = scaled_gaussian(shape, stream(settings.seed, "smoothing_gap/gaussian", dimension))
        standard = torch.linalg.vector_norm(gaussian, dim=1) * math.sqrt(dimension)
        samples = {law: standard * spread(dimension) for law, spread in SPREAD.items()}
        inside = ball(shape, stream(settings.seed, "smoothing_gap/ball", dimension))
        samples[BALL] = torch.linalg.vector_norm(inside, dim=1)
        for law, sample in samples.items():
            square = dimension / (dimension + 2) if law == BALL else dimension * SPREAD[law](dimension) ** 2
            row = {
                "law": law,
                "dimension": dimension,
                "mean_norm": mean_norm(law, dimension),
                "mean_square": square,
                "sampled_mean_norm": sample.mean().item(),
                "standard_error": sample.std().item() / math.sqrt(settings.draws),
                "samples": settings.draws,
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _lemma(gaps: pd.DataFrame) -> Verdict:
    smooth = gaps[gaps["function"] != "cone"]
    return number_verdict(
        "|f̂_δ − f| ≤ E‖u‖ δ L for every L-Lipschitz function",
        "arXiv 2311.08745, Lemma 2.2",
        "greatest ratio of the gap to the bound",
        float(gaps["ratio"].max()),
        len(gaps),
        "combinations of function, law, dimension and δ",
        "Attained at the apex of ‖x‖, so no smaller constant would do. On the functions without a kink "
        f"it is at most {smooth['ratio'].max():.3f}, and vanishes as δ → 0 if the noise has mean 0.",
        most=1 + ROUNDING,
    )


def _normalisation(norms: pd.DataFrame) -> Iterator[Verdict]:
    sources = {PRINTED: "slides on arXiv 2311.08745, smoothing", SCALED: "arXiv 2311.08745, Definition 2.1"}
    for law, source in sources.items():
        own = norms[norms["law"] == law]
        greatest = own.loc[own["mean_norm"].idxmax()]
        yield number_verdict(
            f"Noise from {law} satisfies E‖u‖ ≤ 1 in every dimension",
            source,
            f"greatest E‖u‖, at d = {greatest['dimension']}",
            float(greatest["mean_norm"]),
            len(own),
            "dimensions",
            f"E‖u‖² = {greatest['mean_square']:.4g} there.",
            most=1,
        )
