"""Made-up histories of methods that are compared, of the form that ``graduated.methods`` tabulates."""

import numpy as np
import pandas as pd

from graduated.noise.smoothing import effective_smoothing, smoothing
from graduated.schedules import Start, build
from graduated.schedules.perturbation import Perturbation

SAMPLES, EPOCHS, SEEDS = 1437, 20, (0, 1, 2)
VARIANCE, NORM = 8.0, 1.9

STAGES = {"schedule": "step", "interval": 4}
FOUR = {
    "constant": {"batch_size": 128},
    "decaying η": {"batch_size": 128, **STAGES, "learning_rate_factor": 0.5**0.5},
    "growing b": {"batch_size": 16, **STAGES, "batch_size_factor": 2},
    "hybrid": {"batch_size": 32, **STAGES, "learning_rate_factor": 0.75**0.5, "batch_size_factor": 1.5},
}
TWELVE = {
    **{
        f"poly p={power:g}": {"schedule": "polynomial", "power": power}
        for power in (0.1, 0.5, 0.9, 1, 2, 4, 8)
    },
    "cosine": {"schedule": "cosine"},
    "exponential": {"schedule": "exponential"},
    **{f"inverse time C={c}": {"schedule": "inverse_time", "constant": float(c)} for c in (1, 10, 100)},
}
MOMENTUM = {
    "SGD": {},
    "SHB": {"optimizer": "shb", "momentum": 0.9},
    "NSHB by β": {
        "optimizer": "nshb",
        "momentum": 0.9,
        "schedule": "noise_reduction",
        "batch_size_share": 0.0,
    },
    "explicit": {"perturbation": {"first": 1.0, "levels": 5, "factor": 0.5}},
}


def run_of(name, settings, seed, epochs) -> pd.DataFrame:
    settings = dict(settings)
    optimizer, momentum = settings.pop("optimizer", "sgd"), settings.pop("momentum", 0.0)
    levels = settings.pop("perturbation", None)
    levels = Perturbation(epochs, **levels) if levels else None
    start = Start(0.1, settings.pop("batch_size", 32), epochs, optimizer, momentum, samples=SAMPLES)
    schedule = build(settings.pop("schedule", "constant"), start, settings)
    steps = [schedule.at(epoch) for epoch in range(epochs)]
    rows = pd.DataFrame(
        {
            "run": f"{name}/{seed}",
            "method": name,
            "seed": seed,
            "status": "finished",
            "dataset": "digits",
            "model": "small_resnet",
            "epochs": epochs,
            "epoch": np.arange(1, epochs + 1),
            "updates": np.cumsum([-(-SAMPLES // step.batch_size) for step in steps]),
            "learning_rate": [step.learning_rate for step in steps],
            "batch_size": [step.batch_size for step in steps],
            "momentum": [step.momentum for step in steps],
            "perturbation": [levels.at(epoch) if levels else 0.0 for epoch in range(epochs)],
        }
    )
    noise = np.random.default_rng([seed, *name.encode()]).normal(size=(2, epochs))
    drift = np.cumsum(rows["learning_rate"] * np.diff(rows["updates"], prepend=0))
    loss = 2.3 / (1 + drift) ** 1.5 + 0.02 * rows["learning_rate"] / rows["batch_size"]
    rule = {"optimizer": optimizer, "momentum": rows["momentum"]}
    settings = rows["learning_rate"], rows["batch_size"], VARIANCE
    return rows.assign(
        train_loss=loss * np.exp(0.05 * noise[0]),
        test_loss=1.2 * loss + 0.05,
        train_accuracy=np.exp(-0.4 * loss),
        test_accuracy=0.98 * np.exp(-0.5 * loss) - 0.002 * np.abs(noise[1]),
        smoothing=smoothing(*settings, **rule, gradient_norm=NORM),
        effective_smoothing=effective_smoothing(*settings, **rule),
    )


def history_of(methods, seeds=SEEDS, epochs=EPOCHS) -> pd.DataFrame:
    runs = [run_of(name, settings, seed, epochs) for name, settings in methods.items() for seed in seeds]
    return pd.concat(runs, ignore_index=True)


def with_divergence(history, method="growing b", seed=1, last=6) -> pd.DataFrame:
    run = (history["method"] == method) & (history["seed"] == seed)
    exploding = history["train_loss"].where(~run, 10.0 ** history["epoch"])
    exploding = exploding.mask(run & (history["epoch"] == last), np.inf)
    history = history.assign(train_loss=exploding, status=history["status"].where(~run, "diverged"))
    return history[~run | (history["epoch"] <= last)]
