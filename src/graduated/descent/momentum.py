"""How far momentum moves the weights a step: where the gradient is constant, and where it alternates."""

from collections.abc import Callable

import pandas as pd
import torch

from graduated.descent import BOOK
from graduated.studies import Verdict
from graduated.studies.verdicts import exact_verdict

GRADIENTS: dict[str, Callable[[int], float]] = {
    "constant": lambda n: 1.0,
    "alternating": lambda n: (-1.0) ** n,
}
"""The gradient at the n-th step, by name."""

_STEPS = 400
_LEARNING_RATE = 0.01


def predicted_speed(gradient: str, momentum: float, step: int) -> float:
    """Return |Δw|/η at a step, from 1 on: a geometric sum that tends to 1/(1 − μ) or to 1/(1 + μ)."""
    ratio = momentum if gradient == "constant" else -momentum
    return (1 - ratio**step) / (1 - ratio)


def speeds(momentum: float) -> pd.DataFrame:
    """Let ``torch.optim.SGD`` with momentum follow given gradients.

    Args:
        momentum: μ.

    Returns:
        Columns gradient, step (from 1 on), speed (|Δw|/η) and predicted.
    """
    rows = []
    for name, gradient in GRADIENTS.items():
        weight = torch.zeros(1, dtype=torch.float64)
        optimizer = torch.optim.SGD([weight], lr=_LEARNING_RATE, momentum=momentum)
        for step in range(1, _STEPS + 1):
            before = weight.item()
            weight.grad = torch.tensor([gradient(step)], dtype=torch.float64)
            optimizer.step()
            speed = abs(weight.item() - before) / _LEARNING_RATE
            predicted = predicted_speed(name, momentum, step)
            rows.append({"gradient": name, "step": step, "speed": speed, "predicted": predicted})
    return pd.DataFrame(rows)


def verdicts(speeds: pd.DataFrame, momentum: float) -> list[Verdict]:
    """Judge the effective learning rates, from the table of this module."""
    error = (speeds["speed"] / speeds["predicted"] - 1).abs()
    ends = speeds.groupby("gradient")["speed"].last()
    real = (1 - momentum**0.5) ** 2
    statistic = "largest relative error of |Δw|/η against the geometric sum"
    return [
        exact_verdict(
            "Where the gradient is constant, momentum makes the learning rate η/(1 − μ)",
            f"{BOOK}, section 7.3.1",
            statistic,
            error[speeds["gradient"] == "constant"],
            "steps",
            f"It tends to {ends['constant']:.4g}η at μ = {momentum:g}, after some 1/(1 − μ) steps. On a "
            f"quadratic this holds for ηλ far below (1 − √μ)² = {real:.2g} only; from there to (1 + √μ)² "
            "the way oscillates and shrinks by √μ a step, whatever η is.",
        ),
        exact_verdict(
            "Where the gradient alternates in sign, momentum makes the learning rate η/(1 + μ)",
            f"{BOOK}, section 7.3.1, which says close to η",
            statistic,
            error[speeds["gradient"] == "alternating"],
            "steps",
            f"{ends['alternating']:.3g}η at μ = {momentum:g}: nearly half of η, so “close to η” holds to a "
            "factor of 2. The largest stable learning rate is 1 + μ times as large for the same reason.",
        ),
    ]
