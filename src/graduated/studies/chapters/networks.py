"""Studies that train networks of the preset: noise of gradients, sharpness, the Hessian."""

from graduated.studies.chapters import Study
from graduated.studies.settings import (
    HessianSpectrum,
    NoiseEstimators,
    NoiseLaw,
    NoiseTails,
    SharpnessSensitivity,
)

STUDIES: dict[str, Study] = {
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
"""The studies of this chapter by name."""
