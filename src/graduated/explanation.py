"""Why Snakemake would run what it would run: its dry run, one line per rule and reason."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

SHOWN = 3
"""Most files that one reason names."""

AFTER = "Input files updated by another job"
SHORT = {
    "Missing output files": "its output is missing",
    "Incomplete output files": "its output is incomplete",
    "Set of input files has changed since last execution": "it has other inputs than before",
}
"""Snakemake's reasons that need no more words; the others name files."""


@dataclass
class PlannedJob:
    """A job of a dry run.

    Attributes:
        rule: Its rule.
        outputs: Files that it would write.
        reasons: Snakemake's reasons, each with the files that it names.
    """

    rule: str
    outputs: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)


def explain(dry_run: str) -> list[str]:
    """Summarise a dry run.

    Args:
        dry_run: What ``snakemake --dry-run`` printed.

    Returns:
        Lines such as ``train_pack  2 jobs  changed: sources/train_pack.json``; none if nothing is to be done.
    """
    jobs = [job for job in planned_jobs(dry_run) if job.rule != "all"]
    makers = {output: job.rule for job in jobs for output in job.outputs}
    groups: dict[tuple[str, ...], list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        groups[job.rule, *job.reasons].append(job)
    rows = [
        (rule, f"{len(group)} job{'s' * (len(group) > 1)}", _reasons(group, kinds, makers))
        for (rule, *kinds), group in groups.items()
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    return [f"{rule:{widths[0]}}  {count:>{widths[1]}}  {reasons}" for rule, count, reasons in rows]


def planned_jobs(dry_run: str) -> list[PlannedJob]:
    """Read the jobs of a dry run, in its order."""
    jobs: list[PlannedJob] = []
    for line in dry_run.splitlines():
        if start := re.fullmatch(r"(?:local)?rule (\w+):", line):
            jobs.append(PlannedJob(start[1]))
        elif jobs and line.startswith("    output: "):
            jobs[-1].outputs = _files(line.partition(": ")[2])
        elif jobs and line.startswith("    reason: "):
            for reason in line.partition(": ")[2].split("; "):
                kind, _, files = reason.partition(": ")
                jobs[-1].reasons[kind] = _files(files)
    return jobs


def _files(text: str) -> list[str]:
    return text.split(", ") if text else []


def _reasons(group: Sequence[PlannedJob], kinds: Sequence[str], makers: dict[str, str]) -> str:
    parts = []
    for kind in kinds:
        files = [file for job in group for file in job.reasons[kind]]
        if kind in SHORT:
            parts.append(SHORT[kind])
        elif kind == AFTER:
            parts.append(f"after {_listed(makers.get(file, file) for file in files)}")
        elif kind == "Updated input files":
            parts.append(f"changed: {_listed(_short(file) for file in files)}")
        else:
            parts.append(kind)
    return "; ".join(parts)


def _listed(names: Sequence[str]) -> str:
    names = sorted(set(names))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _short(path: str) -> str:
    """Return a path below the folder of a preset, or of the data."""
    return PurePath(*PurePath(path).parts[2:]).as_posix() if path.startswith("results/") else path
