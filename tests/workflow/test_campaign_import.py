"""A campaign's archive taken over by Snakemake: nothing is trained again, whatever the dates say."""

import os
import shutil

import pytest

from project import Project

pytestmark = pytest.mark.workflow

LONG = {"train_pack", "measure_sharpness", "probe_variance", "probe_steps", "probe_cells", "decode_dataset"}
CELLS = {"learning_rate": [0.1], "batch_size": [64], "seed": [0], "epochs": [0, 1], "samples": 32}
FOLDER, ARCHIVE = "results/campaign/tiny", "results/campaign/tiny/tiny.zip"


def run(project: Project, program: str, *arguments: str) -> str:
    result = project.program(program, *arguments)
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Project:
    """The tiny preset computed by a campaign, and imported."""
    project = Project(tmp_path_factory.mktemp("imported") / "project")
    project.write_preset({"grid.learning_rate": [0.1], "noise.cells": CELLS})
    assert "5 of 5 packs and probes are to be done" in run(project, "prepare_campaign", "config/tiny.yaml")
    assert "nothing is left" in run(project, "campaign", FOLDER, "--minutes", "10")
    placed = run(project, "import_results", "config/tiny.yaml", ARCHIVE)
    assert "4 runs and 3 probes placed" in placed
    return project


def test_after_the_import_nothing_is_left_to_train_and_no_weights_are_missed(imported):
    pending = imported.pending()
    assert not LONG & set(pending)
    assert {"tabulate_results", "draw_figure", "summarise_noise"} <= set(pending)
    assert not list(imported.results().rglob("weights.safetensors"))


def test_new_dates_of_inputs_train_nothing(imported, tmp_path):
    project = imported.clone(tmp_path / "project")
    for folder in ("sources", "specifications", "packs", "../data"):
        for path in (project.results() / folder).rglob("*.*"):
            os.utime(path)
    assert not LONG & set(project.pending())


def test_a_campaign_prepared_anew_has_nothing_to_do(imported, tmp_path):
    project = imported.clone(tmp_path / "project")
    shutil.rmtree(project.folder / FOLDER)
    assert "0 of 5 packs and probes are to be done" in run(project, "prepare_campaign", "config/tiny.yaml")


def test_another_measure_needs_the_weights_and_trains_again(imported, tmp_path):
    project = imported.clone(tmp_path / "project")
    measures = {"worst_linf": {"samples": 128, "batch_size": 64}, "l2": {"norm": "l2", "samples": 128}}
    changes = {"grid.learning_rate": [0.1], "noise.cells": CELLS, "sharpness": measures}
    project.write_preset(changes)
    pending = project.pending()
    assert len(pending["train_pack"]) == 2
    assert not {"probe_variance", "probe_steps", "probe_cells"} & set(pending)
