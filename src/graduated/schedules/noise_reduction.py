"""Noise reduction: δ falls polynomially, by learning rate, batch size and momentum in chosen shares."""

from dataclasses import dataclass
from math import isclose

from graduated.schedules.base import Schedule, Settings
from graduated.schedules.heavy_ball import momentum_factor, momentum_of_factor


@dataclass(frozen=True)
class NoiseReduction(Schedule):
    """δ_t = δ_0 (1 − t/M)^p, that is δ_{m+1} = γ_m δ_m with γ_m = ((M−m)/(M−m+1))^p (arXiv 2412.11501).

    Of the factor f_t = δ_t/δ_0, the learning rate bears f_t to the power of its share (η_t = η_0 f_t^s), the
    batch size likewise (b_t = b_0 f_t^(−2s), rounded), and the momentum is solved for the rest, at the η and
    b of the epoch; it ends at 0 where no momentum makes δ as small. Where the shares make 1, the momentum
    stays as it is, and δ of the heavy ball falls by less, for a part of it does not depend on b.

    Attributes:
        power: p; the optimal noise scheduling of the paper has p in (0, 1].
        learning_rate_share: Share of the learning rate, in [0, 1].
        batch_size_share: Share of the batch size.
        gradient_variance: C², needed to solve for the momentum of the heavy ball.
        gradient_norm: K, the bound of the gradient norm, needed for the same.

    Raises:
        ValueError: A number is out of range, or one that solving for the momentum needs is missing.
    """

    power: float = 0.9
    learning_rate_share: float = 0.0
    batch_size_share: float = 1.0
    gradient_variance: float | None = None
    gradient_norm: float | None = None

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise ValueError(f"power: expected a number greater than 0, found {self.power}")
        shares = {"learning_rate_share": self.learning_rate_share, "batch_size_share": self.batch_size_share}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name}: expected a number in [0, 1], found {share}")
        if sum(shares.values()) > 1 and self.by_momentum:
            raise ValueError(f"learning_rate_share + batch_size_share: expected at most 1, found {shares}")
        if self.by_momentum and not self.start.momentum > 0:
            raise ValueError("learning_rate_share + batch_size_share: expected 1, for there is no momentum")
        if self.by_momentum and self.start.optimizer == "shb":
            for name in ("gradient_variance", "gradient_norm"):
                if getattr(self, name) is None:
                    raise ValueError(
                        f"{name}: expected a number, to solve for the momentum of the heavy ball"
                    )

    @property
    def by_momentum(self) -> bool:
        """Whether the momentum bears a share."""
        return not isclose(self.learning_rate_share + self.batch_size_share, 1.0)

    def factor(self, epoch: int) -> float:
        """Return δ_t/δ_0."""
        return (1 - epoch / self.start.epochs) ** self.power

    def batch_size(self, epoch: int) -> int:
        """Return the batch size of an epoch."""
        size = self.start.batch_size * self.factor(epoch) ** (-2 * self.batch_size_share)
        return self.start.capped(round(size))

    def at(self, epoch: int) -> Settings:
        """Return the settings of an epoch's steps."""
        start, factor, batch_size = self.start, self.factor(epoch), self.batch_size(epoch)
        learning_rate = start.learning_rate * factor**self.learning_rate_share
        momentum = start.momentum
        if self.by_momentum and epoch:
            momentum = self._momentum(learning_rate, batch_size, factor)
        return Settings(learning_rate, batch_size, momentum)

    def _momentum(self, learning_rate: float, batch_size: int, factor: float) -> float:
        """Return β such that δ is its first value times a factor; 0 where there is none."""
        start = self.start
        if start.optimizer != "shb":
            ratio = (learning_rate / start.learning_rate) ** 2 * start.batch_size / batch_size
            kept = (1 - start.quasi * start.momentum) * ratio / factor**2
            return max(0.0, (1 - kept) / start.quasi)
        first, variance = self.gradient_variance / start.batch_size, self.gradient_variance / batch_size
        bound = self.gradient_norm**2
        was = first + momentum_factor(start.momentum) * (first + bound)
        target = was * (factor * start.learning_rate / learning_rate) ** 2
        return momentum_of_factor((target - variance) / (variance + bound))
