"""Whether the files of a task are what the plan wants, wherever they lie."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import MEASURE, Task, sharpness_record, sharpness_specification
from graduated.storage import to_json

Read = Callable[[str], bytes]
"""Returns the content of a file by its path in the results folder; FileNotFoundError where there is none."""


def is_finished(task: Task, plan: CampaignPlan, results: Path, accept_other_sources: bool = False) -> bool:
    """Tell whether all files of a task lie in a results folder, as the plan wants them.

    Args:
        task: The task.
        plan: The plan that says by which code, on which data and to which specifications.
        results: The preset's results folder.
        accept_other_sources: Whether they may come from other code than the plan's.
    """
    try:
        check(task, plan, reader(results), accept_other_sources)
    except (FileNotFoundError, ValueError):
        return False
    return True


def is_settled(task: Task, plan: CampaignPlan, results: Path, accept_other_sources: bool = False) -> bool:
    """Tell whether a task is finished, or is a pack whose weights are here, only to be measured.

    The arguments are those of :func:`is_finished`.
    """
    if is_finished(task, plan, results, accept_other_sources):
        return True
    if not (results / task.record).with_name("weights.safetensors").is_file():
        return False
    try:
        _check_record(task, plan, reader(results), accept_other_sources)
    except (FileNotFoundError, ValueError):
        return False
    return True


def reader(results: Path) -> Read:
    """Return a function that reads the files of a results folder."""
    return lambda path: (results / path).read_bytes()


def check(task: Task, plan: CampaignPlan, read: Read, accept_other_sources: bool = False) -> None:
    """Make sure that the files of a task are there, belong together, and are what the plan wants.

    Args:
        task: The task.
        plan: The plan that says by which code, on which data and to which specifications.
        read: Reads the files.
        accept_other_sources: Whether they may come from other code than the plan's.

    Raises:
        FileNotFoundError: One is missing.
        ValueError: One is not what is wanted; the line says which and why.
    """
    record = _check_record(task, plan, read, accept_other_sources)
    if not task.is_pack:
        return
    history = hashlib.sha256(read(task.record.replace("record.json", "history.csv"))).hexdigest()
    _require(task.record, "is not of the history beside it", record["checksums"]["history"] == history)
    read(task.record.replace("record.json", "timing.csv"))
    for path, measured in _sharpness(task, plan, read, accept_other_sources):
        same = measured["checksums"]["weights"] == record["checksums"]["weights"]
        _require(path, f"is not of the weights of {task.record}", same)


def _check_record(task: Task, plan: CampaignPlan, read: Read, accept: bool) -> dict[str, Any]:
    sources = plan.source(task.program, task.specification)
    wanted = {"specification": task.specification_sha256, "data": plan.data, "sources": sources}
    return _read_record(read, task.record, task.program, wanted, accept)


def _sharpness(
    task: Task, plan: CampaignPlan, read: Read, accept: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    for measure in task.measures:
        path = sharpness_record(measure, task.name)
        settings = to_json(plan.specifications[sharpness_specification(measure)])
        specification = hashlib.sha256(settings.encode()).hexdigest()
        wanted = {"specification": specification, "data": plan.data, "sources": plan.sources[MEASURE]}
        yield path, _read_record(read, path, MEASURE, wanted, accept)


def _read_record(
    read: Read, path: str, program: str, wanted: Mapping[str, str], accept: bool
) -> dict[str, Any]:
    record = json.loads(read(path))
    inputs = record["inputs"]
    _require(path, "was made to another specification", inputs["specification"] == wanted["specification"])
    _require(path, "was made with another dataset", inputs["data"] == wanted["data"])
    other = f"was made by other sources of {program}.py (--accept-other-sources takes it)"
    _require(path, other, accept or record["sources"] == wanted["sources"])
    return record


def _require(path: str, complaint: str, satisfied: bool) -> None:
    if not satisfied:
        raise ValueError(f"{path}: {complaint}")
