"""Snakemake itself, on a preset of seconds: what is built, and what an edit rebuilds."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from graduated.plots.catalogue import PANELS
from project import Project

pytestmark = pytest.mark.workflow

AFTER_THE_TABLE = {"draw_figure", "rank_sharpness", "draw_sharpness", "judge_claims"}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Project:
    """The tiny preset, built once from nothing."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    project.write_preset()
    project.build()
    return project


@pytest.fixture
def project(built, tmp_path) -> Project:
    """A copy of the built project, to be edited."""
    return built.clone(tmp_path / "project")


def test_everything_is_built(built):
    table = pd.read_csv(built.results() / "results.csv")
    assert len(table) == 2 * 2 * 2
    assert set(table["status"]) == {"finished"}
    assert (table["sharpness"] >= 0).all()
    delta = table["learning_rate"] * (table["gradient_variance"] / table["batch_size"]) ** 0.5
    assert table["smoothing"].to_numpy() == pytest.approx(delta.to_numpy())
    history = pd.read_parquet(built.results() / "history.parquet")
    assert {"train_loss", "test_accuracy", "learning_rate", "batch_size", "smoothing"} <= set(history)
    for name in PANELS:
        for suffix in (".png", ".pdf", ".csv"):
            assert (built.folder / "figures/tiny" / f"{name}{suffix}").stat().st_size > 300


def test_the_manifest_has_the_checksum_of_every_table_and_figure(built):
    manifest = built.record("manifest.json")
    made = [
        *built.folder.glob("figures/tiny/*.*"),
        *map(built.results().joinpath, ("results.csv", "claims.csv")),
    ]
    assert {str(path.relative_to(built.folder)) for path in made} <= set(manifest["files"])
    for path, checksum in manifest["files"].items():
        assert hashlib.sha256((built.folder / path).read_bytes()).hexdigest() == checksum, path
    assert manifest["settings"]["preset"] == "tiny" and "training/step.py" in manifest["sources"]


def test_what_the_documentation_rests_on_is_published_with_its_checksums(project):
    result = project.snakemake("publish")
    assert "tiny: workflow/reference.yaml names nothing to publish of it" in result.stderr
    (project.folder / "workflow/reference.yaml").write_text("tiny: {all.csv: '{results}/results.csv'}\n")
    project.build("publish")
    folder = project.folder / "results/reference/tiny"
    assert (folder / "all.csv").read_bytes() == (project.results() / "results.csv").read_bytes()
    published = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert published["published"]["all.csv"] == published["files"]["results/tiny/results.csv"]


def test_two_seeds_are_judged_inconclusive(built):
    verdicts = pd.read_csv(built.results() / "claims.csv")
    assert set(verdicts["verdict"]) == {"inconclusive"}
    assert verdicts["reason"].notna().all()


def test_one_measure_is_ranked_and_drawn_too(built):
    ranks = pd.read_csv(built.results() / "sharpness_ranks.csv")
    assert list(ranks["measure"]) == ["worst_linf"] * 4
    assert (ranks["n_runs"] == 8).all() and (ranks["n_seeds"] == 2).all()
    for name in ("sharpness_measures_ranked", "sharpness_measures_vs_smoothing"):
        for suffix in (".png", ".pdf", ".csv"):
            assert (built.folder / "figures/tiny" / f"{name}{suffix}").is_file()


def test_another_threshold_judges_anew_and_draws_nothing(project):
    project.edit("workflow/claims.yaml", "supported: above 0.5", "supported: above 0.6")
    assert set(project.pending()) == {"judge_claims"}


def test_the_gallery_shows_every_figure_and_links_to_what_is_there(built):
    folder = built.folder / "figures/tiny"
    page = (folder / "index.html").read_text()
    linked = set(re.findall(r'(?:href|src)="([\w.]+\.(?:png|pdf|csv))"', page))
    assert linked == {path.name for path in folder.iterdir() if path.name != "index.html"}


def test_every_figure_is_opaque_and_of_print_size_with_its_fonts(built):
    for path in (built.folder / "figures/tiny").glob("*.png"):
        with Image.open(path) as image:
            assert np.asarray(image.convert("RGBA"))[..., 3].min() == 255
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
            assert image.width in (1050, 2160) and image.height <= 2700
        pdf = path.with_suffix(".pdf").read_bytes()
        assert pdf.count(b"/FontFile2") == pdf.count(b"/Subtype /CIDFontType2") > 0
        assert b"/Type3" not in pdf


def test_a_caption_is_mended_without_drawing(project):
    project.edit("src/graduated/plots/titles/paper.py", "The five panels on a page", "All five panels")
    assert set(project.pending()) == {"gallery"}


def test_a_second_call_has_nothing_to_do(built):
    assert "Nothing to be done" in built.snakemake().stderr
    assert built.pending() == {}


def test_another_preset_of_the_dataset_takes_nothing_from_this_one(project):
    other = project.write_preset().rename(project.folder / "config/other.yaml")
    other.write_text(other.read_text().replace("preset: tiny", "preset: other"))
    project.write_preset()
    assert project.snakemake("--until", "train_pack", config="config/other.yaml").returncode == 0
    assert project.pending() == {}


def test_a_plotting_edit_draws_and_retrains_nothing(project):
    project.edit("src/graduated/plots/style.py", "PAGE_WIDTH = 3.5", "PAGE_WIDTH = 3.6")
    assert set(project.pending()) == {"draw_figure", "draw_noise", "draw_sharpness"}


def test_an_edit_of_the_training_loop_retrains(project):
    project.edit("src/graduated/optimizers/__init__.py", "value=-1", "value=-1.0001")
    pending = project.pending()
    assert len(pending["train_pack"]) == 2
    assert {"measure_sharpness", "tabulate_results", "draw_figure", "probe_variance"} <= set(pending)
    assert "decode_dataset" not in pending


def test_comments_docstrings_and_dates_rebuild_nothing(project):
    project.edit("src/graduated/optimizers/__init__.py", '"""Optimizers of', '"""All optimizers of')
    project.edit("workflow/rules/training.smk", "rule train_pack:", "# A comment.\nrule train_pack:")
    for path in project.folder.rglob("*.py"):
        os.utime(path)
    for path in (project.results() / "specifications").rglob("*.json"):
        os.utime(path)
    assert project.pending() == {}


def test_an_edit_of_the_sharpness_measures_again_and_retrains_nothing(project):
    project.edit("src/graduated/sharpness/released.py", "MOMENTUM = 0.75", "MOMENTUM = 0.7")
    assert set(project.pending()) == {"measure_sharpness", "tabulate_results", *AFTER_THE_TABLE}


def test_another_estimate_of_the_noise_retrains_nothing(project):
    project.write_preset({"noise.axis": "reported", "noise.reported": 1280})
    tables = {"summarise_noise", "tabulate_results"}
    assert set(project.pending()) == {*tables, "draw_noise", *AFTER_THE_TABLE}


def test_c2_is_measured_cell_by_cell(built):
    table = pd.read_csv(built.results() / "noise/cells.csv")
    assert sorted(zip(table["learning_rate"], table["epoch"], strict=True)) == [
        (rate, epoch) for rate in (0.05, 0.1) for epoch in (0, 1)
    ]
    delta = table["learning_rate"] * (table["gradient_variance"] / table["batch_size"]) ** 0.5
    assert table["smoothing"].to_numpy() == pytest.approx(delta.to_numpy())
    assert "largest / smallest" in (built.results() / "logs/tabulate_cells.log").read_text()
    for name in ("noise_along_training", "noise_estimators_compared"):
        for suffix in (".png", ".pdf", ".csv"):
            assert (built.folder / "figures/tiny" / f"{name}{suffix}").is_file()


def test_one_more_batch_size_of_cells_measures_only_that(project):
    path = project.folder / "config/tiny.yaml"
    cells = yaml.safe_load(path.read_text())["noise"]["cells"]
    project.write_preset({"noise.cells": {**cells, "batch_size": [64, 128]}})
    pending = project.pending()
    assert set(pending) == {"probe_cells", "tabulate_cells", "draw_noise"}
    assert len(pending["probe_cells"]) == 1 and "b~64." in pending["probe_cells"][0]


def test_without_cells_only_the_figures_differ(project):
    project.write_preset({"noise.cells": None})
    assert set(project.pending()) <= {"draw_noise", "gallery"}


def test_another_measure_of_sharpness_measures_only_that(project):
    measures = {"worst_linf": {"samples": 128, "batch_size": 64}, "l2": {"norm": "l2", "samples": 128}}
    project.write_preset({"sharpness": measures})
    pending = project.pending()
    assert set(pending) == {"measure_sharpness", "tabulate_results", *AFTER_THE_TABLE}
    assert all("/l2/" in output for output in pending["measure_sharpness"])


def test_swapping_two_values_retrains(project):
    """Snakemake's own comparison of parameters is blind to this: it sees an unordered set."""
    project.write_preset({"model.options": {"width": 4, "stem_stride": 2}})
    before = len(project.pending()["train_pack"])
    project.write_preset({"model.options": {"width": 2, "stem_stride": 4}})
    assert before == len(project.pending()["train_pack"]) == 2


def test_one_more_learning_rate_trains_only_the_new_runs(project):
    old = {path: path.stat().st_mtime_ns for path in (project.results() / "training").rglob("*.*")}
    before = pd.read_csv(project.results() / "results.csv")
    project.write_preset({"grid.learning_rate": [0.05, 0.1, 0.2]})
    assert len(project.pending()["train_pack"]) == 2
    project.build("results/tiny/results.csv")
    assert {path: path.stat().st_mtime_ns for path in old} == old
    after = pd.read_csv(project.results() / "results.csv")
    assert len(after) == 12
    kept = after[after["run"].isin(before["run"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)
    new = [path for path in (project.results() / "training").iterdir() if path / "record.json" not in old]
    for folder in new:
        rates = {
            run["specification"]["learning_rate"] for run in project.record(f"{folder}/record.json")["runs"]
        }
        assert rates == {0.2}


def same_whenever_built(project: Project) -> dict[Path, bytes]:
    """Contents of the files that hold no times: the table, weights, histories and figures."""
    patterns = ("results/tiny/results.*", "results/tiny/training/*/[wh]*", "figures/tiny/*.*")
    paths = [path for pattern in patterns for path in project.folder.glob(pattern)]
    return {path.relative_to(project.folder): path.read_bytes() for path in paths}


def test_a_second_build_from_nothing_by_cold_jobs_gives_the_same_bytes(built, project):
    for folder in ("results", "figures", ".snakemake"):
        shutil.rmtree(project.folder / folder)
    result = project.cold_snakemake("results/tiny/results.csv", "figures/tiny/overview.png")
    assert result.returncode == 0, result.stderr[-3000:]
    again = same_whenever_built(project)
    assert {path.suffix for path in again} == {".csv", ".parquet", ".safetensors", ".png", ".pdf"}
    assert again.items() <= same_whenever_built(built).items()


def test_a_damaged_dataset_stops_the_job_that_reads_it_and_the_log_is_named(project):
    tensors = project.folder / "results/data/digits.safetensors"
    content = bytearray(tensors.read_bytes())
    content[-1] ^= 1
    tensors.write_bytes(content)
    result = project.snakemake("--forcerun", "train_pack")
    assert result.returncode != 0
    assert "SHA-256 differs from its record" in result.stderr
    assert "logs/train_pack/" in result.stderr


def test_a_diverging_run_is_shown_and_stops_nothing(project):
    project.write_preset({"grid.learning_rate": [0.05, 0.1, 1e30]})
    project.build()
    table = pd.read_csv(project.results() / "results.csv")
    diverged = table[table["status"] == "diverged"]
    assert set(diverged["learning_rate"]) == {1e30}
    assert diverged[["test_accuracy", "sharpness"]].isna().all(axis=None)
    assert table.loc[table["learning_rate"] < 1, "sharpness"].notna().all()
