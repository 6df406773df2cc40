"""Merging the archives of a campaign into the results of its preset."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graduated.campaign.archive import read_archive
from graduated.campaign.finished import check, is_settled
from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import Task, pack_task
from graduated.experiment.packs import Pack
from graduated.experiment.run import Run
from graduated.storage import DamagedFileError, read_json, to_json, write_bytes, write_if_changed

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Merged:
    """What became of the tasks of some archives.

    Attributes:
        placed: Those whose files were placed.
        kept: Those that the results hold already, by another training.
    """

    placed: list[Task]
    kept: list[Task]


def merge(
    plan: CampaignPlan, archives: Sequence[Path], results: Path, accept_other_sources: bool = False
) -> Merged:
    """Verify archives, all of them, and then place their files among the results of the preset.

    What is here already is placed again if it is the same; a result of another training stays.

    Args:
        plan: The preset's plan as it is here.
        archives: The archives.
        results: The preset's results folder.
        accept_other_sources: Whether to take results made by other code than that here.

    Raises:
        DamagedFileError: An archive is damaged.
        ValueError: An archive is of another preset, or holds what the plan does not want.
        FileNotFoundError: An archive is missing.
    """
    found: dict[str, tuple[Task, Files]] = {}
    for path in archives:
        files = read_archive(path, plan.preset)
        try:
            for task in _tasks(files, plan):
                check(task, plan, lambda name, files=files: files[name], accept_other_sources)
                found.setdefault(task.name, (task, files))
        except KeyError as missing:
            raise DamagedFileError(f"{path}: holds no {missing.args[0]}") from None
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    placed, kept = [], []
    for task, files in found.values():
        if _is_other(task, files, results) and is_settled(task, plan, results, accept_other_sources):
            kept.append(task)
        else:
            _place(task, files, results)
            placed.append(task)
    return Merged(placed, kept)


def _tasks(files: Files, plan: CampaignPlan) -> list[Task]:
    """Return the tasks that an archive's files are of; packs need not be cut as they would be here."""
    wanted = {run.id for task in plan.tasks if task.is_pack for run in task.runs}
    tasks = [task for task in plan.tasks if not task.is_pack and task.record in files]
    for path, content in files.items():
        if path.startswith("training/") and path.endswith("/record.json"):
            tasks.append(_pack(path, content, plan, wanted))
    unknown = set(files) - {name for task in tasks for name in task.outputs}
    if unknown:
        raise ValueError(f"{min(unknown)}: belongs to no pack and no probe of the preset")
    return tasks


def _pack(path: str, content: bytes, plan: CampaignPlan, wanted: set[str]) -> Task:
    record = json.loads(content)
    pack = Pack(tuple(Run.from_specification(run["specification"]) for run in record["runs"]))
    task = pack_task(pack, plan.measures_of(pack))
    if task.record != path:
        raise ValueError(f"{path}: holds the runs of another pack, {pack.id}")
    if foreign := [run.id for run in pack.runs if run.id not in wanted]:
        raise ValueError(f"{path}: run {foreign[0]} is not of the preset {plan.preset}")
    return task


def _is_other(task: Task, files: Files, results: Path) -> bool:
    """Tell whether the results hold a task's record, and not the one of these files."""
    path = results / task.record
    if not path.is_file():
        return False
    here, there = read_json(path), json.loads(files[task.record])
    return here["checksums"] != there["checksums"] if task.is_pack else here != there


def _place(task: Task, files: Files, results: Path) -> None:
    write_if_changed(results / task.specification, to_json(task.value))
    if task.is_pack:
        (results / task.record).with_name("weights.safetensors").unlink(missing_ok=True)
    for name in task.outputs:
        write_bytes(results / name, files[name])
