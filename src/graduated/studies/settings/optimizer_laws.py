"""The settings of the study of update rules. Imports no torch."""

import itertools
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class OptimizerLaws:
    """Settings of ``optimizer_laws``.

    Attributes:
        starts: On each surface, as many to choose a learning rate from as to measure on.
        steps: Of each method from each start.
        learning_rates: The grid from which every method has its learning rate chosen, ascending.
        conditions: Condition numbers κ of the quadratics.
        floor_learning_rates: α of SGD on a noisy quadratic of curvature 1, below 2.
        floor_batch_sizes: b of SGD there.
        replicas: Independent runs of SGD there.
        escape_learning_rates: α of SGD in a double well, each twice the one before.
        escape_batch_sizes: b of SGD there, each twice the one before.
        escape_time: αK up to which a run may leave the poor minimum, K being its steps.
        escape_steps: K up to which it may leave it, whatever α.
        runs: Of each (α, b).
        seed: Of starts and noise.
    """

    starts: int = 40
    steps: int = 2000
    learning_rates: tuple[float, ...] = tuple(float(f"{10 ** (step / 2 - 5):.4g}") for step in range(13))
    conditions: tuple[float, ...] = (10.0, 100.0, 1000.0)
    floor_learning_rates: tuple[float, ...] = (0.02, 0.1, 0.5, 1.0, 1.5)
    floor_batch_sizes: tuple[int, ...] = (1, 4, 16)
    replicas: int = 4000
    escape_learning_rates: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    escape_batch_sizes: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128)
    escape_time: float = 100.0
    escape_steps: int = 500
    runs: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"starts": 2, "steps": 1, "replicas": 10, "escape_steps": 1, "runs": 10}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {bound}")
        rates = self.learning_rates
        if len(rates) < 2 or rates[0] <= 0 or sorted(set(rates)) != list(rates):
            raise ValueError(f"learning_rates = {rates}: expected two or more ascending positive numbers")
        if not self.conditions or any(not 1 < value < math.inf for value in self.conditions):
            raise ValueError(f"conditions = {self.conditions}: expected numbers above 1")
        floor = self.floor_learning_rates
        if not floor or any(not 0 < value < 2 for value in floor):
            raise ValueError(f"floor_learning_rates = {floor}: expected in (0, 2), where SGD is stable")
        if not self.floor_batch_sizes or min(self.floor_batch_sizes) < 1:
            raise ValueError(f"floor_batch_sizes = {self.floor_batch_sizes}: expected numbers from 1 on")
        for name in ("escape_learning_rates", "escape_batch_sizes"):
            values = getattr(self, name)
            doubled = all(math.isclose(b, 2 * a) for a, b in itertools.pairwise(values))
            if len(values) < 3 or not doubled or values[0] <= 0:
                raise ValueError(f"{name} = {values}: expected three or more, each twice the one before")
        if self.escape_learning_rates[-1] > 0.5:
            raise ValueError(f"escape_learning_rates = {self.escape_learning_rates}: expected at most 0.5")
        if not 0 < self.escape_time < math.inf:
            raise ValueError(f"escape_time = {self.escape_time}: expected a positive number")
