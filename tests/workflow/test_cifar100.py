"""The paper's own path on real CIFAR-100, in miniature: decode, train, measure, draw."""

import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from paths import ROOT
from project import Project

MEASURES = ("worst_linf", "worst_linf_cifar10_statistics")
MADE = (
    "results/tiny/comparisons/four_methods/equal_cost.csv",
    "results/tiny/noise/cells.csv",
    "figures/tiny/overview.png",
)
SMALL = {"samples": 32, "batch_size": 16, "steps": 4}
FOLDER = Path(os.environ.get("GRADUATED_DATA") or "none") / "cifar-100-python"

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.cifar,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="GRADUATED_DATA names no folder with cifar-100-python"),
]


def test_the_paper_in_miniature(tmp_path):
    """``config.yaml`` itself, with fewer and smaller everything."""
    project = Project(tmp_path / "project")
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["preset"] = "tiny"
    config["model"]["options"] = {"width": 2}
    config["training"].update(epochs=1, train_samples=256)
    config["comparisons"] = {"four_methods": {**config["comparisons"]["four_methods"], "seed": [0]}}
    config["grid"].update(learning_rate=[0.1], batch_size=[64, 256], seed=[0])
    config["noise"]["per_sample"].update(epochs=[0], seed=[0], samples=32)
    config["noise"]["cells"].update(learning_rate=[0.1], batch_size=[64], seed=[0], epochs=[0, 1], samples=32)
    config["noise"]["two_batch_sizes"] = {"small_batch_size": 4, "large_batch_size": 16, "pairs": 2}
    config["noise"]["critical_batch_size"].update(batch_size=[128], seed=[0], max_epochs=1)
    config["sharpness"] = {name: config["sharpness"][name] | SMALL for name in MEASURES}
    config["compute"].update(device="cpu", threads=1)
    (project.folder / "config/tiny.yaml").write_text(yaml.safe_dump(config))
    project.build(*MADE)
    table = pd.read_csv(project.results() / "results.csv")
    assert len(table) == 2 and set(table["status"]) == {"finished"}
    assert table["gradient_variance"].unique() == [1280]
    methods = pd.read_csv(project.results() / "comparisons/four_methods/equal_cost.csv")
    assert (methods.loc[methods["basis"] == "epochs", "seeds"] == 1).all()
    assert methods["method"].nunique() == 5
    own, released = table["sharpness_worst_linf"], table["sharpness_worst_linf_cifar10_statistics"]
    assert (own > 0).all() and (own != released).all()
    noise = project.record("noise/gradient_variance.json")
    assert noise["critical_batch_size"]["reason"] and noise["per_sample"]["gradient_variance"] > 0
    cells = pd.read_csv(project.results() / "noise/cells.csv")
    assert len(cells) == 2 and (cells["gradient_variance"] > 0).all()
