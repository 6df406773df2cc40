"""Preparing a campaign: from the plan of a preset to what travels to the device."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from graduated.campaign.finished import is_settled
from graduated.campaign.plan import CampaignPlan, source_file
from graduated.campaign.tasks import PROGRAMS
from graduated.experiment.plan import Plan, specifications
from graduated.provenance import git_commit
from graduated.sources import closure, digest
from graduated.storage import sha256

NEEDED = ("packs/", "specifications/per_sample", "specifications/steps/", "specifications/cells/")
NEEDED += ("specifications/sharpness/",)


def campaign_plan(
    plan: Plan, record: Path, programs: Path, accept_other_sources: bool = False
) -> CampaignPlan:
    """Return a preset's plan as a campaign needs it.

    Args:
        plan: The plan.
        record: Record of the decoded dataset.
        programs: Folder of the command-line programs.
        accept_other_sources: Whether results that are here from other code count as done.
    """
    config, model = plan.config, plan.config["model"]["name"]
    paths = [programs / f"{program}.py" for program in PROGRAMS]
    everything = CampaignPlan(
        preset=config["preset"],
        epochs=config["training"]["epochs"],
        dataset=plan.dataset_file,
        data=sha256(record),
        compute=config["compute"],
        grid=[run.id for run in plan.runs],
        specifications={
            path: value for path, value in specifications(plan).items() if path.startswith(NEEDED)
        },
        sources={path.stem: digest(path, [model]) for path in paths},
        files=_file_checksums(paths, model, programs),
        commit=git_commit(),
        done=[],
    )
    settled = [
        task.name
        for task in everything.tasks
        if is_settled(task, everything, plan.results, accept_other_sources)
    ]
    return replace(everything, done=settled)


def _file_checksums(paths: Iterable[Path], model: str, programs: Path) -> dict[str, str]:
    names = {name for path in paths for name in closure(path, [model])}
    return {name: sha256(source_file(name, programs)) for name in sorted(names)}
