"""The plan of a campaign as it travels: what is to be computed, by which code, and what is done already."""

from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

from graduated.campaign.tasks import Task, make_tasks, sharpness_specification
from graduated.sources import PACKAGE
from graduated.storage import read_json, sha256

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
        specifications: What packs, probes and measures are to compute, by path in the results folder.
        sources: Digest of each program's code, as records have it.
        files: SHA-256 of each file of that code. The digests are of syntax trees, which differ from one
            version of Python to the next; equal files are equal code in any.
        commit: The commit of that code.
        done: Names of the tasks that need not be done any more.
    """

    preset: str
    epochs: int
    dataset: str
    data: str
    compute: dict[str, Any]
    grid: list[str]
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
        except TypeError:
            raise ValueError(f"{path}: not a campaign's plan; prepare it anew") from None

    @cached_property
    def tasks(self) -> list[Task]:
        """All packs and probes, those done included."""
        return list(make_tasks(self.specifications, self.measures))

    @cached_property
    def measures(self) -> list[str]:
        """The measures of sharpness."""
        pattern = sharpness_specification("*")
        return [Path(path).stem for path in self.specifications if fnmatch(path, pattern)]


def source_file(name: str, programs: Path) -> Path:
    """Return the file of a program's code by its name in ``graduated.sources.closure``.

    Args:
        name: Path in the package; programs and a user's own modules by folder and name.
        programs: Folder of the command-line programs.
    """
    own = Path(name).name
    candidates = (PACKAGE / name, programs / own, Path(name), Path(own))
    return next((path for path in candidates if path.is_file()), PACKAGE / name)


def check_sources(plan: CampaignPlan, programs: Path) -> None:
    """Make sure that the code here is the plan's.

    Raises:
        ValueError: A file differs or is missing.
    """
    paths = {name: source_file(name, programs) for name in plan.files}
    other = [name for name, path in paths.items() if not path.is_file() or sha256(path) != plan.files[name]]
    if other:
        raise ValueError(
            f"{other[0]} is not the plan's ({len(other)} of {len(paths)} files differ or are missing): "
            "bring the sources it was prepared from, or prepare it anew"
        )
