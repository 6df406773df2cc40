"""Results tables of worlds whose laws are known."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

LEARNING_RATES, BATCH_SIZES, SEEDS = (0.01, 0.05, 0.1, 0.5), (8, 16, 32, 64, 128, 256), range(5)
VARIANCE = 100.0


def world(
    sharpness: Callable = lambda rate, size, delta: delta**-1,
    accuracy: Callable = lambda rate, size, delta: 0.6 - 0.2 * np.log10(delta / 0.3) ** 2,
    noise: float = 0.02,
    seeds=SEEDS,
) -> pd.DataFrame:
    """Return a results table: laws of (η, b, δ), with noise that differs from seed to seed."""
    generator = np.random.default_rng(3)
    rows = []
    for rate, size, seed in product(LEARNING_RATES, BATCH_SIZES, seeds):
        delta = rate * np.sqrt(VARIANCE / size)
        rows.append(
            {
                "preset": "world",
                "run": f"{rate}/{size}/{seed}",
                "learning_rate": rate,
                "batch_size": size,
                "seed": seed,
                "smoothing": delta,
                "status": "finished",
                "train_loss": np.exp(noise * generator.normal()) * (1 + 0.1 / delta),
                "sharpness": sharpness(rate, size, delta) * np.exp(noise * generator.normal()),
                "test_accuracy": accuracy(rate, size, delta) + 0.2 * noise * generator.normal(),
            }
        )
    return pd.DataFrame(rows)
