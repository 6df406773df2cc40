"""Batch normalisation makes a network invariant to the scale of the weights before it."""

import pandas as pd
import torch
from torch import Tensor, nn

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.verdicts import exact_verdict

EPSILONS = (1e-12, 1e-5)
"""δ in the root of the variance: nearly none, and PyTorch's default."""

_FACTOR = 0.1
_TOLERANCE = 1e-6


def residuals() -> pd.DataFrame:
    """Scale the weights before a batch normalisation by 1/10, in training mode.

    Returns:
        Columns epsilon, identity and residual: f(aW) = f(W), W·∇L = 0 and ∇L(aW) = ∇L(W)/a.
    """
    generator = stream(0, "descent_theory/batch_norm")
    inputs, weights, readout, targets = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((50, 4), (8, 4), (1, 8), (50, 1))
    )
    rows = []
    for epsilon in EPSILONS:
        output, gradient = _pass(inputs, weights, readout, targets, epsilon)
        scaled, steeper = _pass(inputs, _FACTOR * weights, readout, targets, epsilon)
        along = (weights * gradient).sum() / (weights.norm() * gradient.norm())
        identities = {
            "f(aW) = f(W)": (scaled - output).norm() / output.norm(),
            "W·∇L = 0": along.abs(),
            "∇L(aW) = ∇L(W)/a": (_FACTOR * steeper - gradient).norm() / gradient.norm(),
        }
        rows += [
            {"epsilon": epsilon, "identity": name, "residual": value.item()}
            for name, value in identities.items()
        ]
    return pd.DataFrame(rows)


def _pass(
    inputs: Tensor, weights: Tensor, readout: Tensor, targets: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Return the outputs, and the gradient of the mean square error with respect to the weights."""
    weights = weights.clone().requires_grad_()
    normalised = nn.functional.batch_norm(inputs @ weights.T, None, None, training=True, eps=epsilon)
    output = torch.relu(normalised) @ readout.T
    (gradient,) = torch.autograd.grad(nn.functional.mse_loss(output, targets), weights)
    return output.detach(), gradient


def verdict(table: pd.DataFrame) -> Verdict:
    """Judge the invariance, from the table of this module."""
    exact, usual = (table.loc[table["epsilon"] == epsilon, "residual"] for epsilon in EPSILONS)
    return exact_verdict(
        "With batch normalisation the scale of the weights before it does not matter",
        f"{BOOK}, section 7.4.2",
        "largest relative residual of f(aW) = f(W), W·∇L = 0 and ∇L(aW) = ∇L(W)/a, δ = 10⁻¹²",
        exact,
        "identities",
        f"Training mode, a = {_FACTOR:g}. With PyTorch's δ = 10⁻⁵ the largest is {usual.max():.1g}. "
        "Gradients grow as weights shrink, so weight decay there sets a learning rate, not a complexity.",
        largest=_TOLERANCE,
    )
