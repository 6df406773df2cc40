"""The benchmark functions on which arXiv 2412.11501 measures explicit graduated optimization.

All take points [..., D] to values [...], any D ≥ 2, and can be differentiated; on their kinks, which have
measure zero, a derivative may be infinite or NaN.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.smoothing.landscapes import rastrigin, sphere


@dataclass(frozen=True)
class BenchmarkFunction:
    """One function with what is known of it.

    Attributes:
        label: Its name in print.
        evaluate: From points [..., D] to values [...].
        low: Lower end of the search box, in every coordinate.
        high: Upper end.
        learning_rate: l_0, the step size per unit of smoothing that the authors use at D = 50.
        minimiser: Every coordinate of the point in the box where the function is least.
        minimum: The least value in the box.
    """

    label: str
    evaluate: Callable[[Tensor], Tensor]
    low: float
    high: float
    learning_rate: float
    minimiser: float = 0.0
    minimum: float = 0.0


def ackley(x: Tensor) -> Tensor:
    """Return 20 + e − 20·exp(−√(mean x²)/5) − exp(mean cos 2πx)."""
    radius = torch.linalg.vector_norm(x, dim=-1) / math.sqrt(x.shape[-1])
    waves = torch.cos(2 * math.pi * x).mean(-1)
    return 20 + math.e - 20 * torch.exp(-radius / 5) - torch.exp(waves)


def alpine1(x: Tensor) -> Tensor:
    """Return Σ abs(x·sin x + x/10)."""
    return (x * (torch.sin(x) + 0.1)).abs().sum(-1)


def drop_wave(x: Tensor) -> Tensor:
    """Return 1 − (1 + cos 12r) / (r²/2 + 2), r = ‖x‖."""
    squares = x.square().sum(-1)
    return 1 - (1 + torch.cos(12 * squares.sqrt())) / (squares / 2 + 2)


def ellipsoid(x: Tensor) -> Tensor:
    """Return Σ i·x_i²."""
    return (_ranks(x) * x.square()).sum(-1)


def griewank(x: Tensor) -> Tensor:
    """Return 1 + Σ x²/4000 − Π cos(x_i/√i)."""
    return 1 + x.square().sum(-1) / 4000 - torch.cos(x / _ranks(x).sqrt()).prod(-1)


def happycat(x: Tensor) -> Tensor:
    """Return abs(Σx² − D)^¼ + (Σx²/2 + Σx)/D + ½."""
    squares, dimension = x.square().sum(-1), x.shape[-1]
    return (squares - dimension).abs().sqrt().sqrt() + (squares / 2 + x.sum(-1)) / dimension + 0.5


def hgbat(x: Tensor) -> Tensor:
    """Return √abs((Σx²)² − (Σx)²) + (Σx²/2 + Σx)/D + ½."""
    squares, total = x.square().sum(-1), x.sum(-1)
    plate = (squares.square() - total.square()).abs().sqrt()
    return plate + (squares / 2 + total) / x.shape[-1] + 0.5


def modified_ridge(x: Tensor) -> Tensor:
    """Return abs(x_1) + 2·(Σ_{i>1} x_i²)^0.1."""
    return x[..., 0].abs() + 2 * _power(x[..., 1:].square().sum(-1), 0.1)


def rosenbrock(x: Tensor) -> Tensor:
    """Return Σ_{i<D} 100·(x_{i+1} − x_i²)² + (x_i − 1)²."""
    here, following = x[..., :-1], x[..., 1:]
    return (100 * (following - here.square()).square() + (here - 1).square()).sum(-1)


def rotated_ellipsoid(x: Tensor) -> Tensor:
    """Return Σ (D + 1 − i)·x_i² = Σ_i Σ_{j≤i} x_j²."""
    return (_ranks(x).flip(0) * x.square()).sum(-1)


def salomon(x: Tensor) -> Tensor:
    """Return 1 − cos 2πr + r/10, r = ‖x‖."""
    radius = torch.linalg.vector_norm(x, dim=-1)
    return 1 - torch.cos(2 * math.pi * radius) + radius / 10


def schaffer_f7(x: Tensor) -> Tensor:
    """Return (mean_{i<D} √s_i·(1 + sin²(50·s_i^⅕)))², s_i = √(x_i² + x_{i+1}²)."""
    squares = x.square()
    radii = (squares[..., :-1] + squares[..., 1:]).sqrt()
    return (radii.sqrt() * (1 + torch.sin(50 * _power(radii, 0.2)).square())).mean(-1).square()


def schwefel(x: Tensor) -> Tensor:
    """Return 418.98…·D − Σ x·sin √abs(x), least at 420.97… within its box, but unbounded outside."""
    return 418.9828872724337 * x.shape[-1] - (x * torch.sin(x.abs().sqrt())).sum(-1)


def schwefel221(x: Tensor) -> Tensor:
    """Return max abs(x_i), Schwefel's problem 2.21."""
    return x.abs().amax(-1)


def _ranks(x: Tensor) -> Tensor:
    """Return 1, …, D."""
    return torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)


def _power(x: Tensor, exponent: float) -> Tensor:
    """Return x^exponent; unlike torch.pow and hypot, rounded alike wherever in the tensor a number stands."""
    return torch.exp(exponent * torch.log(x))


FUNCTIONS: dict[str, BenchmarkFunction] = {
    "ackley": BenchmarkFunction("Ackley", ackley, -32.768, 32.768, 10),
    "alpine1": BenchmarkFunction("Alpine 1", alpine1, -10, 10, 1),
    "drop_wave": BenchmarkFunction("Drop-Wave", drop_wave, -5.12, 5.12, 0.1),
    "ellipsoid": BenchmarkFunction("ellipsoid", ellipsoid, -100, 100, 0.01),
    "griewank": BenchmarkFunction("Griewank", griewank, -100, 100, 50),
    "happycat": BenchmarkFunction("HappyCat", happycat, -20, 20, 10, minimiser=-1),
    "hgbat": BenchmarkFunction("HGBat", hgbat, -15, 15, 0.1, minimiser=-1),
    "modified_ridge": BenchmarkFunction("modified ridge", modified_ridge, -100, 100, 1),
    "rastrigin": BenchmarkFunction("Rastrigin", rastrigin, -5.12, 5.12, 0.01),
    "rosenbrock": BenchmarkFunction("Rosenbrock", rosenbrock, -10, 10, 0.00005, minimiser=1),
    "rotated_ellipsoid": BenchmarkFunction("rotated ellipsoid", rotated_ellipsoid, -100, 100, 0.01),
    "salomon": BenchmarkFunction("Salomon", salomon, -20, 20, 10),
    "schaffer_f7": BenchmarkFunction("Schaffer F7", schaffer_f7, -100, 100, 20),
    "schwefel": BenchmarkFunction("Schwefel", schwefel, -500, 500, 10, minimiser=420.968746359982),
    "schwefel221": BenchmarkFunction("Schwefel 2.21", schwefel221, -100, 100, 10),
    "sphere": BenchmarkFunction("sphere", sphere, -100, 100, 1),
}
"""Every function by name; boxes and learning rates as in the authors' released code."""
