"""Packs: runs of equal shape that are trained together, so formed that a new run never changes an old one."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graduated.experiment.run import Run
from graduated.storage import DamagedFileError, read_json


@dataclass(frozen=True)
class Pack:
    """Runs of one shape, in a fixed order: replica k is ``runs[k]``."""

    runs: tuple[Run, ...]

    @property
    def id(self) -> str:
        """Readable and unique, e.g. ``constant.b~128.1a2b3c4d``; a valid file name."""
        first = self.runs[0]
        digest = hashlib.sha256(" ".join(run.digest for run in self.runs).encode()).hexdigest()[:8]
        return f"{first.schedule.rpartition(':')[2]}.b~{first.batch_size}.{digest}"

    @property
    def specification(self) -> dict[str, Any]:
        """What the pack's file holds."""
        return {"runs": [run.specification for run in self.runs]}

    @classmethod
    def read(cls, path: Path) -> "Pack":
        """Read a pack from its file.

        Raises:
            DamagedFileError: The file is none of a pack.
        """
        specification = read_json(path, "runs")
        try:
            return cls(tuple(map(Run.from_specification, specification["runs"])))
        except (AttributeError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path}: not a pack's runs ({error}); delete it and run again") from None


@dataclass(frozen=True)
class PackLimits:
    """How large a pack may be.

    Attributes:
        max_replicas: Most runs in a pack.
        max_images: Most images in one step of a pack; a single run may exceed it.
    """

    max_replicas: int = 16
    max_images: int = 8192

    def replicas(self, batch_size: int) -> int:
        """Return how many runs of this batch size make a full pack."""
        return max(1, min(self.max_replicas, self.max_images // batch_size))


def pack_shape(run: Run, samples: int | None = None) -> tuple:
    """Return what runs of a pack have in common; its last entry is the batch size of every epoch.

    They may differ in learning rate, its schedule, momentum and seed.

    Args:
        run: One of them.
        samples: Size of the training set, where it is known.
    """
    alike = (run.dataset, run.model, run.model_options, run.train_samples, run.precision, run.packing)
    return (*alike, run.optimizer, bool(run.perturbation), run.build_schedule(samples).batch_sizes)


def form_packs(
    wanted: Sequence[Run], existing: Iterable[Pack], limits: PackLimits, samples: int | None = None
) -> list[Pack]:
    """Cover the wanted runs with packs, keeping every existing pack that serves.

    Args:
        wanted: The runs of the preset, in the order of its grid.
        existing: Packs formed before; each is kept whole if any of its runs is wanted.
        limits: Size of the new packs.
        samples: Size of the training set, where it is known: no batch is larger.

    Returns:
        The packs needed: kept ones first, then new ones for the runs that no kept pack holds.
    """
    missing = dict.fromkeys(wanted)
    packs = []
    for pack in existing:
        held = [run for run in pack.runs if run in missing]
        if held:
            packs.append(pack)
            for run in held:
                del missing[run]
    groups: dict[tuple, list[Run]] = defaultdict(list)
    for run in missing:
        groups[pack_shape(run, samples)].append(run)
    for (*_, batch_sizes), runs in groups.items():
        size = limits.replicas(max(batch_sizes))
        packs += [Pack(tuple(runs[start : start + size])) for start in range(0, len(runs), size)]
    return packs
