"""The settings of the studies on symmetry teleportation. Imports no torch."""

import math
from dataclasses import dataclass


def _refuse_below(settings: object, least: dict[str, int]) -> None:
    for name, bound in least.items():
        if getattr(settings, name) < bound:
            raise ValueError(f"{name} = {getattr(settings, name)}: expected at least {bound}")


@dataclass(frozen=True)
class TeleportationTheory:
    """Settings of ``teleportation_theory``.

    Attributes:
        learning_rates: η on Rosenbrock's function; the published one is 0.001.
        steps: Of gradient descent on Rosenbrock's function, with a teleport before every hundredth.
        seeds: Runs there, each with first angles of its own.
        levels: Level sets, equally spaced in log L, from which single Newton steps are taken.
        horizons: T of Theorem 3.1, ascending.
        dimension: Of the quadratic of Theorem 3.1, at least 2.
        condition: Condition number of that quadratic.
        replicas: Runs over which its expectations are taken.
        seed: Of angles, starts and gradient noise.
    """

    learning_rates: tuple[float, ...] = (0.001, 0.0002)
    steps: int = 1000
    seeds: int = 100
    levels: int = 25
    horizons: tuple[int, ...] = (10, 30, 100, 300, 1000, 3000)
    dimension: int = 10
    condition: float = 100.0
    replicas: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.learning_rates or any(not 0 < rate < math.inf for rate in self.learning_rates):
            raise ValueError(f"learning_rates = {self.learning_rates}: expected positive numbers")
        _refuse_below(self, {"steps": 100, "seeds": 2, "levels": 4, "dimension": 2, "replicas": 2})
        numbers = self.horizons
        if len(numbers) < 2 or sorted(set(numbers)) != list(numbers) or numbers[0] < 2:
            raise ValueError(f"horizons = {numbers}: expected two or more ascending numbers from 2 on")
        if not 1 <= self.condition < math.inf:
            raise ValueError(f"condition = {self.condition}: expected a number from 1 on")
