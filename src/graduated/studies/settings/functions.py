"""The settings of the studies on functions. Imports no torch."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SmoothingLaws:
    """Settings of ``smoothing_laws``.

    Attributes:
        smoothing: δ, the degree of smoothing.
        points: Equally spaced x in [−5, 5].
        draws: Monte-Carlo draws of the noise at each x.
        settling_draws: Numbers of draws, ascending, whose means are compared between repetitions.
        repetitions: Independent means of each number of draws.
        seed: Of the draws.
    """

    smoothing: float = 0.5
    points: int = 100
    draws: int = 1000
    settling_draws: tuple[int, ...] = (100, 1000, 10_000, 100_000)
    repetitions: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.smoothing < math.inf:
            raise ValueError(f"smoothing = {self.smoothing}: expected a positive number")
        for name, least in {"points": 2, "draws": 2, "repetitions": 20}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        numbers = self.settling_draws
        if len(numbers) < 2 or sorted(set(numbers)) != list(numbers) or numbers[0] < 2:
            raise ValueError(f"settling_draws = {numbers}: expected two or more ascending numbers from 2 on")


@dataclass(frozen=True)
class SmoothingGap:
    """Settings of ``smoothing_gap``.

    Attributes:
        smoothings: Degrees of smoothing δ, ascending.
        dimensions: Dimensions d of the noise and of the functions.
        draws: Monte-Carlo draws that check the moments of the noise.
        seed: Of the draws.
    """

    smoothings: tuple[float, ...] = tuple(round(10 ** (step / 8 - 2), 6) for step in range(33))
    dimensions: tuple[int, ...] = (1, 2, 10, 100, 1000)
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.smoothings or any(not 0 < value < math.inf for value in self.smoothings):
            raise ValueError(f"smoothings = {self.smoothings}: expected positive numbers")
        if not self.dimensions or min(self.dimensions) < 1:
            raise ValueError(f"dimensions = {self.dimensions}: expected numbers from 1 on")
        if self.draws < 2:
            raise ValueError(f"draws = {self.draws}: expected at least 2")


@dataclass(frozen=True)
class NiceFunctions:
    """Settings of ``nice_functions``.

    Attributes:
        decays: γ, the factors from one degree of smoothing to the next, each in (0, 1).
        dimensions: Dimensions of Rastrigin's function, the noise scaled to E‖u‖ ≤ 1.
        lowest: Least degree of smoothing δ examined, below 1.
        highest: Greatest degree of smoothing examined.
        levels: Degrees between them, equally spaced in log δ.
    """

    decays: tuple[float, ...] = (0.5, 0.7, 0.9)
    dimensions: tuple[int, ...] = (1, 2, 50)
    lowest: float = 0.003
    highest: float = 10.0
    levels: int = 80

    def __post_init__(self) -> None:
        if not self.decays or any(not 0 < value < 1 for value in self.decays):
            raise ValueError(f"decays = {self.decays}: expected numbers between 0 and 1")
        if not self.dimensions or min(self.dimensions) < 1:
            raise ValueError(f"dimensions = {self.dimensions}: expected numbers from 1 on")
        if not 0 < self.lowest < min(1, self.highest):
            raise ValueError(f"lowest = {self.lowest}: expected above 0, below 1 and {self.highest}")
        if not self.highest < math.inf:
            raise ValueError(f"highest = {self.highest}: expected a number")
        if self.levels < 2:
            raise ValueError(f"levels = {self.levels}: expected at least 2")


@dataclass(frozen=True)
class DescentIdentity:
    """Settings of ``descent_identity``.

    Attributes:
        laws: Light-tailed laws of the gradient noise, centred and scaled to E‖ω‖² = C²/b.
        learning_rates: η, of which the last is that of the finite sum.
        smoothings: δ = ηC/√b, so that the size of the noise is C/√b = δ/η.
        points: Points of each comparison, uniform in [−5, 5]^D.
        dimension: D.
        draws: Of the noise at each point.
        samples: n, of the finite sum.
        largest_batch: Largest mini-batch drawn with replacement; there are n^b of them.
        seed: Of points, noise and finite sum.
    """

    laws: tuple[str, ...] = ("gaussian", "uniform", "exponential", "rayleigh")
    learning_rates: tuple[float, ...] = (0.001, 0.005, 0.02)
    smoothings: tuple[float, ...] = (0.05, 0.2, 0.5)
    points: int = 20
    dimension: int = 2
    draws: int = 10_000
    samples: int = 6
    largest_batch: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        light = ("gaussian", "uniform", "exponential", "rayleigh")
        if not self.laws or not set(self.laws) <= set(light):
            raise ValueError(f"laws = {self.laws}: expected some of {', '.join(light)}")
        for name in ("learning_rates", "smoothings"):
            values = getattr(self, name)
            if not values or any(not 0 < value < math.inf for value in values):
                raise ValueError(f"{name} = {values}: expected positive numbers")
        smallest = {"points": 1, "dimension": 1, "draws": 100, "samples": 2, "largest_batch": 1}
        for name, least in smallest.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if self.samples**self.largest_batch > 10**6:
            raise ValueError(
                f"largest_batch = {self.largest_batch}: there are {self.samples}^{self.largest_batch} "
                "mini-batches to list; expected at most a million"
            )


@dataclass(frozen=True)
class Convergence:
    """Settings of ``convergence``.

    Attributes:
        dimensions: Dimensions D of the functions whose global minimum is sought.
        starts: Starts, uniform in [−5, 5]^D.
        steps: Gradients that each method may take from a start.
        last: Degree of smoothing δ that ends a graduated optimization.
        decays: γ, the factors from one degree of smoothing to the next, in [0.5, 1).
        sgd_smoothings: δ = ηC/√b of SGD at constant noise.
        accuracies: ε, the distances f − f* whose number of steps is counted.
        seed: Of starts and noise.
    """

    dimensions: tuple[int, ...] = (1, 2, 3)
    starts: int = 1000
    steps: int = 10_000
    last: float = 0.01
    decays: tuple[float, ...] = (0.5, 0.7, 0.9)
    sgd_smoothings: tuple[float, ...] = (0.02, 0.1, 0.5)
    accuracies: tuple[float, ...] = tuple(round(10 ** (-1 - step / 4), 8) for step in range(13))
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.dimensions or min(self.dimensions) < 1:
            raise ValueError(f"dimensions = {self.dimensions}: expected numbers from 1 on")
        for name, least in {"starts": 10, "steps": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if not 0 < self.last < 1:
            raise ValueError(f"last = {self.last}: expected a number between 0 and 1")
        if not self.decays or any(not 0.5 <= value < 1 for value in self.decays):
            raise ValueError(f"decays = {self.decays}: expected numbers in [0.5, 1)")
        if not self.sgd_smoothings or any(not 0 < value < math.inf for value in self.sgd_smoothings):
            raise ValueError(f"sgd_smoothings = {self.sgd_smoothings}: expected positive numbers")
        if len(self.accuracies) < 3 or any(not 0 < value < 1 for value in self.accuracies):
            raise ValueError(f"accuracies = {self.accuracies}: expected three or more between 0 and 1")


@dataclass(frozen=True)
class Trajectories:
    """Settings of ``trajectories``.

    Attributes:
        law: Of the gradient noise, ``gaussian`` or ``uniform``, scaled to E‖ω‖² = C²/b.
        starts: Starts of each arm, uniform in [−5, 5].
        relative_rates: ηL_g, learning rates over their inverse of Rastrigin's curvature L_g = 396.8.
        smoothings: δ = ηC/√b of constant noise; the basins are 1 wide.
        time: ηT, learning rate times steps, at constant noise.
        schedule_rate: ηL_g at the beginning of a schedule.
        first_smoothings: δ_1 of the schedules.
        decay: γ, what δ is multiplied by from stage to stage.
        stages: How many.
        stage_steps: Steps of each stage; the first number for all schedules, the others for one.
        seed: Of starts and noise.
    """

    law: str = "gaussian"
    starts: int = 500
    relative_rates: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    smoothings: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.4)
    time: float = 2.0
    schedule_rate: float = 1.0
    first_smoothings: tuple[float, ...] = (0.2, 0.5, 1.0)
    decay: float = 0.8
    stages: int = 24
    stage_steps: tuple[int, ...] = (400, 100, 1600)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.law not in ("gaussian", "uniform"):
            raise ValueError(f"law = {self.law!r}: expected gaussian or uniform")
        for name, rates in {
            "relative_rates": self.relative_rates,
            "schedule_rate": (self.schedule_rate,),
        }.items():
            if not rates or any(not 0 < rate < 2 for rate in rates):
                raise ValueError(f"{name} = {rates}: expected in (0, 2), where gradient descent is stable")
        for name in ("smoothings", "first_smoothings"):
            values = getattr(self, name)
            if not values or any(not 0 < value < math.inf for value in values):
                raise ValueError(f"{name} = {values}: expected positive numbers")
        if not 0 < self.time < math.inf:
            raise ValueError(f"time = {self.time}: expected a positive number")
        if not 0 < self.decay < 1:
            raise ValueError(f"decay = {self.decay}: expected a number between 0 and 1")
        if self.starts < 10 or self.stages < 1:
            raise ValueError(f"starts, stages = {self.starts}, {self.stages}: expected at least 10 and 1")
        if not self.stage_steps or min(self.stage_steps) < 1:
            raise ValueError(f"stage_steps = {self.stage_steps}: expected numbers from 1 on")
        if len(set(self.stage_steps)) < len(self.stage_steps):
            raise ValueError(f"stage_steps = {self.stage_steps}: expected each number once")
