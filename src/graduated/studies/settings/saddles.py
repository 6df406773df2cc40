"""The settings of the study of stage-wise learning. Imports no torch."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class SaddleToSaddle:
    """Settings of ``saddle_to_saddle``.

    Attributes:
        sets: Data sets, each with a teacher and initial weights of its own.
        samples: Of a data set.
        dimension: Of inputs and of targets.
        units: Of a hidden layer.
        teacher: Singular values of the teacher, descending; their number is its rank.
        noise: Standard deviation of the noise on the targets.
        learning_rate: η of gradient descent.
        alignment_rates: Values of η at which the exponent of alignment is measured.
        scales: ε, the largest norm of a unit's weights at the start, descending, from 0.01 on; laws of small
            ε are fitted from 10⁻⁶ on.
        relu_samples: Sizes of the data sets on which ReLU networks align, ascending.
        kick: r₀, how far the fast algorithm moves along an escape direction.
        tolerances: Norms of the gradient at which the fast algorithm calls a point a saddle.
        least_singular_value: Of the coefficient matrix, below which it stops.
        deep_scales: ε of networks of three layers, whose weights have variance ε²/fan-in, descending.
        deep_learning_rate: η of networks of three layers.
        seed: Of data and weights.
    """

    sets: int = 10
    samples: int = 200
    dimension: int = 10
    units: int = 50
    teacher: tuple[float, ...] = (4.0, 2.0, 1.0)
    noise: float = 0.1
    learning_rate: float = 0.02
    alignment_rates: tuple[float, ...] = (0.1, 0.02, 0.005)
    scales: tuple[float, ...] = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
    relu_samples: tuple[int, ...] = (50, 200, 800, 3200)
    kick: float = 0.1
    tolerances: tuple[float, ...] = (0.1, 0.01, 0.003)
    least_singular_value: float = 0.1
    deep_scales: tuple[float, ...] = (0.1, 0.03, 0.01, 0.003)
    deep_learning_rate: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        rank = len(self.teacher)
        for name, least in {"sets": 2, "dimension": rank, "units": 2 * rank}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if rank < 2 or not _descends(self.teacher) or self.teacher[-1] <= self.least_singular_value:
            raise ValueError(f"teacher = {self.teacher}: expected two or more descending singular values")
        if min(self.samples, *self.relu_samples) < 2 * self.dimension:
            raise ValueError(f"samples: expected at least twice the dimension, {2 * self.dimension}")
        rates = (self.learning_rate, self.deep_learning_rate, *self.alignment_rates)
        if not (self.alignment_rates and min(rates) > 0 and max(rates) * self.teacher[0] < 1):
            raise ValueError("learning rates: expected positive numbers below 1 over the teacher's largest")
        if not _descends(self.scales) or self.scales[0] > 1e-2 or sum(s <= 1e-6 for s in self.scales) < 2:
            raise ValueError(f"scales = {self.scales}: expected to descend from 0.01, two from 1e-6 on")
        if not _descends(self.deep_scales) or len(self.deep_scales) < 2 or self.deep_scales[0] >= 1:
            raise ValueError(f"deep_scales = {self.deep_scales}: expected two or more, descending, below 1")
        reach = self.kick * self.teacher[-1]
        if not self.tolerances or min(self.tolerances) <= 0 or max(self.tolerances) > reach:
            raise ValueError(f"tolerances = {self.tolerances}: expected positive numbers up to {reach:g}")


def _descends(values: tuple[float, ...]) -> bool:
    return len(values) > 0 and values[-1] > 0 and all(first > second for first, second in pairwise(values))
