"""A campaign of seconds: 8 small runs in 4 packs and two probes, on random images."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from unittest.mock import patch

import torch
import yaml

from graduated.campaign import forecast
from graduated.campaign.budget import Budget
from graduated.campaign.execution import Bench
from graduated.campaign.lock import hold_campaign
from graduated.campaign.loop import Campaign
from graduated.campaign.parts import pack_dataset, unpack_dataset
from graduated.campaign.plan import PLAN, CampaignPlan
from graduated.campaign.prepare import campaign_plan
from graduated.data.images import ImageData
from graduated.data.store import decode, load
from graduated.experiment.plan import make_plan
from graduated.storage import write_json
from paths import ROOT
from toys import toy_data

PROGRAMS = ROOT / "scripts"
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
ARCHIVE, COMMIT = "toy.zip", "toy"
ENOUGH = 600.0
MOMENT = 0.05
"""Seconds for which a pack is tried before any is done, instead of seconds on end."""

CONFIG = {
    "preset": "toy",
    "dataset": "toy_campaign:images",
    "model": {"name": "small_resnet", "options": {"width": 2}},
    "training": {"epochs": 4},
    "grid": {"learning_rate": [0.05, 0.1], "batch_size": [8, 16], "seed": [0, 1]},
    "noise": {
        "axis": "per_sample",
        "per_sample": {
            "learning_rate": 0.1,
            "batch_size": 16,
            "seed": [0, 1],
            "epochs": [0, 2],
            "samples": 16,
        },
        "two_batch_sizes": {"small_batch_size": 2, "large_batch_size": 8, "pairs": 3},
        "critical_batch_size": {
            "learning_rate": 0.1,
            "batch_size": [16],
            "seed": [0],
            "threshold": 0.5,
            "max_epochs": 3,
        },
    },
    "sharpness": {
        "worst_linf": {"samples": 32, "batch_size": 16, "steps": 3},
        "average_l2": {"method": "average", "norm": "l2", "samples": 32, "batch_size": 16, "draws": 2},
    },
    "packs": {"max_replicas": 2},
    "compute": {"device": "cpu"},
}


def images(_folder: Path) -> ImageData:
    return toy_data()


class Home:
    """Where the preset is: results below a folder, the dataset decoded.

    Args:
        folder: An empty folder.
        changes: Top-level keys of the config that differ.
    """

    def __init__(self, folder: Path, **changes):
        self.folder, self.config = folder, {**CONFIG, **changes}
        self.record = folder / "results/data/toy_campaign.images.json"
        decode(self.config["dataset"], folder, self.record.with_suffix(".safetensors"))

    def campaign_plan(self) -> CampaignPlan:
        """Do what scripts/prepare_campaign.py does, at a commit that stays."""
        plan = make_plan(self.config, SCHEMA, self.folder)
        return replace(campaign_plan(plan, self.record, PROGRAMS), commit=COMMIT)

    @property
    def results(self) -> Path:
        return self.folder / "results" / self.config["preset"]

    def prepare(self, folder: Path) -> Path:
        """Write the plan and the parts of the dataset."""
        write_json(folder / PLAN, asdict(self.campaign_plan()))
        pack_dataset(self.record, folder / "data")
        return folder


def compute(
    folder: Path, seconds: float = ENOUGH, interval: float | None = None, whole: bool = False
) -> Campaign:
    """Do what scripts/campaign.py does, in this process; with an interval between saves of its own."""
    torch.set_num_threads(1)
    with Budget(seconds) as budget, hold_campaign(folder), patch.object(forecast, "CALIBRATION", MOMENT):
        plan = CampaignPlan.read(folder / PLAN)
        if interval is not None:
            plan.compute["checkpoint_seconds"] = interval
        record = unpack_dataset(folder / "data", plan.dataset)
        bench = Bench(plan, folder / "results", record, load(record), torch.device("cpu"))
        campaign = Campaign(bench, budget, folder / ARCHIVE, whole)
        campaign.run()
    return campaign


def contents(archive: Path) -> dict[str, object]:
    """Return the files of an archive, without what no repetition can repeat: times and memory."""
    with zipfile.ZipFile(archive) as file:
        names = [name for name in file.namelist() if name != "manifest.json" and "timing" not in name]
        texts = {name: file.read(name).decode() for name in names}
    return {name: _without_cost(text) if name.endswith(".json") else text for name, text in texts.items()}


def _without_cost(text: str) -> dict:
    return {key: value for key, value in json.loads(text).items() if key != "cost"}


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the files of an archive, without regard to its manifest."""
    with zipfile.ZipFile(archive) as file:
        files = {name: file.read(name) for name in file.namelist()}
    change(files)
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
