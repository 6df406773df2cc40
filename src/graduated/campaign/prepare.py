"""Preparing a campaign: from the plan of a preset to what travels to the device."""

from dataclasses import replace
from pathlib import Path

from graduated.campaign.finished import is_settled
from graduated.campaign.plan import CampaignPlan, source_files
from graduated.campaign.tasks import PROGRAMS
from graduated.data.catalogue import describe
from graduated.experiment.packs import PackLimits, form_packs
from graduated.experiment.plan import TRAINER, Plan, begun_packs, specifications
from graduated.provenance import git_commit
from graduated.references import references_of
from graduated.sources import digest
from graduated.storage import sha256

NEEDED = ("packs/", "specifications/per_sample", "specifications/steps/", "specifications/cells/")
NEEDED += ("specifications/sharpness/",)


def campaign_plan(
    plan: Plan, record: Path, programs: Path, accept_other_sources: bool = False
) -> CampaignPlan:
    """Return a preset's plan as a campaign needs it: its packs cut by :func:`seed_by_seed`.

    Args:
        plan: The plan.
        record: Record of the decoded dataset.
        programs: Folder of the command-line programs.
        accept_other_sources: Whether results that are here from other code count as done.
    """
    plan = seed_by_seed(plan)
    config, model = plan.config, plan.config["model"]["name"]
    wanted = {path: value for path, value in specifications(plan).items() if path.startswith(NEEDED)}
    own = {
        f"packs/{pack_id}.json": digest(programs / f"{TRAINER}.py", references_of(pack.specification))
        for pack_id, pack in plan.packs.items()
        if plan.training_sources(pack_id) != TRAINER
    }
    everything = CampaignPlan(
        preset=config["preset"],
        epochs=config["training"]["epochs"],
        dataset=plan.dataset_file,
        data=sha256(record),
        compute=config["compute"],
        grid=[run.id for run in plan.runs],
        measures=list(config["sharpness"]),
        specifications=wanted,
        sources={program: digest(programs / f"{program}.py", [model]) for program in PROGRAMS} | own,
        files=source_files(wanted, programs),
        commit=git_commit(),
        done=[],
    )
    settled = [
        task.name
        for task in everything.tasks
        if is_settled(task, everything, plan.results, accept_other_sources)
    ]
    return replace(everything, done=settled)


def seed_by_seed(plan: Plan) -> Plan:
    """Return a plan whose packs hold the first seeds of all learning rates before the second ones.

    Otherwise a pack would repeat some cells while others wait for their first run. Packs that are begun stay.
    """
    runs = sorted((run for pack in plan.packs.values() for run in pack.runs), key=lambda run: run.seed)
    data = describe(plan.config["dataset"])
    samples = plan.config["training"]["train_samples"] or (data.train_size if data else None)
    packs = form_packs(runs, begun_packs(plan.results), PackLimits(**plan.config["packs"]), samples)
    return replace(plan, packs={pack.id: pack for pack in packs})
