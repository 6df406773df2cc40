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


@dataclass(frozen=True)
class TeleportationOnDigits:
    """Settings of ``teleportation_on_digits``.

    Attributes:
        networks: Trained by each optimizer in each arm, and audited for invariance.
        epochs: Of those trainings, at least 3.
        batch_size: b, of all trainings.
        teleport_samples: Of the mini-batch at which the gradient is made to grow.
        teleports: Before as many first mini-batches of one epoch.
        ascent_steps: Of each teleport.
        audited_samples: Sizes of the mini-batches at which invariance is audited, ascending; the first at
            most the width of the narrowest layer, 10, and the last above that of the widest, 16.
        correlated_networks: Trained for the correlation of sharpness with the test loss.
        correlated_learning_rate: η of SGD there.
        correlated_epochs: Ascending times of training, in epochs, at which it is measured.
        directions: Random directions of each radius and network.
        seed: Of weights, orders and draws.
    """

    networks: int = 10
    epochs: int = 15
    batch_size: int = 20
    teleport_samples: int = 200
    teleports: int = 8
    ascent_steps: int = 10
    audited_samples: tuple[int, ...] = (8, 16, 200, 1437)
    correlated_networks: int = 100
    correlated_learning_rate: float = 0.1
    correlated_epochs: tuple[int, ...] = (10, 20, 40)
    directions: int = 6
    seed: int = 0

    def __post_init__(self) -> None:
        least = {
            "networks": 2,
            "epochs": 3,
            "batch_size": 1,
            "teleport_samples": 1,
            "teleports": 1,
            "ascent_steps": 1,
            "correlated_networks": 5,
            "directions": 1,
        }
        _refuse_below(self, least)
        if not 0 < self.correlated_learning_rate < math.inf:
            raise ValueError(
                f"correlated_learning_rate = {self.correlated_learning_rate}: expected a positive number"
            )
        for name in ("audited_samples", "correlated_epochs"):
            numbers = getattr(self, name)
            if not numbers or sorted(set(numbers)) != list(numbers) or numbers[0] < 1:
                raise ValueError(f"{name} = {numbers}: expected ascending numbers from 1 on")
        if not self.audited_samples[0] <= 10 < 16 < self.audited_samples[-1]:
            raise ValueError(
                f"audited_samples = {self.audited_samples}: expected from at most 10 to above 16"
            )
