"""A report of the reference results of digits, with pictures made on the spot."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imsave

from graduated.claims.declarations import read_claims
from graduated.claims.judge import Evidence, judge
from graduated.report.collect import Files
from paths import ROOT

REFERENCE = ROOT / "results/reference/digits-full"
PICTURES = ("a_sharpness_vs_batch_size", "c_sharpness_vs_smoothing", "overview", "four_methods_curves")


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Files:
    folder = tmp_path_factory.mktemp("report")
    runs = pd.read_csv(REFERENCE / "results.csv")
    runs.to_parquet(folder / "results.parquet")
    declarations = read_claims(ROOT / "workflow/claims.yaml")
    judge(declarations, Evidence(runs, {})).to_csv(folder / "claims.csv", index=False)
    packs = runs.groupby("pack", sort=False, as_index=False).agg(runs=("run", "size"))
    costs = {
        "images_per_second": 1000.0,
        "peak_gpu_memory_mib": 0.0,
        "peak_memory_mib": 800.0,
        "wall_seconds": 60.0,
    }
    packs.assign(**costs).to_csv(folder / "cost.csv", index=False)
    return Files(
        preset=ROOT / "config/digits-full.yaml",
        schema=ROOT / "workflow/schemas/config.schema.yaml",
        results=folder / "results.parquet",
        noise=REFERENCE / "gradient_variance.json",
        cost=folder / "cost.csv",
        claims=folder / "claims.csv",
        differences=ROOT / "workflow/report/differences.yaml",
        citation=ROOT / "CITATION.cff",
        studies=REFERENCE / "verdicts.csv",
        figures=[_picture(folder / f"{name}.png") for name in PICTURES],
        tables=[folder / "claims.csv", folder / "cost.csv"],
    )


def _picture(path: Path) -> Path:
    width = 600 + len(path.stem)
    imsave(path, np.linspace(0, 1, 20 * width).reshape(20, width))
    return path
