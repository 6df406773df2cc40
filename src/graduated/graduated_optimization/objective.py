"""A benchmark function as optimizers of others see it: NumPy points in a box, and a budget of evaluations."""

from collections.abc import Sequence

import numpy as np
import torch

from graduated.graduated_optimization.functions import BenchmarkFunction


class Finished(Exception):  # noqa: N818 - nothing has gone wrong
    """The budget is spent, or the minimum found: leaves the optimizer from within."""


class Objective:
    """A function that counts its evaluations, remembers the least value and ends a run by raising Finished.

    Args:
        function: The function.
        dimension: D.
        evaluations: How many points may be evaluated.
        precision: f − f* at which to end.
        success: f − f* at which the problem is solved.

    Attributes:
        spent: Evaluations so far.
        gap: The least f − f* so far.
        point: Where that is [D]; NaN before.
        solved_after: The number of the evaluation that solved the problem; NaN before.
    """

    def __init__(
        self, function: BenchmarkFunction, dimension: int, evaluations: int, precision: float, success: float
    ):
        self.function, self.dimension, self.evaluations = function, dimension, evaluations
        self.precision, self.success = precision, success
        self.spent, self.gap, self.solved_after = 0, np.inf, np.nan
        self.point = np.full(dimension, np.nan)

    @property
    def bounds(self) -> Sequence[tuple[float, float]]:
        """The box, a pair per coordinate."""
        return [(self.function.low, self.function.high)] * self.dimension

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the values [...] at points [..., D], all of them in the box.

        Raises:
            Finished: The run is over; of points beyond the budget no value is remembered.
        """
        values = self.function.evaluate(torch.from_numpy(np.ascontiguousarray(points))).numpy()
        counted = values.reshape(-1)[: self.evaluations - self.spent] - self.function.minimum
        if np.isnan(self.solved_after) and (counted <= self.success).any():
            self.solved_after = self.spent + 1 + int(np.argmax(counted <= self.success))
        best = int(np.argmin(counted))
        if counted[best] < self.gap:
            self.gap = max(0.0, float(counted[best]))
            self.point = points.reshape(-1, self.dimension)[best].copy()
        self.spent += len(counted)
        if self.spent >= self.evaluations or self.gap <= self.precision:
            raise Finished
        return values

    def with_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return value and gradient at a point [D], by forward differences: D + 1 evaluations."""
        steps = np.sqrt(np.finfo(float).eps) * np.maximum(1, np.abs(point))
        steps = np.where(point + steps > self.function.high, -steps, steps)
        value, *displaced = self(np.vstack([point, point + np.diag(steps)]))
        return float(value), (np.array(displaced) - value) / steps

    def mirrored(self, points: np.ndarray) -> np.ndarray:
        """Return the values at points anywhere [n, D], the function continued by reflection at the box."""
        low, width = self.function.low, self.function.high - self.function.low
        return self(low + np.abs((points - low + width) % (2 * width) - width))
