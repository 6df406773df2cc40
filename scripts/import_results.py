"""Merge the archives of a campaign into the results of its preset, so that Snakemake counts them as done.

Every archive is verified before any is merged: checksums, preset, specifications, dataset, sources. Run it in
the project's folder.
"""

import argparse
from pathlib import Path

import yaml

import _source  # noqa: F401
from graduated.campaign.merge import merge
from graduated.campaign.prepare import campaign_plan
from graduated.campaign.workflow import decode_dataset, take_over
from graduated.experiment.plan import make_plan
from graduated.experiment.preset_file import read_config
from graduated.program import run_program

PROGRAMS = Path(__file__).resolve().parent
SCHEMA = PROGRAMS.parent / "workflow" / "schemas" / "config.schema.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", type=Path, help="the preset's file, e.g. config/cifar100-40ep.yaml")
    parser.add_argument("archives", type=Path, nargs="+", help="archives of scripts/campaign.py")
    parser.add_argument("--accept-other-sources", action="store_true", help="take results by other code, too")
    arguments = parser.parse_args()
    plan = make_plan(read_config(arguments.preset), yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    wanted = campaign_plan(plan, decode_dataset(arguments.preset, plan), PROGRAMS)
    merged = merge(wanted, arguments.archives, plan.results, arguments.accept_other_sources)
    take_over(arguments.preset, plan.results, merged.placed)
    runs = sum(len(task.runs) for task in merged.placed if task.is_pack)
    probes = sum(not task.is_pack for task in merged.placed)
    print(
        f"{plan.results}: {runs} runs and {probes} probes placed; "
        f"{len(merged.kept)} packs and probes from another training were here already and stay"
    )


if __name__ == "__main__":
    run_program(main)
