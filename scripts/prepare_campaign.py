"""Prepare a campaign: write what travels to a device that is at hand for a while only.

The folder then holds plan.json, with all that is still to be computed, and the decoded dataset as packed
parts. Prepare it anew after an import: what is done is left out. Run it in the project's folder.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import yaml

import _source  # noqa: F401
from graduated.campaign.parts import pack_dataset
from graduated.campaign.plan import PLAN
from graduated.campaign.prepare import campaign_plan
from graduated.campaign.workflow import decode_dataset
from graduated.experiment.plan import make_plan
from graduated.experiment.preset_file import read_config
from graduated.program import run_program
from graduated.storage import write_json

PROGRAMS = Path(__file__).resolve().parent
SCHEMA = PROGRAMS.parent / "workflow" / "schemas" / "config.schema.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", type=Path, help="the preset's file, e.g. config/cifar100-40ep.yaml")
    parser.add_argument("--output", type=Path, help="folder to write; default results/campaign/PRESET")
    parser.add_argument(
        "--accept-other-sources", action="store_true", help="count results by other code as done, too"
    )
    arguments = parser.parse_args()
    plan = make_plan(read_config(arguments.preset), yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    folder = arguments.output or Path("results") / "campaign" / plan.config["preset"]
    record = decode_dataset(arguments.preset, plan)
    travelling = campaign_plan(plan, record, PROGRAMS, arguments.accept_other_sources)
    parts = pack_dataset(record, folder / "data")
    write_json(folder / PLAN, asdict(travelling))
    left = [task for task in travelling.tasks if task.name not in travelling.done]
    print(
        f"{folder}: {len(left)} of {len(travelling.tasks)} packs and probes are to be done; "
        f"the dataset is in {len(parts)} parts"
    )


if __name__ == "__main__":
    run_program(main)
