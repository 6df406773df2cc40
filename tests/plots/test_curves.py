import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from graduated.experiment.packs import Pack
from graduated.experiment.run import Run
from graduated.plots.curves import training_curves
from graduated.resume import Resume
from paths import ROOT

RATES, SEEDS, EPOCHS = (0.01, 0.1, 0.5), (0, 1), 12
PACK = Pack(tuple(Run("digits", "small_resnet", rate, 8, seed, EPOCHS) for rate in RATES for seed in SEEDS))
DIVERGED = {PACK.runs[4].id: 5, PACK.runs[5].id: 8}


def rows() -> list[dict]:
    return [
        {
            "run": run.id,
            "epoch": epoch,
            "learning_rate": run.learning_rate,
            "batch_size": run.batch_size,
            "train_loss": (2 + run.seed) * np.exp(-10 * run.learning_rate * epoch / EPOCHS),
            "train_accuracy": 0.5,
            "test_loss": 1.0,
            "test_accuracy": 1 - 0.9 ** (epoch * (1 + run.seed)),
        }
        for epoch in range(1, EPOCHS + 1)
        for run in PACK.runs
        if epoch < DIVERGED.get(run.id, EPOCHS + 1)
    ]


def means(axes) -> dict:
    return {line.get_label(): line for line in axes.lines if line.get_label().startswith("mean ")}


def test_means_runs_and_ends_of_diverged_runs_are_where_the_history_has_them():
    loss, accuracy = training_curves(pd.DataFrame(rows()), list(DIVERGED), PACK.id).axes
    assert set(means(loss)) == set(means(accuracy)) == {"mean 0.01", "mean 0.1"}
    x, y = means(loss)["mean 0.1"].get_data()
    assert list(x) == list(range(1, EPOCHS + 1))
    np.testing.assert_allclose(y, 2.5 * np.exp(-np.arange(1, EPOCHS + 1) / EPOCHS))
    assert len(loss.lines) == len(accuracy.lines) == len(PACK.runs) + 2
    crosses = [tuple(mark.get_offsets()[0]) for mark in accuracy.collections]
    assert crosses == [(4, 100 * (1 - 0.9**4)), (7, pytest.approx(100 * (1 - 0.9**14)))]


def test_learning_rates_differ_in_marker_and_in_dashes():
    loss, _ = training_curves(pd.DataFrame(rows()), [], PACK.id).axes
    looks = [(line.get_marker(), line._dash_pattern) for line in means(loss).values()]
    assert len({marker for marker, _ in looks}) == len({str(dashes) for _, dashes in looks}) == 3


def test_a_pack_without_a_finished_epoch_is_drawn_as_empty():
    columns = ["run", "epoch", "learning_rate", "train_loss", "test_accuracy"]
    for axes in training_curves(pd.DataFrame(columns=columns), [], PACK.id).axes:
        assert [text.get_text() for text in axes.texts] == ["no finished epoch"]


def draw(folder, output) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / "scripts/draw_curves.py"), str(folder), "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_pack_in_training_is_drawn_from_its_checkpoint_while_its_folder_is_held(tmp_path):
    specification = tmp_path / "packs" / f"{PACK.id}.json"
    specification.parent.mkdir()
    specification.write_text(json.dumps(PACK.specification))
    course = {
        "rows": rows(),
        "timing": [],
        "diverged_epoch": [DIVERGED.get(run.id) for run in PACK.runs],
    }
    folder = tmp_path / "resume" / PACK.id
    with Resume(folder, "key") as resume:
        resume.save(1, {"x": torch.zeros(1)}, course)
        result = draw(folder, tmp_path / "held.png")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "held.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(folder.glob("*.checkpoint"))) == 1


def test_a_folder_without_a_pack_is_refused_in_one_line(tmp_path):
    result = draw(tmp_path, tmp_path / "out.png")
    assert result.returncode == 1 and result.stderr.startswith("draw_curves: ")
    assert len(result.stderr.splitlines()) == 1 and not (tmp_path / "out.png").exists()
