"""What a measure of sharpness says of K replicas."""

import math
from dataclasses import dataclass, fields, replace

from torch import Tensor


@dataclass(frozen=True)
class SharpnessResult:
    """Sharpness of K replicas: tensors [K], NaN for a replica that diverged.

    Attributes:
        sharpness: The measure: worst loss less clean loss, mean loss change, or eigenvalue or trace of the
            Hessian.
        clean_loss: Loss at the weights themselves, averaged over the batches.
        error_increase: Error at the perturbed weights less clean error, likewise; NaN for a regression, None
            where nothing is perturbed.
        perturbation_norm: Largest Euclidean norm of a perturbation; None where nothing is perturbed.
        standard_error: Of ``sharpness`` where that is a mean over random draws; otherwise None.
        low: Lower end of its 95 % interval (Student's), likewise.
        high: Upper end.
        eigenvalues: The Hessian's largest eigenvalues, descending [K, number]; None where not asked for.
    """

    sharpness: Tensor
    clean_loss: Tensor
    error_increase: Tensor | None = None
    perturbation_norm: Tensor | None = None
    standard_error: Tensor | None = None
    low: Tensor | None = None
    high: Tensor | None = None
    eigenvalues: Tensor | None = None

    @property
    def columns(self) -> dict[str, Tensor]:
        """What was measured, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def masked(self, sound: Tensor) -> "SharpnessResult":
        """Return the same with NaN for the replicas that are not sound [K]."""
        return replace(
            self,
            **{
                name: value.where(sound.view(-1, *[1] * (value.dim() - 1)), math.nan)
                for name, value in self.columns.items()
            },
        )
