"""The settings of every study, with their defaults. Imports no torch.

Each is one frozen dataclass, its values plain numbers, strings and tuples of them.
"""

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
        for name, least in {"points": 2, "draws": 2, "repetitions": 10}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        numbers = self.settling_draws
        if len(numbers) < 2 or sorted(set(numbers)) != list(numbers) or numbers[0] < 2:
            raise ValueError(f"settling_draws = {numbers}: expected two or more ascending numbers from 2 on")


@dataclass(frozen=True)
class SmoothingGap:
    """Settings of ``smoothing_gap``.

    Attributes:
        smoothing: Degrees of smoothing δ, ascending.
        dimension: Dimensions d of the noise and of the functions.
        draws: Monte-Carlo draws that check the moments of the noise.
        seed: Of the draws.
    """

    smoothing: tuple[float, ...] = tuple(round(10 ** (step / 4 - 2), 6) for step in range(17))
    dimension: tuple[int, ...] = (1, 2, 10, 100, 1000)
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.smoothing or any(not 0 < value < math.inf for value in self.smoothing):
            raise ValueError(f"smoothing = {self.smoothing}: expected positive numbers")
        if not self.dimension or min(self.dimension) < 1:
            raise ValueError(f"dimension = {self.dimension}: expected numbers from 1 on")
        if self.draws < 2:
            raise ValueError(f"draws = {self.draws}: expected at least 2")


@dataclass(frozen=True)
class NiceFunctions:
    """Settings of ``nice_functions``.

    Attributes:
        shrink: γ, the factors from one degree of smoothing to the next, each in (0, 1).
        dimension: Dimensions of Rastrigin's function, the noise scaled to E‖u‖ ≤ 1.
        lowest: Least degree of smoothing δ examined.
        highest: Greatest degree of smoothing examined.
        levels: Degrees between them, equally spaced in log δ.
    """

    shrink: tuple[float, ...] = (0.5, 0.7, 0.9)
    dimension: tuple[int, ...] = (1, 2, 50)
    lowest: float = 0.003
    highest: float = 10.0
    levels: int = 120

    def __post_init__(self) -> None:
        if not self.shrink or any(not 0 < value < 1 for value in self.shrink):
            raise ValueError(f"shrink = {self.shrink}: expected numbers between 0 and 1")
        if not self.dimension or min(self.dimension) < 1:
            raise ValueError(f"dimension = {self.dimension}: expected numbers from 1 on")
        if not 0 < self.lowest < self.highest < math.inf:
            raise ValueError(f"lowest = {self.lowest}: expected between 0 and highest = {self.highest}")
        if self.levels < 2:
            raise ValueError(f"levels = {self.levels}: expected at least 2")


@dataclass(frozen=True)
class GlobalOptimizers:
    """Settings of ``global_optimizers``.

    Attributes:
        functions: Names of benchmark functions.
        dimension: D.
        seeds: Runs of each optimizer on each function.
        evaluations: Function evaluations that a run may use. The authors' own setting of explicit graduated
            optimization, which is measured beside, takes 2·D·levels·steps·draws = 10.2 million; put that here
            to give the same to all (some 30 core hours).
        success: f − f* at which a run has solved its problem.
        precision: f − f* at which a run stops.
        levels: Levels of smoothing.
        first: Smoothing of the first level, in the unit of the coordinates.
        last: That of the last.
        power: p of the schedule "nice", δ_m = first·(1 − m/levels)^p.
        steps: Gradient steps at each level.
        draws: Draws of the noise per step in the authors' setting.
    """

    functions: tuple[str, ...] = (
        "ackley",
        "alpine1",
        "drop_wave",
        "ellipsoid",
        "griewank",
        "happycat",
        "hgbat",
        "modified_ridge",
        "rastrigin",
        "rosenbrock",
        "rotated_ellipsoid",
        "salomon",
        "schaffer_f7",
        "schwefel",
        "schwefel221",
        "sphere",
    )
    dimension: int = 50
    seeds: int = 20
    evaluations: int = 100_000
    success: float = 1e-2
    precision: float = 1e-8
    levels: int = 51
    first: float = 1.0
    last: float = 0.01
    power: float = 1.0
    steps: int = 20
    draws: int = 100

    def __post_init__(self) -> None:
        for name, least in (("dimension", 2), ("seeds", 2), ("levels", 3), ("steps", 1), ("draws", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if len(set(self.functions)) != len(self.functions) or not self.functions:
            raise ValueError(f"functions = {self.functions}: expected at least one, each once")
        if not 0 < self.precision <= self.success:
            raise ValueError(f"precision = {self.precision}: expected above 0, at most success = {self.success}")
        if not (0 < self.last < self.first and self.power > 0):
            raise ValueError(f"first, last, power = {self.first}, {self.last}, {self.power}: expected first > last > 0")
        least = 3 * self.steps * 2 * self.dimension
        if self.evaluations < least:
            raise ValueError(f"evaluations = {self.evaluations}: three levels of smoothing take {least}")
