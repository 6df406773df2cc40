"""What the tables say of the claims on stage-wise learning."""

import numpy as np
import pandas as pd

from graduated.saddle_to_saddle.depth import LAYERWISE, TOGETHER
from graduated.saddle_to_saddle.fast import FAST, PLAIN
from graduated.saddle_to_saddle.judging import by_largest, by_mean, by_share
from graduated.saddle_to_saddle.regression import CORRELATED, NEARLY_EQUAL, SYMMETRIC, WHITENED
from graduated.saddle_to_saddle.stages import ASYMPTOTIC, LARGE
from graduated.studies import Tables, Verdict
from graduated.studies.settings import SaddleToSaddle

EXCESS = 1e-3
"""Relative difference of two losses below which they count as one."""

SLOPE_TOLERANCE, EXPONENT_TOLERANCE, DEPTH_TOLERANCE = 0.02, 0.05, 0.1
"""Relative errors of a prediction of escape times, of alignment, and of the escape of three layers."""

STEPS_PER_FOLD = 1.0
"""Steps per e-fold of ε below which an algorithm counts as independent of ε."""

RANK_ONE = 0.1
"""σ₂/σ₁ below which a matrix counts as of rank 1."""

ROUNDING = 1e-12

_ABSTRACT = "Arata, abstract on stage-wise learning"
_LINEAR = "Saxe et al. 2014 (1312.6120); Gidel et al. 2019 (1904.13262)"


def verdicts(tables: Tables, settings: SaddleToSaddle) -> list[Verdict]:
    """Return the verdicts of the study.

    Args:
        tables: Of the study.
        settings: Of the study.
    """
    return [
        *_plateaus(tables, len(settings.teacher)),
        _reduced_rank(tables["stages"]),
        *(_escape(tables["slopes"], kind) for kind in (WHITENED, CORRELATED)),
        *_lemma(tables["lemma"]),
        *_alignment(tables["exponents"], tables["alignment"]),
        _fast(tables["steps"], settings),
        *_depth(tables["deep"]),
    ]


def _plateaus(tables: Tables, rank: int) -> list[Verdict]:
    plateaus = tables["plateaus"]
    small = plateaus[plateaus["scale"] <= ASYMPTOTIC]
    linear = small[small["activation"] == "linear"]
    at_most = f"every ε ≤ {ASYMPTOTIC:g}"
    counted = "A plateau is a least gradient with rises by half a decade or more on either side."
    ordinary = linear[linear["data"] != NEARLY_EQUAL]
    large = plateaus[(plateaus["scale"] == LARGE) & (plateaus["data"] != NEARLY_EQUAL)]
    found = [
        by_share(
            "Learning by gradient descent from small weights waits at as many plateaus as the teacher has "
            "rank",
            f"{_ABSTRACT}; {_LINEAR}",
            f"share of data sets with {rank} plateaus at {at_most}",
            _all(ordinary, ordinary["plateaus"] == rank),
            f"Linear networks, whitened and correlated inputs. {counted} Singular values of the noise, far "
            "smaller, would come later.",
        ),
        by_share(
            "Nearly equal singular values have plateaus of their own",
            "control",
            f"share of data sets with {rank} plateaus at {at_most}, s₂ = 0.95 s₁",
            _all(linear[linear["data"] == NEARLY_EQUAL], linear["plateaus"] == rank),
            "Stages overlap while log(1/ε)(s₁/s₂ − 1) is not well above 1.",
        ),
        by_share(
            "Learning from large weights waits at plateaus",
            "control",
            f"share of data sets with any plateau at ε = {LARGE:g}",
            _all(large, large["plateaus"] > 0),
            "Linear networks.",
        ),
    ]
    for activation in ("tanh", "ReLU"):
        own = small[small["activation"] == activation]
        found.append(
            by_share(
                f"{activation} networks wait at as many plateaus as linear ones",
                _ABSTRACT,
                f"share of data sets with {rank} plateaus at ε = {ASYMPTOTIC:g}",
                _all(own, own["plateaus"] == rank),
                f"Linear teacher, correlated inputs. {counted} On average {own['plateaus'].mean():.1f} are "
                "found.",
            )
        )
    return found


def _reduced_rank(stages: pd.DataFrame) -> Verdict:
    smallest = stages[(stages["scale"] == stages["scale"].min()) & stages["loss"].notna()]
    worst = float((smallest["loss"] / smallest["optimum"] - 1).abs().max())
    return by_largest(
        "Each plateau is the reduced-rank regression of that rank",
        f"{_LINEAR}; Jacot et al. 2021 (2106.15933)",
        f"largest |L/L_k − 1| at plateaus, ε = {smallest['scale'].iloc[0]:g}",
        worst,
        EXCESS,
        smallest["set"].nunique(),
        f"Linear networks. W₂W₁ is within {smallest['distance'].max():.2g} of the reduced-rank map "
        f"(relative), its next singular value at most {smallest['next_singular_value'].max():.1g} of the "
        "last.",
    )


def _escape(slopes: pd.DataFrame, kind: str) -> Verdict:
    own = slopes[slopes["data"] == kind].assign(ratio=lambda table: table["slope"] / table["predicted"])
    rank, ratios = _farthest(own, "rank")
    at_saddles = own["slope"] / own["predicted_at_saddles"]
    return by_mean(
        f"Stage k is escaped after log(1/ε)/log(1 + ηs_k) + O(1) steps, {kind} inputs",
        _LINEAR,
        f"slope in log(1/ε) over the predicted one, stage {rank}, the farthest from 1",
        ratios,
        (1 - SLOPE_TOLERANCE, 1 + SLOPE_TOLERANCE),
        f"Linear networks, ε ≤ {ASYMPTOTIC:g}; s_k at the origin. With the rates at the saddles passed, "
        f"single data sets lie within {(at_saddles - 1).abs().max():.1%} of the prediction, with these "
        f"within {(own['ratio'] - 1).abs().max():.1%}.",
    )


def _lemma(lemma: pd.DataFrame) -> list[Verdict]:
    homogeneous = lemma[lemma["activation"] != "tanh"]
    tanh = lemma[lemma["activation"] == "tanh"].groupby("scale")["residual"].mean()
    others = ", ".join(f"{value:.1g} at ε = {scale:g}" for scale, value in tanh[tanh.index < 1].items())
    remarks = ("Linear, ReLU and leaky ReLU networks.", f"It falls as ε²: {others} on average.")
    cases = (homogeneous, lemma[(lemma["activation"] == "tanh") & (lemma["scale"] == 1)])
    return [
        by_largest(
            f"A step of gradient descent is Lemma 1's matrix times each unit, {name} activations",
            f"{_ABSTRACT}, Lemma 1",
            "largest error relative to the step",
            float(case["residual"].max()),
            ROUNDING,
            case["set"].nunique(),
            remark,
        )
        for name, case, remark in zip(("positively homogeneous", "tanh"), cases, remarks, strict=True)
    ]


def _alignment(exponents: pd.DataFrame, aligned: pd.DataFrame) -> list[Verdict]:
    table = exponents.assign(ratio=exponents["exponent"] / exponents["predicted"])
    relu = aligned[(aligned["activation"] == "ReLU") & (aligned["data"] == CORRELATED)]
    by_size = relu[relu["scale"] == relu["scale"].max()].groupby("samples")["misalignment"].mean()
    sizes = ", ".join(f"{value:.2f} at n = {samples}" for samples, value in by_size.items())
    remarks = {
        ("linear", WHITENED): "",
        ("linear", CORRELATED): "",
        ("tanh", CORRELATED): "Small weights see the slope of tanh at 0 only.",
        ("ReLU", CORRELATED): f"It stays at {sizes}: units of different half-spaces see different data.",
        ("ReLU", SYMMETRIC): "With −x and −y for every x and y all units see XYᵀ/2, and s_k/2 predicts.",
    }
    found = []
    for (activation, kind), remark in remarks.items():
        own = table[(table["activation"] == activation) & (table["data"] == kind)]
        rate, ratios = _farthest(own, "learning_rate")
        found.append(
            by_mean(
                "Units leave the origin misaligned by a multiple of ε^p, p = 1 − log(1 + ηs₂)/log(1 + ηs₁): "
                f"{activation} networks, {kind} inputs",
                f"{_ABSTRACT}, Theorem 1",
                f"exponent over the predicted one, η = {rate:g}"
                + (", the farthest from 1" if own["learning_rate"].nunique() > 1 else ""),
                ratios,
                (1 - EXPONENT_TOLERANCE, 1 + EXPONENT_TOLERANCE),
                f"The abstract says δ(ε, η) → 0; p is that of the linear dynamics. {remark}".rstrip(),
            )
        )
    return found


def _fast(steps: pd.DataFrame, settings: SaddleToSaddle) -> Verdict:
    tolerance = sorted(settings.tolerances)[len(settings.tolerances) // 2]
    small = steps[(steps["scale"] <= ASYMPTOTIC) & (steps["data"] == CORRELATED)]
    quick = small[(small["algorithm"] == FAST) & (small["tolerance"] == tolerance)]
    plain = small[small["algorithm"] == PLAIN]
    wide = steps[(steps["data"] == CORRELATED) & (steps["scale"] == steps["scale"].max())]
    wide_plain = wide[wide["algorithm"] == PLAIN]["learned"].mean()
    return by_mean(
        "The fast algorithm's steps do not depend on ε, those of gradient descent grow with log(1/ε)",
        _ABSTRACT,
        f"steps of the fast algorithm per e-fold of ε; within ±{STEPS_PER_FOLD:g} expected",
        _per_fold(quick),
        (-STEPS_PER_FOLD, STEPS_PER_FOLD),
        f"Correlated inputs, ε ≤ {ASYMPTOTIC:g}, ‖∇L‖ < {tolerance:g} at a saddle: "
        f"{quick['learned'].mean():.0f} steps and {quick['moves'].mean():.3g} moves; gradient descent "
        f"{_per_fold(plain).mean():.1f} steps per e-fold, and from ε = {steps['scale'].max():g} only "
        f"{wide_plain:.0f} in all. How far to move and when are ours.",
    )


def _depth(deep: pd.DataFrame) -> list[Verdict]:
    together = deep[(deep["updates"] == TOGETHER) & (deep["scale"] < deep["scale"].max())]
    fits = [
        np.polyfit(-np.log(line["scale"]), np.log(line["escape"]), 1)[0]
        for _, line in together.groupby("set")
    ]
    least = deep["scale"].min()
    ratios = deep[(deep["updates"] == LAYERWISE) & (deep["scale"] == least)]["second_over_first"]
    same = deep[(deep["updates"] == TOGETHER) & (deep["scale"] == least)]["second_over_first"]
    return [
        by_mean(
            "Linear networks of three layers leave the origin after steps in proportion to 1/ε",
            "linear dynamics of balanced layers, as in Saxe et al. 2014 (1312.6120)",
            f"exponent of 1/ε in the first escape, ε ≤ {together['scale'].max():g}",
            np.array(fits),
            (1 - DEPTH_TOLERANCE, 1 + DEPTH_TOLERANCE),
            "No logarithm, as there is with two layers: O(log 1/ε) steps are of two layers alone.",
        ),
        by_mean(
            "Layer-wise gradient descent on deeper networks waits where every layer is nearly of rank 1",
            _ABSTRACT,
            f"largest σ₂/σ₁ of a layer on the first plateau, ε = {least:g}; below {RANK_ONE:g} expected",
            ratios.to_numpy(),
            (-np.inf, RANK_ONE),
            f"Three linear layers. All layers together: {same.mean():.2g}.",
        ),
    ]


def _per_fold(steps: pd.DataFrame) -> np.ndarray:
    """Return the slope of the steps in log(1/ε) of every data set."""
    lines = steps.groupby("set")
    return np.array([np.polyfit(-np.log(line["scale"]), line["learned"], 1)[0] for _, line in lines])


def _farthest(table: pd.DataFrame, by: str) -> tuple[float, np.ndarray]:
    """Return the group whose mean ratio is farthest from 1, and its ratios."""
    means = table.groupby(by)["ratio"].mean()
    group = (means - 1).abs().idxmax()
    return group, table.loc[table[by] == group, "ratio"].to_numpy()


def _all(table: pd.DataFrame, holds: pd.Series) -> np.ndarray:
    """Return of every data set whether something holds in all of its rows."""
    return holds[table.index].groupby(table["set"]).all().to_numpy()
