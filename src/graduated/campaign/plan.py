"""The plan of a campaign as it travels: what is to be computed, by which code, and what is done already."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from graduated.campaign.tasks import PROGRAMS, Task, make_tasks
from graduated.experiment.packs import Pack
from graduated.references import references_of
from graduated.sources import closure
from graduated.storage import DamagedFileError, read_json

PLAN = "plan.json"


@dataclass(frozen=True, eq=False)
class CampaignPlan:
    """What a campaign is to compute; written where the preset is, read where the device is.

    Attributes:
        preset: Name of the preset.
        epochs: Of its trainings.
        dataset: The dataset's name as a file name.
        data: SHA-256 of the record of the decoded dataset.
        compute: The preset's settings of device, threads, graphs and checkpoints.
        grid: Ids of the runs of the grid, as opposed to those of comparisons.
        measures: The measures of sharpness, as the preset has them; of packs without a run of the grid, the
            first alone is taken.
        specifications: What packs, probes and measures are to compute, by path in the results folder.
        sources: Digest of each program's code, as records have it; where a schedule is the user's, that of
            the pack, too, by the path of its specification.
        files: The digest of each file of that code.
        commit: The commit of that code.
        done: Names of the tasks that need not be done any more.
    """

    preset: str
    epochs: int
    dataset: str
    data: str
    compute: dict[str, Any]
    grid: list[str]
    measures: list[str]
    specifications: dict[str, Any]
    sources: dict[str, str]
    files: dict[str, str]
    commit: str
    done: list[str]

    @classmethod
    def read(cls, path: Path) -> "CampaignPlan":
        """Read a plan.

        Raises:
            ValueError: The file is missing or is not a campaign's plan.
        """
        try:
            return cls(**read_json(path))
        except FileNotFoundError:
            raise ValueError(f"{path}: no such file; scripts/prepare_campaign.py writes it") from None
        except (TypeError, DamagedFileError):
            raise ValueError(f"{path}: not a campaign's plan; prepare it anew") from None

    @cached_property
    def tasks(self) -> list[Task]:
        """All packs and probes, those done included."""
        return list(make_tasks(self.specifications, self.measures_of))

    def source(self, program: str, specification: str) -> str:
        """Return the digest of the code that does what a specification, by its path, asks of a program."""
        return self.sources.get(specification, self.sources[program])

    def measures_of(self, pack: Pack) -> list[str]:
        """Return the measures that are taken of a pack."""
        in_grid = not set(self.grid).isdisjoint(run.id for run in pack.runs)
        return self.measures if in_grid else self.measures[:1]


def source_files(specifications: Mapping[str, Any], programs: Path) -> dict[str, str]:
    """Return every source file of a campaign's programs with the digest of its code.

    Args:
        specifications: What they are to do, by path.
        programs: Folder of the command-line programs.
    """
    loaded = sorted({name for value in specifications.values() for name in references_of(value)})
    closures = (closure(programs / f"{program}.py", loaded) for program in PROGRAMS)
    return {name: code for files in closures for name, code in files.items()}


def check_sources(plan: CampaignPlan, programs: Path) -> None:
    """Make sure that the code here is the plan's.

    Args:
        plan: The plan.
        programs: Folder of the programs.

    Raises:
        ValueError: A file differs or is missing.
    """
    here = source_files(plan.specifications, programs)
    if other := sorted(name for name, code in plan.files.items() if here.get(name) != code):
        raise ValueError(
            f"{other[0]} is not the plan's ({len(other)} of {len(plan.files)} files differ or are missing): "
            "bring the sources it was prepared from, or prepare it anew"
        )
