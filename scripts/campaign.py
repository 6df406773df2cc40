"""Do as much of a campaign as fits into a time budget, what is worth most per second first.

Needs torch, torchvision, numpy, pandas, scipy and safetensors. Stopped by a signal or by the budget, it saves
its state and leaves an archive of what is finished; killed, it leaves the last one. The next call goes on.
"""

import argparse
import math
import sys
from pathlib import Path

import _source  # noqa: F401
from graduated.campaign.budget import Budget
from graduated.campaign.execution import Bench
from graduated.campaign.lock import hold_campaign
from graduated.campaign.loop import Campaign
from graduated.campaign.measuring import check_measures
from graduated.campaign.parts import unpack_dataset
from graduated.campaign.plan import PLAN, CampaignPlan, check_sources
from graduated.data.store import load
from graduated.device import compute_device
from graduated.program import run_program

PROGRAMS = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the campaign's folder, of scripts/prepare_campaign.py")
    parser.add_argument("--minutes", type=float, required=True, help="time budget, all included")
    parser.add_argument("--archive", type=Path, help="archive to write; default FOLDER/PRESET.zip")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="default: as the preset says")
    parser.add_argument(
        "--cuda-graphs",
        action=argparse.BooleanOptionalAction,
        help="replay training steps as CUDA graphs; default: as the preset says",
    )
    parser.add_argument("--whole", action="store_true", help="begin only what will be finished in time")
    arguments = parser.parse_args()
    folder = arguments.folder
    if not 0 <= arguments.minutes < math.inf:
        raise ValueError(f"--minutes: expected a number of at least 0, found {arguments.minutes}")
    plan = CampaignPlan.read(folder / PLAN)
    if arguments.cuda_graphs is not None:
        plan.compute["cuda_graphs"] = arguments.cuda_graphs
    with Budget(60 * arguments.minutes) as budget, hold_campaign(folder):
        check_sources(plan, PROGRAMS)
        check_measures(plan)
        record = unpack_dataset(folder / "data", plan.dataset)
        with compute_device(arguments.device or plan.compute["device"], plan.compute["threads"]) as device:
            bench = Bench(plan, folder / "results", record, load(record).to(device), device)
            archive = arguments.archive or folder / f"{plan.preset}.zip"
            campaign = Campaign(bench, budget, archive, arguments.whole)
            campaign.run()
    if budget.signal:
        sys.exit(128 + budget.signal)
    sys.exit(bool(campaign.failed))


if __name__ == "__main__":
    run_program(main)
