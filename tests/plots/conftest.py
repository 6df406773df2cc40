from itertools import product

import numpy as np
import pandas as pd
import pytest

from graduated.plots.figures import FIGURES

DIVERGED = [(0.5, 4, 0), (0.5, 4, 1), (0.5, 4, 2), (0.5, 8, 1)]


def synthetic_table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    noise_std = np.sqrt(20)
    rows = []
    for learning_rate, batch_size, seed in product((0.01, 0.05, 0.1, 0.5), 2 ** np.arange(2, 10), range(3)):
        diverged = (learning_rate, batch_size, seed) in DIVERGED
        noise_ratio = learning_rate / np.sqrt(batch_size)
        decade = np.log10(noise_ratio * noise_std)
        sharpness = 10 ** (-3.1 - 0.9 * decade + rng.normal(0, 0.12))
        accuracy = 0.982 - 0.0144 * (decade + 0.6) ** 2 + rng.normal(0, 0.0025)
        rows.append(
            {
                "run": f"constant/lr~{learning_rate:g}/b~{batch_size}/seed~{seed}",
                "schedule": "constant",
                "learning_rate": learning_rate,
                "batch_size": batch_size,
                "seed": seed,
                "epochs": 40,
                "status": "diverged" if diverged else "finished",
                "smoothing": noise_ratio * noise_std,
                "noise_ratio": noise_ratio,
                "test_accuracy": 0.1 if diverged else accuracy,
                "sharpness": np.nan if diverged else sharpness,
                "dataset": "digits",
                "model": "small_resnet",
                "preset": "digits",
                "sharpness_radius": 0.0002,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def synthetic() -> pd.DataFrame:
    """The table, to be left as it is."""
    return synthetic_table()


@pytest.fixture
def table(synthetic) -> pd.DataFrame:
    return synthetic.copy()


@pytest.fixture(scope="session")
def figures(synthetic) -> dict:
    return {name: build(synthetic) for name, build in FIGURES.items()}
