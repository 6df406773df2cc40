"""Every study in the smallest settings that fill its figures, to draw them."""

from dataclasses import replace
from importlib import import_module

import pandas as pd

from graduated.experiment.run import Run
from graduated.studies.catalogue import STUDIES, make_settings
from graduated.training.pack import PackTraining
from toys import toy_data

_PROBE = {"batch_size": 16, "seed": [0, 1], "epochs": [0, 1]}

SETTINGS = {
    "smoothing_laws": {"points": 21, "draws": 100, "settling_draws": [50, 500], "repetitions": 20},
    "smoothing_gap": {"smoothings": [0.05, 0.5, 5.0], "dimensions": [1, 2, 100], "draws": 100},
    "nice_functions": {"decays": [0.5], "dimensions": [1], "lowest": 0.05, "highest": 1.5, "levels": 4},
    "descent_identity": {
        "laws": ["gaussian", "exponential"],
        "learning_rates": [0.02],
        "smoothings": [0.3],
        "points": 5,
        "draws": 100,
    },
    "convergence": {
        "dimensions": [1],
        "starts": 10,
        "steps": 400,
        "decays": [0.5, 0.8],
        "sgd_smoothings": [0.1],
        "accuracies": [1e-1, 3e-2, 1e-2],
    },
    "trajectories": {
        "starts": 20,
        "relative_rates": [0.5],
        "smoothings": [0.02, 0.4],
        "time": 0.2,
        "schedule_rate": 1.8,
        "first_smoothings": [0.3, 1.0],
        "stages": 4,
        "stage_steps": [40, 20],
    },
    "global_optimizers": {
        "functions": ["rastrigin", "sphere", "schwefel", "alpine1"],
        "dimension": 2,
        "seeds": 3,
        "evaluations": 300,
        "levels": 3,
        "last": 0.05,
        "steps": 2,
        "draws": 4,
    },
    "optimizer_laws": {
        "starts": 4,
        "steps": 60,
        "learning_rates": [0.001, 0.01, 0.1, 1.0],
        "conditions": [4.0, 16.0],
        "floor_learning_rates": [0.5, 1.0],
        "floor_batch_sizes": [1, 4],
        "replicas": 50,
        "escape_learning_rates": [0.1, 0.2, 0.4],
        "escape_batch_sizes": [2, 4, 8],
        "escape_time": 10.0,
        "escape_steps": 50,
        "runs": 20,
    },
    "saddle_to_saddle": {
        "sets": 2,
        "samples": 30,
        "dimension": 4,
        "units": 8,
        "teacher": [4.0, 1.0],
        "learning_rate": 0.1,
        "alignment_rates": [0.1, 0.05],
        "scales": [1e-4, 1e-6, 1e-8],
        "relu_samples": [30, 100],
        "deep_scales": [0.3, 0.1, 0.03],
    },
    "descent_theory": {
        "conditions": [1.0, 10.0],
        "relative_rates": [0.5, 0.9, 1.1],
        "dimension": 3,
        "steps": 64,
        "scales": [1.0, 3.0, 6.0],
        "samples": 3,
        "widths": [10, 20],
        "depth": 3,
        "seeds": 2,
    },
    "regularisation": {"data_sets": 6, "samples": 10, "hidden": 2, "problems": 6, "features": 5, "times": 20},
    "double_descent": {
        "samples": 20,
        "parameters": [5, 10, 20, 30, 60],
        "features": 60,
        "sample_sizes": [10, 18, 20, 30, 60],
        "repetitions": 6,
        "fast": 6,
        "slow": 2,
        "trained_samples": 12,
    },
    "teleportation_theory": {
        "steps": 250,
        "seeds": 5,
        "levels": 5,
        "horizons": [10, 30, 100],
        "replicas": 20,
    },
    "teleportation_on_digits": {
        "networks": 3,
        "epochs": 3,
        "batch_size": 200,
        "teleports": 1,
        "ascent_steps": 1,
        "correlated_networks": 6,
        "correlated_epochs": [1, 2],
        "directions": 1,
    },
    "noise_law": {**_PROBE, "images": 60, "fewest_batches": 10},
    "noise_estimators": {**_PROBE, "small_batch_size": 5, "large_batch_size": 20, "pairs": 4},
    "noise_tails": {
        **_PROBE,
        "measured_batch_size": [4, 16],
        "batches": 50,
        "coordinates": 20,
        "directions": 4,
    },
    "sharpness_sensitivity": {
        **_PROBE,
        "radius": [0.001, 0.01],
        "reference_radius": 0.001,
        "measured_samples": [8, 16, 32],
        "reference_samples": 16,
        "measured_batch_size": [4, 8, 16],
        "reference_batch_size": 8,
        "steps": 2,
        "restarts": 1,
    },
    "hessian_spectrum": {**_PROBE, "samples": 16, "chunk_size": 16, "steps": 8, "points": 32, "probes": 2},
}


def small_tables(name: str) -> dict[str, pd.DataFrame]:
    """Return the tables of a study in its small settings."""
    study, settings = STUDIES[name], make_settings(name, SETTINGS[name])
    measure = import_module(study.measuring).measure
    if not study.on_network:
        return measure(settings, _say_nothing).tables
    run = Run("toy", "small_resnet", 0.1, 16, 0, 1, model_options=(("width", 2),))
    training = PackTraining([replace(run, seed=seed) for seed in settings.seed], toy_data())
    return measure(settings, training, _say_nothing).tables


def _say_nothing(*_: object) -> None:
    pass
