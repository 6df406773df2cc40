"""A run: one training of one network, identified by its specification and nothing else."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from graduated.schedules import Schedule, Start, build
from graduated.schedules.perturbation import Perturbation, build_perturbation


@dataclass(frozen=True)
class Run:
    """The specification of one training.

    A new field must have a default: fields at their default are left out of the identity, so that old runs
    keep their ids.

    Attributes:
        dataset: Name in the catalogue, or ``module:function``.
        model: Name of the architecture, or ``module:function``.
        learning_rate: η, at the start.
        batch_size: b, at the start.
        seed: Keys initialisation, data order and augmentation.
        epochs: Passes over the training set.
        schedule: How learning rate and batch size go on from there.
        model_options: Further arguments of the architecture, as sorted (name, value) pairs.
        train_samples: Train on the first so many images only; None is all of them.
        precision: Arithmetic of the training.
        schedule_options: Further settings of the schedule, as sorted (name, value) pairs.
        optimizer: Update rule: sgd, shb, nshb or qhm.
        momentum: β, at the start.
        quasi: ν of QHM.
        perturbation: Levels of explicit graduated optimization, as sorted (name, value) pairs; none of them
            means that gradients are taken at the weights themselves.
        packing: How a pack computes its replicas: ``grouped``, in operations that they share, or in
            ``branches``, each by itself.
    """

    dataset: str
    model: str
    learning_rate: float
    batch_size: int
    seed: int
    epochs: int
    schedule: str = "constant"
    model_options: tuple[tuple[str, Any], ...] = ()
    train_samples: int | None = None
    precision: str = "float32"
    schedule_options: tuple[tuple[str, Any], ...] = ()
    optimizer: str = "sgd"
    momentum: float = 0.0
    quasi: float = 1.0
    perturbation: tuple[tuple[str, Any], ...] = ()
    packing: str = "grouped"

    @property
    def specification(self) -> dict[str, Any]:
        """The fields that differ from their defaults, and those that have none."""
        values = asdict(self)
        defaults = {field.name: field.default for field in fields(self) if field.default is not MISSING}
        return {
            name: value for name, value in values.items() if name not in defaults or value != defaults[name]
        }

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits of the specification's SHA-256."""
        canonical = json.dumps(self.specification, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:8]

    @property
    def id(self) -> str:
        """Readable and unique, e.g. ``constant/lr~0.1/b~128/seed~0-1a2b3c4d``."""
        schedule = self.schedule.rpartition(":")[2]
        return f"{schedule}/lr~{self.learning_rate:g}/b~{self.batch_size}/seed~{self.seed}-{self.digest}"

    def build_schedule(self, samples: int | None = None) -> Schedule:
        """Return the run's schedule.

        Args:
            samples: Size of the training set, where it is known.

        Raises:
            ValueError: The schedule is unknown, or one of its options wrong.
        """
        start = Start(
            self.learning_rate,
            self.batch_size,
            self.epochs,
            self.optimizer,
            self.momentum,
            self.quasi,
            samples,
        )
        return build(self.schedule, start, dict(self.schedule_options))

    def build_perturbation(self) -> Perturbation | None:
        """Return the levels of explicit graduated optimization; None where there are none.

        Raises:
            ValueError: A setting of them is unknown or wrong.
        """
        return build_perturbation(self.epochs, dict(self.perturbation)) if self.perturbation else None

    @classmethod
    def from_specification(cls, values: Mapping[str, Any]) -> "Run":
        """Rebuild a run from its specification as read from JSON."""
        pairs = ("model_options", "schedule_options", "perturbation")
        options = {key: tuple((name, value) for name, value in values.get(key, ())) for key in pairs}
        return cls(**{**values, **options})
