"""Gradient descent on a regression whose inputs are on different scales, before and after standardising."""

import numpy as np
import pandas as pd
import torch
from scipy import stats

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import DescentTheory
from graduated.studies.verdicts import exact_verdict, mean_verdict

_SAMPLES = 200
_TARGET = 1e-6
_ASYMPTOTIC = 3.0
"""Scale from which on the number of steps is taken to be in proportion to its square."""


def steps_to_minimum(inputs: np.ndarray, targets: np.ndarray) -> int:
    """Return the steps of gradient descent, η = 1/λ_max, until the loss is a millionth above its minimum.

    Args:
        inputs: Shape (n, d).
        targets: Shape (n,).

    Returns:
        Steps until the loss less its minimum is 10⁻⁶ of that at w = 0.
    """
    hessian = inputs.T @ inputs / len(inputs)
    distance = -np.linalg.lstsq(inputs, targets)[0]
    contraction = np.eye(len(hessian)) - hessian / np.linalg.eigvalsh(hessian)[-1]
    first, steps = distance @ hessian @ distance, 0
    while distance @ hessian @ distance > _TARGET * first:
        distance = contraction @ distance
        steps += 1
    return steps


def needed_steps(settings: DescentTheory) -> pd.DataFrame:
    """Count the steps for each scale of the second input; both inputs say equally much of the target.

    Returns:
        Columns scale, data_set, standardised and steps.
    """
    rows = []
    for data_set in range(settings.seeds):
        generator = stream(data_set, "descent_theory/inputs")
        normal = torch.randn((_SAMPLES, 3), generator=generator, dtype=torch.float64).numpy()
        targets = normal.sum(1)
        for scale in settings.scales:
            inputs = normal[:, :2] * [1, scale]
            for standardised, shown in ((False, inputs), (True, stats.zscore(inputs))):
                steps = steps_to_minimum(shown, targets)
                row = {"scale": scale, "data_set": data_set, "standardised": standardised, "steps": steps}
                rows.append(row)
    return pd.DataFrame(rows)


def verdicts(table: pd.DataFrame) -> list[Verdict]:
    """Judge how the number of steps grows with the scale, from the table of this module."""
    raw = table[~table["standardised"] & (table["scale"] >= _ASYMPTOTIC)]
    slopes = [
        stats.linregress(np.log(own["scale"]), np.log(own["steps"])).slope
        for _, own in raw.groupby("data_set")
    ]
    standardised = table[table["standardised"]].groupby("data_set")["steps"]
    return [
        mean_verdict(
            "Inputs on scales 1 and s take gradient descent a number of steps in proportion to s²",
            f"{BOOK}, section 7.4",
            f"exponent of s in the number of steps, s from {raw['scale'].min():g} to {raw['scale'].max():g}",
            slopes,
            "data sets",
            f"Two inputs that say equally much of the target. Steps at s = {raw['scale'].max():g}: "
            f"{raw.loc[raw['scale'] == raw['scale'].max(), 'steps'].mean():,.0f} on average.",
            above=1.9,
            below=2.1,
        ),
        exact_verdict(
            "With standardised inputs the number of steps does not depend on their scales",
            f"{BOOK}, section 7.4",
            "largest difference of steps between scales",
            standardised.max() - standardised.min(),
            "data sets",
            f"{standardised.max().median():.0f} steps at the median data set; what is left is the "
            "correlation of the inputs.",
            largest=0.0,
        ),
    ]
