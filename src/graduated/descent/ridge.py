"""Weight decay in linear regression: what it leaves of each coefficient, and of the parameters."""

import numpy as np
import pandas as pd
import torch

from graduated.descent import BOOK
from graduated.descent.early_stopping import decayed
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.verdicts import exact_verdict

DECAYS = tuple(float(decay) for decay in np.geomspace(1e-3, 1e3, 25))
"""Weight decays λ."""

_SAMPLES, _FEATURES = 60, 12


def shrinkage() -> pd.DataFrame:
    """Solve ridge regressions, and compare them with closed forms in the eigenvectors of XᵀX/n.

    Returns:
        Columns decay (λ), parameters (trace of the hat matrix), predicted (γ = Σ λ_i/(λ_i + λ)) and error
        (largest of a coefficient against λ_i/(λ_i + λ) times that of least squares, relative to the largest).
    """
    size = (_SAMPLES, _FEATURES + 1)
    normal = torch.randn(size, generator=stream(0, "regularisation/ridge"), dtype=torch.float64).numpy()
    design, targets = normal[:, :-1] * np.geomspace(0.1, 3, _FEATURES), normal[:, -1]
    gram = design.T @ design / _SAMPLES
    eigenvalues, axes = np.linalg.eigh(gram)
    least_squares = axes.T @ np.linalg.lstsq(design, targets)[0]
    rows = []
    for decay in DECAYS:
        solver = np.linalg.solve(gram + decay * np.eye(_FEATURES), design.T / _SAMPLES)
        left = decayed(eigenvalues / decay)
        error = np.abs(axes.T @ solver @ targets - left * least_squares).max() / np.abs(least_squares).max()
        parameters = np.trace(design @ solver)
        rows.append({"decay": decay, "parameters": parameters, "predicted": left.sum(), "error": error})
    return pd.DataFrame(rows)


def verdict(table: pd.DataFrame) -> Verdict:
    """Judge the closed forms, from the table of this module."""
    return exact_verdict(
        "Weight decay leaves λ_i/(λ_i + λ) of each coefficient, and Σ λ_i/(λ_i + λ) effective parameters",
        f"{BOOK}, section 9.2",
        "largest error of a coefficient, or of the trace of the hat matrix, relative",
        np.maximum(table["error"], (table["parameters"] / table["predicted"] - 1).abs()),
        "weight decays",
        f"Linear regression with {_FEATURES} features; from {table['parameters'].max():.2f} parameters to "
        f"{table['parameters'].min():.2f}.",
    )
