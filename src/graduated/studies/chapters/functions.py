"""Studies of the paper's theory on functions: smoothing, σ-nice functions, graduated optimization."""

from graduated.studies.chapters import Study
from graduated.studies.settings import (
    Convergence,
    DescentIdentity,
    GlobalOptimizers,
    NiceFunctions,
    SmoothingGap,
    SmoothingLaws,
    Trajectories,
)

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
}
"""The studies of this chapter by name."""
