"""Weight decay of a two-layer network under linear maps of inputs and targets: what keeps it consistent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy import optimize
from torch import Tensor

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import Regularisation
from graduated.studies.verdicts import exact_verdict, median_verdict

SIMPLE, PRINTED = "unchanged", "a^½, c^−½"
KEEPS_REGULARISER, KEEPS_MINIMISER = "a², c⁻²", "a²c², 1"

RESCALINGS: dict[str, Callable[[float, float], tuple[float, float]]] = {
    SIMPLE: lambda a, c: (1.0, 1.0),
    PRINTED: lambda a, c: (a**0.5, c**-0.5),
    KEEPS_REGULARISER: lambda a, c: (a**2, c**-2),
    KEEPS_MINIMISER: lambda a, c: (a**2 * c**2, 1.0),
}
"""By what λ₁ and λ₂ are multiplied when x becomes ax + b and y becomes cy + d."""

SAME, DIFFERENT = 1e-4, 1e-2
"""Largest difference of two functions that count as one, and least of two that do not: shares of the
standard deviation of the targets."""

_GRADIENT = 1e-9
_NOISE = 0.1
_SOURCE = f"{BOOK}, section 9.2.1"


@dataclass(frozen=True)
class Network:
    """A network V tanh(Wx + w) + v with one output.

    Attributes:
        first: W, shape (hidden, inputs).
        first_bias: w, shape (hidden,).
        second: V, shape (hidden,).
        second_bias: v, shape ().
    """

    first: Tensor
    first_bias: Tensor
    second: Tensor
    second_bias: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return the outputs, shape (n,), for inputs of shape (n, inputs)."""
        return torch.tanh(inputs @ self.first.T + self.first_bias) @ self.second + self.second_bias

    def regulariser(self, decays: tuple[float, float]) -> Tensor:
        """Return (λ₁‖W‖² + λ₂‖V‖²)/2; biases are free."""
        return (decays[0] * self.first.square().sum() + decays[1] * self.second.square().sum()) / 2

    def flat(self) -> np.ndarray:
        """Return all weights in one vector."""
        return torch.cat([part.reshape(-1) for part in vars(self).values()]).numpy()

    def like(self, weights: Tensor) -> "Network":
        """Return the network of this shape that has the weights of a vector."""
        parts = list(vars(self).values())
        return Network(
            *(
                piece.reshape(part.shape)
                for piece, part in zip(weights.split([part.numel() for part in parts]), parts, strict=True)
            )
        )

    def mapped(self, settings: Regularisation) -> "Network":
        """Return the network that is to the mapped inputs and targets what this is to the original ones."""
        a, b = settings.input_scale, settings.input_shift
        c, d = settings.target_scale, settings.target_shift
        shift = b / a * self.first.sum(1)
        return Network(self.first / a, self.first_bias - shift, c * self.second, c * self.second_bias + d)


def fit(start: Network, inputs: Tensor, targets: Tensor, decays: tuple[float, float]) -> Network:
    """Return the minimum of ½Σ(f(x) − y)² + (λ₁‖W‖² + λ₂‖V‖²)/2 that SciPy's BFGS finds.

    Args:
        start: Where to start.
        inputs: Shape (n, inputs).
        targets: Shape (n,).
        decays: λ₁ and λ₂.
    """

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        weights = torch.tensor(vector, requires_grad=True)
        network = start.like(weights)
        value = (network(inputs) - targets).square().sum() / 2 + network.regulariser(decays)
        (gradient,) = torch.autograd.grad(value, weights)
        return value.item(), gradient.numpy()

    options = {"gtol": _GRADIENT, "maxiter": 10_000}
    found = optimize.minimize(objective, start.flat(), jac=True, method="BFGS", options=options)
    return start.like(torch.from_numpy(found.x))


def rescalings(settings: Regularisation) -> pd.DataFrame:
    """Fit networks, map inputs and targets, and fit again from the mapped minimum.

    Returns:
        Columns data_set, rescaling (of λ₁ and λ₂), regulariser_ratio (of the mapped network to the
        original's), difference (largest, of both functions, in standard deviations of the targets)
        and mapping_error (the same before the second fit).
    """
    rows = [row for data_set in range(settings.data_sets) for row in _data_set(settings, data_set)]
    return pd.DataFrame(rows)


def _data_set(settings: Regularisation, data_set: int) -> list[dict]:
    generator = stream(data_set, "regularisation/weight_decay")

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    inputs = draw(settings.samples, settings.inputs)
    targets = torch.sin(2 * inputs.sum(1)) + inputs[:, 0] + _NOISE * draw(settings.samples)
    hidden = settings.hidden
    start = Network(draw(hidden, settings.inputs), draw(hidden), draw(hidden), draw())
    decays = (settings.first_decay, settings.second_decay)
    network = fit(start, inputs, targets, decays)
    mapped = network.mapped(settings)
    mapped_inputs = settings.input_scale * inputs + settings.input_shift
    mapped_targets = settings.target_scale * targets + settings.target_shift

    def difference(other: Network) -> float:
        back = (other(mapped_inputs) - settings.target_shift) / settings.target_scale
        return ((back - network(inputs)).abs().max() / targets.std()).item()

    rows = []
    for name, factors in RESCALINGS.items():
        first, second = factors(settings.input_scale, settings.target_scale)
        rescaled = (decays[0] * first, decays[1] * second)
        refitted = fit(mapped, mapped_inputs, mapped_targets, rescaled)
        row = {
            "data_set": data_set,
            "rescaling": name,
            "regulariser_ratio": (mapped.regulariser(rescaled) / network.regulariser(decays)).item(),
            "difference": difference(refitted),
            "mapping_error": difference(mapped),
        }
        rows.append(row)
    return rows


def verdicts(table: pd.DataFrame) -> list[Verdict]:
    """Judge which rescaling is consistent, from the table of this module."""
    by = dict(iter(table.groupby("rescaling")))
    medians = table.groupby("rescaling")["difference"].median()
    printed = by[PRINTED]["regulariser_ratio"]
    moved = "largest difference of the fitted functions, in standard deviations of the targets"
    return [
        median_verdict(
            "Simple weight decay is not consistent with linear maps of inputs and targets",
            _SOURCE,
            f"{moved}; median",
            by[SIMPLE]["difference"],
            "data sets",
            f"The same λ for mapped data. The mapped network itself is the same function to "
            f"{table['mapping_error'].max():.0e}.",
            above=DIFFERENT,
        ),
        exact_verdict(
            "The regulariser keeps its value under linear maps if λ₁ becomes a^½ λ₁ and λ₂ becomes c^−½ λ₂",
            f"{_SOURCE}; Bishop, Pattern Recognition and Machine Learning, equation 5.121",
            "largest |ratio − 1| of the regulariser after the map to that before",
            (printed - 1).abs(),
            "data sets",
            f"The ratio is {printed.median():.2f} at the median data set: the terms are a^(−3/2) and c^(3/2) "
            f"times the former. Refitted, the function moves by {medians[PRINTED]:.2g}.",
        ),
        exact_verdict(
            "The regulariser keeps its value under linear maps if λ₁ becomes a²λ₁ and λ₂ becomes c⁻²λ₂",
            "correction of the former: ‖W/a‖² = a⁻²‖W‖², ‖cV‖² = c²‖V‖²",
            "largest |ratio − 1| of the regulariser after the map to that before",
            (by[KEEPS_REGULARISER]["regulariser_ratio"] - 1).abs(),
            "data sets",
            "But the squared error becomes c² times what it was, so the minimiser is another: refitted, the "
            f"function moves by {medians[KEEPS_REGULARISER]:.2g}. With the error divided by the noise's "
            "variance, which is mapped as well, it stays.",
        ),
        exact_verdict(
            "The minimiser of squared error and regulariser stays if λ₁ becomes a²c²λ₁ and λ₂ stays",
            "the former, times the c² of the squared error",
            moved,
            by[KEEPS_MINIMISER]["difference"],
            "data sets",
            "Fitted again by BFGS from the mapped minimum.",
            largest=SAME,
        ),
    ]
