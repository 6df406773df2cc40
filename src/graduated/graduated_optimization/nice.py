"""What the theory of graduated optimization prescribes on a σ_m-nice function: levels, steps, and a bound."""

from dataclasses import dataclass
from math import ceil, log, sqrt

from graduated.graduated_optimization.levels import Levels, decaying_levels


@dataclass(frozen=True)
class NiceFunction:
    """Constants of a σ-nice function (arXiv 2311.08745, Definition 5.1 and its assumptions).

    Attributes:
        strong_convexity: σ, of every f̂_δ on the ball of radius 3δ round its minimiser.
        lipschitz: L_f, the Lipschitz constant of f where it is searched.
        smoothness: L_g, the Lipschitz constant of ∇f.

    Raises:
        ValueError: One of them is not greater than 0.
    """

    strong_convexity: float
    lipschitz: float
    smoothness: float

    def __post_init__(self) -> None:
        for name in ("strong_convexity", "lipschitz", "smoothness"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} = {getattr(self, name)}: expected a number greater than 0")


@dataclass(frozen=True)
class Plan:
    """One run of Algorithm 1 of arXiv 2311.08745, M + 1 levels.

    Attributes:
        levels: δ_m.
        learning_rates: η_m.
        accuracies: ε_m = σδ_m²/2, to which f̂_δm is minimised.
        rates: H_m of Theorem 5.1, the gap after T steps being at most H_m/T.
    """

    levels: Levels
    learning_rates: tuple[float, ...]
    accuracies: tuple[float, ...]
    rates: tuple[float, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """T_m = H_m/ε_m, rounded up."""
        return tuple(ceil(rate / gap) for rate, gap in zip(self.rates, self.accuracies, strict=True))

    @property
    def bound(self) -> float:
        """The steps of all levels if every H_m is the largest one: O(1/ε²) (Theorem 5.2)."""
        return max(self.rates) * sum(1 / gap for gap in self.accuracies)


def make_plan(
    nice: NiceFunction,
    first: float,
    decay: float,
    accuracy: float,
    learning_rate: float,
    learning_rate_factor: float = 1.0,
) -> Plan:
    """Return levels and steps that lead into an ε-neighbourhood of the global minimum (Algorithm 1).

    Args:
        nice: Constants of the function.
        first: δ_1.
        decay: γ = κ/√λ in [0.5, 1).
        accuracy: ε.
        learning_rate: η_1 < min(1/σ, 2/L_g).
        learning_rate_factor: κ in [γ, 1], what the learning rate is multiplied by from level to level; the
            batch size is multiplied by λ = (κ/γ)².

    Raises:
        ValueError: An argument is out of range.
    """
    sigma, smoothness = nice.strong_convexity, nice.smoothness
    if not 0.5 <= decay < 1:
        raise ValueError(f"decay = {decay}: expected a number in [0.5, 1)")
    if not decay <= learning_rate_factor <= 1:
        raise ValueError(f"learning_rate_factor = {learning_rate_factor}: expected a number in [{decay}, 1]")
    if not 0 < learning_rate < min(1 / sigma, 2 / smoothness):
        raise ValueError(
            f"learning_rate = {learning_rate}: expected less than {min(1 / sigma, 2 / smoothness):g}, "
            "the smaller of 1/σ and 2/L_g"
        )
    levels = decaying_levels(first, decay, last_level(nice, first, decay, accuracy) + 1)
    learning_rates = tuple(learning_rate * learning_rate_factor**index for index in range(len(levels)))
    accuracies = tuple(sigma * smoothing**2 / 2 for smoothing in levels)
    rates = tuple(rate(nice, eta, smoothing) for eta, smoothing in zip(learning_rates, levels, strict=True))
    return Plan(levels, learning_rates, accuracies, rates)


def last_level(nice: NiceFunction, first: float, decay: float, accuracy: float) -> int:
    """Return M = log_γ(α_0 ε), rounded up, with α_0 = min(1/(16 L_f δ_1), 1/(√(2σ) δ_1)) (Algorithm 1).

    Args:
        nice: Constants of the function.
        first: δ_1.
        decay: γ.
        accuracy: ε.

    Raises:
        ValueError: ε is not positive, or so large that no smoothing is needed to reach it.
    """
    if not accuracy > 0:
        raise ValueError(f"accuracy = {accuracy}: expected a number greater than 0")
    scale = min(1 / (16 * nice.lipschitz * first), 1 / (sqrt(2 * nice.strong_convexity) * first))
    if scale * accuracy >= 1:
        raise ValueError(f"accuracy = {accuracy}: expected less than {1 / scale:g}, for M to be at least 1")
    return ceil(log(scale * accuracy) / log(decay))


def rate(nice: NiceFunction, learning_rate: float, smoothing: float) -> float:
    """Return H = 9(1 − ση)δ²/(2η) + 3 L_f δ/(η(2 − L_g η)) (Theorem 5.1).

    Args:
        nice: Constants of the function.
        learning_rate: η.
        smoothing: δ.
    """
    distance = 9 * (1 - nice.strong_convexity * learning_rate) * smoothing**2 / (2 * learning_rate)
    drift = 3 * nice.lipschitz * smoothing / (learning_rate * (2 - nice.smoothness * learning_rate))
    return distance + drift
