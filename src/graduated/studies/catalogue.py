"""Which studies there are, and where each is carried out. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graduated.options import construct
from graduated.studies.settings import (
    Convergence,
    DescentIdentity,
    DescentTheory,
    DoubleDescent,
    GlobalOptimizers,
    HessianSpectrum,
    NiceFunctions,
    NoiseEstimators,
    NoiseLaw,
    NoiseTails,
    OptimizerLaws,
    Regularisation,
    SaddleToSaddle,
    SharpnessSensitivity,
    SmoothingGap,
    SmoothingLaws,
    TeleportationOnDigits,
    TeleportationTheory,
    Trajectories,
)


@dataclass(frozen=True)
class Study:
    """One study.

    Attributes:
        question: What it asks, one line.
        measuring: Module with ``measure(settings, report) -> Findings``; of a study on networks
            ``measure(settings, training, report, resume) -> Findings``, training being an untrained pack.
        drawing: Module with ``FIGURES``, functions of the study's tables by file name.
        settings: Its settings' class.
        tables: Names of its tables.
        figures: Names of its figures.
        on_network: Whether it trains networks of the preset. Its settings then hold learning_rate,
            batch_size, seed (several) and epochs (several, the times of measurement).
    """

    question: str
    measuring: str
    drawing: str
    settings: type
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    on_network: bool = False


STUDIES: dict[str, Study] = {
    "smoothing_laws": Study(
        question="Does light-tailed noise smooth a function with many local minima, and heavy-tailed noise?",
        measuring="graduated.theory.smoothing_laws",
        drawing="graduated.plots.theory.smoothing_laws",
        settings=SmoothingLaws,
        tables=("smoothed", "curves", "barriers", "settling", "exponents", "convexity"),
        figures=("smoothing_laws", "smoothing_laws_means"),
    ),
    "smoothing_gap": Study(
        question="How far is the smoothed function from the function, and is the noise as small as assumed?",
        measuring="graduated.theory.smoothing_gap",
        drawing="graduated.plots.theory.smoothing_gap",
        settings=SmoothingGap,
        tables=("gaps", "norms"),
        figures=("smoothing_gap",),
    ),
    "nice_functions": Study(
        question="Which functions are σ-nice, and at which degrees of smoothing do the others fail?",
        measuring="graduated.theory.nice_functions",
        drawing="graduated.plots.theory.nice_functions",
        settings=NiceFunctions,
        tables=("convexity", "centring", "failures", "shrinking"),
        figures=("nice_functions_curvature", "nice_functions_failures"),
    ),
    "descent_identity": Study(
        question="Is a step of SGD, in expectation, a step of gradient descent on the smoothed function?",
        measuring="graduated.theory.descent_identity",
        drawing="graduated.plots.theory.descent_identity",
        settings=DescentIdentity,
        tables=("comparisons", "coverage", "enumeration"),
        figures=("descent_identity",),
    ),
    "convergence": Study(
        question="Does graduated optimization find global minima, and in how many steps?",
        measuring="graduated.theory.convergence",
        drawing="graduated.plots.theory.convergence",
        settings=Convergence,
        tables=("success", "iterations", "slopes", "reached", "profile", "niceness"),
        figures=("convergence_success", "convergence_iterations", "convergence_nice_function"),
    ),
    "trajectories": Study(
        question="Does SGD's noise equal optimising the smoothed function along a trajectory and a schedule?",
        measuring="graduated.theory.trajectories",
        drawing="graduated.plots.theory.trajectories",
        settings=Trajectories,
        tables=("spread", "agreement", "basins", "schedules"),
        figures=("trajectories_agreement", "trajectories_ends", "trajectories_schedules"),
    ),
    "global_optimizers": Study(
        question="Does explicit graduated optimization beat other global optimizers on benchmark functions?",
        measuring="graduated.theory.global_optimizers",
        drawing="graduated.plots.theory.global_optimizers",
        settings=GlobalOptimizers,
        tables=("runs", "summary", "duels", "ranks", "schedules"),
        figures=("optimizer_profiles", "optimizer_medians", "optimizer_schedules"),
    ),
    "optimizer_laws": Study(
        question="What follows from gradient methods' update rules, and does SGD's noise act by δ or by α/b?",
        measuring="graduated.theory.optimizer_laws",
        drawing="graduated.plots.theory.optimizer_laws",
        settings=OptimizerLaws,
        tables=(
            "valley",
            "identities",
            "step_sizes",
            "rates",
            "stability",
            "stability_curves",
            "grid",
            "runs",
            "floor",
            "decay",
            "escape",
        ),
        figures=(
            "optimizer_laws_valley",
            "optimizer_laws_surfaces",
            "optimizer_laws_quadratic",
            "optimizer_laws_noise",
        ),
    ),
    "saddle_to_saddle": Study(
        question="Do networks learn from small weights in stages, and when does each stage end?",
        measuring="graduated.saddle_to_saddle.study",
        drawing="graduated.plots.theory.saddle_to_saddle",
        settings=SaddleToSaddle,
        tables=(
            "plateaus",
            "stages",
            "slopes",
            "paths",
            "lemma",
            "alignment",
            "exponents",
            "steps",
            "descents",
            "deep",
        ),
        figures=("saddle_stages", "saddle_laws", "saddle_fast_algorithm"),
    ),
    "descent_theory": Study(
        question="Do gradient descent, momentum and initial weights do what closed forms say?",
        measuring="graduated.descent.descent_theory",
        drawing="graduated.plots.theory.descent_theory",
        settings=DescentTheory,
        tables=(
            "coefficients",
            "steps",
            "rates",
            "zigzag",
            "speeds",
            "input_scales",
            "batch_means",
            "activations",
            "batch_norm",
        ),
        figures=("descent_theory",),
    ),
    "regularisation": Study(
        question="Which weight decay is consistent under linear maps, and is early stopping like it?",
        measuring="graduated.descent.regularisation",
        drawing="graduated.plots.theory.regularisation",
        settings=Regularisation,
        tables=("rescalings", "effective_parameters", "shrinkage", "risks"),
        figures=("regularisation",),
    ),
    "double_descent": Study(
        question="Does the risk descend twice, in parameters, in samples and in time, as closed forms say?",
        measuring="graduated.descent.double_descent",
        drawing="graduated.plots.theory.double_descent",
        settings=DoubleDescent,
        tables=("parameters", "parameters_summary", "samples", "samples_summary", "steps", "plateaus"),
        figures=("double_descent",),
    ),
    "teleportation_theory": Study(
        question="Does moving along level sets to steep points speed up gradient descent, as theorems say?",
        measuring="graduated.teleportation.theory",
        drawing="graduated.plots.theory.teleportation_theory",
        settings=TeleportationTheory,
        tables=(
            "booth",
            "booth_level_sets",
            "rosenbrock",
            "ends",
            "after_one",
            "contraction",
            "newton",
            "orders",
            "bound",
        ),
        figures=("teleportation_functions", "teleportation_theorems"),
    ),
    "teleportation_on_digits": Study(
        question="Do teleports keep a network's loss, do they help optimizers, and what does sharpness tell?",
        measuring="graduated.teleportation.digits",
        drawing="graduated.plots.theory.teleportation_on_digits",
        settings=TeleportationOnDigits,
        tables=("invariance", "histories", "teleports", "ratios", "sharpness", "correlations"),
        figures=("teleportation_networks", "teleportation_sharpness"),
    ),
    "noise_law": Study(
        question="Does the mean square of a mini-batch gradient's noise fall as C²/b?",
        measuring="graduated.theory.noise_law",
        drawing="graduated.plots.theory.noise_law",
        settings=NoiseLaw,
        tables=("mean_squares", "fits"),
        figures=("noise_law",),
        on_network=True,
    ),
    "noise_estimators": Study(
        question="Is C² one constant along a training, and do its estimators agree?",
        measuring="graduated.theory.noise_estimators",
        drawing="graduated.plots.theory.noise_estimators",
        settings=NoiseEstimators,
        tables=("estimates",),
        figures=("noise_estimators",),
        on_network=True,
    ),
    "noise_tails": Study(
        question="Is the noise of mini-batch gradients light-tailed, or even normal?",
        measuring="graduated.theory.noise_tails",
        drawing="graduated.plots.theory.noise_tails",
        settings=NoiseTails,
        tables=(
            "histograms",
            "quantiles",
            "kurtosis",
            "tails",
            "controls",
            "moments",
            "moment_slopes",
            "normality",
        ),
        figures=("noise_histograms", "noise_quantiles", "tail_index", "moment_scaling"),
        on_network=True,
    ),
    "sharpness_sensitivity": Study(
        question="How far does sharpness depend on ρ, n, m, the normalisation and the search?",
        measuring="graduated.sharpness.sensitivity",
        drawing="graduated.plots.theory.sharpness_sensitivity",
        settings=SharpnessSensitivity,
        tables=("values", "agreement", "gains"),
        figures=("sharpness_sensitivity",),
        on_network=True,
    ),
    "hessian_spectrum": Study(
        question="What is the spectrum of the Hessian along training, and is SGD at the edge of stability?",
        measuring="graduated.theory.hessian_spectrum",
        drawing="graduated.plots.theory.hessian_spectrum",
        settings=HessianSpectrum,
        tables=("spectra", "extremes"),
        figures=("hessian_spectrum",),
        on_network=True,
    ),
}
"""Every study by name."""


def make_settings(name: str, values: Mapping[str, Any]) -> Any:
    """Return a study's settings, with the values that differ from the defaults.

    Args:
        name: Of the study.
        values: As read from YAML or JSON; lists become tuples.

    Raises:
        ValueError: The study or a setting is unknown, or a value is out of range.
    """
    if name not in STUDIES:
        raise ValueError(f"{name!r} is unknown; expected one of {', '.join(STUDIES)}")
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return construct(STUDIES[name].settings, frozen)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
