"""The settings of the studies of gradient descent in closed form. Imports no torch."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DescentTheory:
    """Settings of ``descent_theory``.

    Attributes:
        conditions: Condition numbers κ = λ_max/λ_min of the quadratics.
        dimension: Eigenvalues of a quadratic, equally spaced in log λ.
        relative_rates: Learning rates in units of the largest that is stable, some below and some above it.
        momentum: μ, in (0, 1).
        steps: Of gradient descent on the quadratics.
        scales: Of the second input of a regression, that of the first being 1.
        samples: Size n of the data set of which all mini-batches are enumerated.
        widths: Units M of a layer.
        depth: Layers.
        seeds: Independent initialisations, and data sets of the regression.
    """

    conditions: tuple[float, ...] = (1.0, 10.0, 100.0, 1000.0)
    dimension: int = 10
    relative_rates: tuple[float, ...] = (0.5, 0.9, 0.999, 1.001, 1.1)
    momentum: float = 0.9
    steps: int = 1000
    scales: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0)
    samples: int = 6
    widths: tuple[int, ...] = (100, 1000)
    depth: int = 30
    seeds: int = 20

    def __post_init__(self) -> None:
        _check_least(self, dimension=2, steps=10, samples=2, depth=1, seeds=2)
        _check_each(self, conditions=1, scales=1, widths=2)
        rates = self.relative_rates
        if not rates or not 0 < min(rates) < 1 < max(rates) < 2 or 1 in rates:
            raise ValueError(f"relative_rates = {rates}: expected in (0, 2), below and above 1")
        if not 0 < self.momentum < 1:
            raise ValueError(f"momentum = {self.momentum}: expected in (0, 1)")
        if len(set(self.scales)) < 2:
            raise ValueError(f"scales = {self.scales}: expected two or more")
        if self.samples > 7:
            raise ValueError(f"samples = {self.samples}: expected at most 7, whose mini-batches are n^n")


@dataclass(frozen=True)
class Regularisation:
    """Settings of ``regularisation``.

    Attributes:
        samples: Of a data set for the network.
        inputs: Of the network.
        hidden: Its tanh units.
        first_decay: λ₁, weight decay of the first layer's weights.
        second_decay: λ₂, that of the second layer's.
        input_scale: a of x → ax + b.
        input_shift: b.
        target_scale: c of y → cy + d.
        target_shift: d.
        data_sets: Independent ones, six or more, for intervals of medians.
        observations: Rows of a linear regression.
        features: Its columns.
        signals: ‖β‖² of the regressions, whose noise has variance 1.
        problems: Independent regressions per signal, six or more.
        times: Numbers of steps τ on the paths, from 1 to 10⁴; fewer where they would coincide.
    """

    samples: int = 40
    inputs: int = 3
    hidden: int = 5
    first_decay: float = 0.3
    second_decay: float = 0.2
    input_scale: float = 2.5
    input_shift: float = 1.3
    target_scale: float = 4.0
    target_shift: float = -0.7
    data_sets: int = 10
    observations: int = 100
    features: int = 50
    signals: tuple[float, ...] = (0.1, 1.0, 10.0)
    problems: int = 20
    times: int = 201

    def __post_init__(self) -> None:
        _check_least(self, samples=2, inputs=1, hidden=1, data_sets=6, features=1, problems=6, times=2)
        _check_least(self, observations=2)
        if not self.signals or min(self.signals) <= 0:
            raise ValueError(f"signals = {self.signals}: expected positive numbers")
        for name in ("first_decay", "second_decay", "input_scale", "target_scale"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} = {getattr(self, name)}: expected a number greater than 0")


@dataclass(frozen=True)
class DoubleDescent:
    """Settings of ``double_descent``.

    Attributes:
        samples: n of the curve over parameters, and p of the curve over samples.
        parameters: Numbers p of features that are fitted.
        features: D, of which the p are a part, at least as many as the greatest p.
        sample_sizes: Numbers n of samples.
        noise: σ², variance of the targets' noise; the signal is ‖β‖² = 1.
        repetitions: Data sets of each size, six or more.
        fast: Features of scale 1 in the regression that is followed in time.
        slow: Features of the small scale in it.
        scale: Of the slow features, in (0, 1).
        trained_samples: n of that regression, greater than fast + slow + 1.
        trained_noise: σ² of it; fast and slow features have signal 1 each.
        learning_rate: η of gradient descent on half the mean square.
        last_step: Where the curve in time ends.
    """

    samples: int = 200
    parameters: tuple[int, ...] = (20, 50, 100, 150, 180, 190, 200, 210, 220, 250, 300, 400, 600, 1000)
    features: int = 1000
    sample_sizes: tuple[int, ...] = (50, 100, 150, 180, 190, 200, 210, 220, 250, 300, 400, 600)
    noise: float = 0.25
    repetitions: int = 30
    fast: int = 60
    slow: int = 20
    scale: float = 0.01
    trained_samples: int = 120
    trained_noise: float = 1.0
    learning_rate: float = 0.3
    last_step: int = 10_000_000

    def __post_init__(self) -> None:
        _check_least(self, samples=20, repetitions=6, fast=1, slow=1, last_step=100)
        for name in ("parameters", "sample_sizes"):
            values = getattr(self, name)
            if len(values) < 3 or sorted(set(values)) != list(values) or values[0] < 1:
                raise ValueError(f"{name} = {values}: expected three or more ascending numbers from 1 on")
            if not values[0] <= 0.8 * self.samples < 1.2 * self.samples <= values[-1]:
                raise ValueError(f"{name} = {values}: expected from below to above samples = {self.samples}")
        if self.features < self.parameters[-1]:
            raise ValueError(f"features = {self.features}: expected at least {self.parameters[-1]}")
        if not self.trained_samples > self.fast + self.slow + 1:
            least = self.fast + self.slow + 2
            raise ValueError(f"trained_samples = {self.trained_samples}: expected at least {least}")
        for name in ("noise", "trained_noise", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} = {getattr(self, name)}: expected a number greater than 0")
        if not 0 < self.scale < 1:
            raise ValueError(f"scale = {self.scale}: expected in (0, 1)")


def _check_least(settings: Any, **least: float) -> None:
    for name, number in least.items():
        if getattr(settings, name) < number:
            raise ValueError(f"{name} = {getattr(settings, name)}: expected at least {number}")


def _check_each(settings: Any, **least: float) -> None:
    for name, number in least.items():
        values = getattr(settings, name)
        if not values or min(values) < number:
            raise ValueError(f"{name} = {values}: expected numbers from {number} on")
