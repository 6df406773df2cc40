"""Which functions are σ-nice, and at which degrees of smoothing the others fail."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from scipy import optimize
from torch import Tensor

from graduated.smoothing.laws import LAWS, UNIT_BALL, Law
from graduated.smoothing.smoothed import (
    smoothed_drop_wave,
    smoothed_negative_logarithm,
    smoothed_negative_logarithm_curvature,
    smoothed_rastrigin,
    smoothed_rastrigin_curvature,
    smoothed_sphere,
)
from graduated.studies import CONTRADICTED, SUPPORTED, Findings, Report, Tables, Verdict
from graduated.studies.settings import NiceFunctions
from graduated.theory.niceness import RADII, Case, allowances, decentring, failing, least_curvature

NEW, WIDE = RADII
"""The new definition, with a ball of radius δ, and the others, of radius 3δ."""

STRONG_CONVEXITY = (0.0, 1.0, 2.0)
"""The σ for which failures of condition (ii) are listed; 0 stands for every σ > 0."""

BORDERLINE = (0.49, 0.5, 0.51)
"""γ on both sides of the least that is allowed."""

_TOLERANCE = 1e-9
_SOURCE = "arXiv 2311.08745, Definition 5.1"


def measure(settings: NiceFunctions, report: Report) -> Findings:
    """Evaluate the conditions of σ-nice functions over the degrees of smoothing.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``convexity`` (least curvature on the balls of condition ii), ``centring`` (distances of
        condition i), ``failures`` (intervals of δ, within the examined ones, where a condition fails) and
        ``shrinking`` (whether a level ends where the next may start, by γ).
    """
    found: dict[str, list[pd.DataFrame]] = {"convexity": [], "centring": [], "failures": []}
    examined = cases(settings.dimensions)
    for done, case in enumerate(examined):
        report(done / len(examined), f"{case.function}, {case.law} noise, d = {case.dimension}")
        levels = np.geomspace(settings.lowest, settings.highest, settings.levels)
        levels = levels[levels < case.limit]
        convexity, centring = _convexity(case, levels), _centring(case, levels, settings.decays)
        failures = _failures(case, convexity, centring)
        for name, table in zip(found, (convexity, centring, failures), strict=True):
            names = {"function": case.function, "law": case.law, "dimension": case.dimension}
            found[name].append(pd.DataFrame(names, index=table.index).join(table))
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
    tables["shrinking"] = _shrinking(settings.decays)
    report(1.0, "done")
    return Findings(tables, list(_verdicts(tables)))


def cases(dimensions: Sequence[int]) -> list[Case]:
    """Return Rastrigin's function in each dimension, and in one also Drop-Wave, x² and −log x."""
    found = []
    for law, sizes in ((LAWS["gaussian"], dimensions), (UNIT_BALL, (1,))):
        rastrigin = partial(smoothed_rastrigin, law=law), partial(_rastrigin_curvature, law=law)
        wave = [partial(smoothed_drop_wave, law=law, derivative=order) for order in (0, 2)]
        sphere = partial(smoothed_sphere, law=law), _sphere_curvature
        found += [Case("rastrigin", law.name, size, *rastrigin, -5, 5, scale=1) for size in sizes]
        found.append(Case("drop_wave", law.name, 1, *wave, -1, 1, scale=1 / 6))
        found.append(Case("sphere", law.name, 1, *sphere, -5, 5, scale=1))
    logarithm = smoothed_negative_logarithm, smoothed_negative_logarithm_curvature
    found.append(Case("negative_logarithm", UNIT_BALL.name, 1, *logarithm, 0, 1, scale=0.1, limit=1))
    return found


def _rastrigin_curvature(points: Tensor, smoothing: float, law: Law) -> Tensor:
    return smoothed_rastrigin_curvature(points, smoothing, law).squeeze(1)


def _sphere_curvature(points: Tensor, smoothing: float) -> Tensor:
    return torch.full_like(points.squeeze(1), 2.0)


def _convexity(case: Case, levels: np.ndarray) -> pd.DataFrame:
    rows = [
        {"definition": definition, "smoothing": level, "curvature": least_curvature(case, level, radius)}
        for definition, radius in RADII.items()
        for level in levels.tolist()
    ]
    return pd.DataFrame(rows)


def _centring(case: Case, levels: np.ndarray, decays: Sequence[float]) -> pd.DataFrame:
    rows = []
    for factor in decays:
        for level in levels.tolist():
            row = {"decay": factor, "smoothing": level, "distance": decentring(case, level, factor)}
            allowed = allowances(level, factor)
            rows += [{"definition": name, **row, "allowed": most} for name, most in allowed.items()]
    return pd.DataFrame(rows)


def _failures(case: Case, convexity: pd.DataFrame, centring: pd.DataFrame) -> pd.DataFrame:
    """Return the intervals of δ where a condition fails, by definition and by σ or γ."""
    found = []

    def add(condition: str, definition: str, parameter: float, intervals: Iterator) -> None:
        names = {"condition": condition, "definition": definition, "parameter": parameter}
        found.extend({**names, "lowest": lowest, "highest": highest} for lowest, highest in intervals)

    for definition, rows in convexity.groupby("definition", sort=False):
        for strength in STRONG_CONVEXITY:

            def surplus(level: float, radius: float = RADII[definition], strength: float = strength) -> float:
                return least_curvature(case, level, radius) - strength + _TOLERANCE

            margins = rows["curvature"] - strength + _TOLERANCE
            intervals = failing(surplus, rows["smoothing"].to_numpy(), margins.to_numpy())
            add("convexity", definition, strength, intervals)
    for (definition, factor), rows in centring.groupby(["definition", "decay"], sort=False):

        def room(level: float, definition: str = definition, factor: float = factor) -> float:
            return allowances(level, factor)[definition] - decentring(case, level, factor) + _TOLERANCE

        margins = rows["allowed"] - rows["distance"] + _TOLERANCE
        intervals = failing(room, rows["smoothing"].to_numpy(), margins.to_numpy())
        add("centring", definition, factor, intervals)
    return pd.DataFrame(found, columns=["condition", "definition", "parameter", "lowest", "highest"])


def _shrinking(decays: Sequence[float]) -> pd.DataFrame:
    """Return whether a level ends inside the ball round the next minimiser, in units of its own δ.

    At an accuracy of σδ²/2 a level ends within δ of its minimiser; the next minimiser is as far from that as
    condition (i) allows, and the ball round it has the radius 3γδ.
    """
    rows = [
        {"definition": definition, "decay": factor, "reach": 1 + distance, "ball": 3 * factor}
        for factor in sorted({*decays, *BORDERLINE})
        for definition, distance in allowances(1.0, factor).items()
    ]
    table = pd.DataFrame(rows)
    return table.assign(contained=table["reach"] <= table["ball"] + _TOLERANCE)


def _verdicts(tables: Tables) -> Iterator[Verdict]:
    yield _niceness(
        tables,
        "rastrigin",
        "gaussian",
        NEW,
        2.0,
        claim="Rastrigin's function is a new σ-nice function with σ = 2",
        source="arXiv 2412.11501, abstract",
        remark="Radius δ is the weakest reading of that definition, whose text was not at hand.",
    )
    yield _niceness(
        tables,
        "rastrigin",
        "gaussian",
        WIDE,
        0.0,
        claim="Rastrigin's function is σ-nice for some σ > 0",
        source=_SOURCE,
        remark="Uniform noise in the unit ball fails too, and in condition (i) besides.",
    )
    yield _niceness(
        tables,
        "negative_logarithm",
        UNIT_BALL.name,
        WIDE,
        1.0,
        claim="−log x on (0, 1] is 1-nice at every δ < 1",
        source="arXiv 2311.08745, appendix on the cross-entropy",
        remark=(
            "Noise uniform on [−1, 1], f̂ on (δ, 1]. With δ ≥ 1 or unbounded noise f̂ does not exist: not at "
            "every δ > 0; and x is the probability put out, not a weight."
        ),
    )
    yield _niceness(
        tables,
        "sphere",
        UNIT_BALL.name,
        WIDE,
        2.0,
        claim="x² is 2-nice (control)",
        source=_SOURCE,
        remark="Smoothing adds a constant.",
    )
    yield _least_shrink(tables["shrinking"])


def _niceness(
    tables: Tables, function: str, law: str, definition: str, strength: float, **texts: str
) -> Verdict:
    """Return the verdict on one claim, in the lowest dimension examined; strength 0 is any σ > 0."""
    convexity, centring, failures = (
        table[(table["function"] == function) & (table["law"] == law) & (table["definition"] == definition)]
        for table in (tables["convexity"], tables["centring"], tables["failures"])
    )
    dimension = convexity["dimension"].min()
    curvature = convexity.loc[convexity["dimension"] == dimension, "curvature"]
    least = float(curvature.min())
    strong = least >= strength - _TOLERANCE if strength else least > _TOLERANCE
    centred = bool((centring["distance"] <= centring["allowed"] + _TOLERANCE).all())
    rows = failures[(failures["dimension"] == dimension) & (failures["condition"] == "convexity")]
    failed = "; ".join(
        f"σ {'=' if row.parameter else '>'} {row.parameter:g} for δ in ({row.lowest:.3f}, {row.highest:.3f})"
        for row in rows[rows["parameter"].isin({0.0, strength})].itertuples()
    )
    return Verdict(
        claim=texts["claim"],
        source=texts["source"],
        outcome=SUPPORTED if strong and centred else CONTRADICTED,
        statistic=f"least curvature on the ball round a minimiser ({definition}), over δ; bound {strength:g}",
        value=least,
        low=least,
        high=least,
        n=len(curvature),
        unit="degrees of smoothing",
        remark=f"Condition (ii) fails with {failed}. {texts['remark']}" if failed else texts["remark"],
    )


def _least_shrink(shrinking: pd.DataFrame) -> Verdict:
    def room(factor: float) -> float:
        return 3 * factor - 1 - max(allowances(1.0, factor).values())

    least = optimize.brentq(room, 0.1, 0.9)
    right = (shrinking["contained"] == (shrinking["decay"] >= least - _TOLERANCE)).all()
    return Verdict(
        claim="Every level starts in the strongly convex ball if and only if γ ≥ 1/2",
        source="arXiv 2311.08745, Proposition 5.1",
        outcome=SUPPORTED if right and abs(least - 0.5) <= _TOLERANCE else CONTRADICTED,
        statistic="least γ with 1 + (distance of the minimisers)/δ ≤ 3γ",
        value=least,
        low=least,
        high=least,
        n=len(RADII),
        unit="definitions",
        remark="In the worst case that accuracy σδ²/2 and condition (i) allow; the same in both definitions.",
    )
