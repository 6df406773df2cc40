"""What a campaign asks of Snakemake, in the project's folder: to decode the dataset, to take over results."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from graduated.campaign.tasks import Task, sharpness_record
from graduated.experiment.plan import Plan


def decode_dataset(preset: Path, plan: Plan) -> Path:
    """Decode a preset's dataset unless that is done, write the plan's files, and return the dataset's record.

    Args:
        preset: The preset's file.
        plan: Its plan.

    Raises:
        ValueError: Snakemake failed.
    """
    record = Path(f"{plan.data}.json")
    _snakemake(preset, "--", str(record))
    return record


def take_over(preset: Path, results: Path, tasks: Iterable[Task]) -> None:
    """Have Snakemake count the files of some tasks as its own work, done from their inputs as these are now.

    It dates them anew and notes the checksums of their inputs; weights may be missing.

    Args:
        preset: The preset's file.
        results: The preset's results folder.
        tasks: The tasks, their files in place.

    Raises:
        ValueError: Snakemake failed.
    """
    records = [task.record for task in tasks]
    records += [sharpness_record(measure, task.name) for task in tasks for measure in task.measures]
    if records:
        _snakemake(preset, "--touch", "--force", "--", *(str(results / record) for record in records))


def _snakemake(preset: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", str(preset), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if result.returncode:
        raise ValueError(f"Snakemake failed:\n{(result.stdout + result.stderr).strip()}")
