"""Snakemake interrupted in the middle of a training: the same command goes on, to the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from project import Project

pytestmark = pytest.mark.workflow

PRESET = {
    "training.epochs": 30,
    "grid.batch_size": [8],
    "noise.per_sample.epochs": [0],
    "compute.checkpoint_seconds": 0.2,
}
UNTIL = ("--until", "train_pack")
COMMAND = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "config/tiny.yaml", *UNTIL]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("undisturbed") / "project")
    project.write_preset(PRESET)
    project.build(*UNTIL)
    return project


def wait_for(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def states(project: Project) -> list[Path]:
    return list(project.results().glob("resume/constant*/*.checkpoint"))


def start_and_wait_for_a_checkpoint(project: Project) -> subprocess.Popen:
    process = subprocess.Popen(
        COMMAND, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    wait_for(lambda: states(project) or process.poll() is not None)
    assert process.poll() is None, process.stdout.read().decode()[-3000:]
    return process


def files(project: Project) -> dict[str, bytes]:
    kept = project.results().glob("training/*/[wh]*")
    return {path.name: path.read_bytes() for path in kept}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_costs_nothing_but_time(tmp_path, undisturbed, number):
    project = Project(tmp_path / "project")
    project.write_preset(PRESET)
    process = start_and_wait_for_a_checkpoint(project)
    os.killpg(process.pid, number)
    process.wait(60)
    assert process.returncode != 0
    wait_for(lambda: states(project), 10)
    project.build(*UNTIL)
    assert set(files(project)) == {"weights.safetensors", "history.csv"}
    assert files(project) == files(undisturbed)
    assert not (project.results() / "resume").is_dir() or not states(project)
    assert project.pending(*UNTIL) == {}


def test_a_second_snakemake_is_kept_out_while_the_first_lives(tmp_path):
    project = Project(tmp_path / "project")
    project.write_preset({**PRESET, "training.epochs": 2000})
    process = start_and_wait_for_a_checkpoint(project)
    try:
        second = project.snakemake()
        assert second.returncode != 0
        assert "lock" in second.stderr.lower()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
