"""The settings of the comparison of global optimizers. Imports no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GlobalOptimizers:
    """Settings of ``global_optimizers``.

    Attributes:
        functions: Names of benchmark functions.
        dimension: D.
        seeds: Runs of each optimizer on each function.
        evaluations: Function evaluations that a run may use: a thousand per coordinate. The authors' own
            setting of explicit graduated optimization, which is measured beside, takes
            2·D·levels·steps·draws = 10.2 million; put that here to give the same to all (some two days on
            one core).
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
    evaluations: int = 50_000
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
            raise ValueError(f"precision = {self.precision}: expected in (0, success = {self.success}]")
        if not 0 < self.last < self.first:
            raise ValueError(f"first = {self.first}, last = {self.last}: expected first > last > 0")
        if not self.power > 0:
            raise ValueError(f"power = {self.power}: expected a number greater than 0")
        least = 3 * self.steps * 2 * self.dimension
        if self.evaluations < least:
            raise ValueError(f"evaluations = {self.evaluations}: three levels of smoothing take {least}")
