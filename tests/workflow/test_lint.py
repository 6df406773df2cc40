"""The workflow against Snakemake's linter and formatter, and the paper's plan as it stands."""

import re
import subprocess
import sys

import pytest

from paths import ROOT
from project import Project

pytestmark = pytest.mark.workflow

EXPLAINED = {
    # The whole project is one environment (environment.yml); one per rule could only differ from it.
    "Specify a conda environment or container for each rule.",
}


def test_the_linter_finds_only_what_is_explained():
    command = [sys.executable, "-m", "snakemake", "--lint", "--configfile", "config/smoke.yaml"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = set(re.findall(r"^    \* (.*?):?$", result.stdout + result.stderr, flags=re.MULTILINE))
    assert {title.rstrip(":") for title in found} <= EXPLAINED


def test_the_workflow_is_formatted():
    command = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "workflow/rules"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_sources_are_formatted_and_free_of_lint():
    for command in (["check"], ["format", "--check"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout


def test_config_yaml_plans_the_paper_without_any_argument(tmp_path):
    project = Project(tmp_path / "project")
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--resources", "gpu=1", "--dry-run"]
    result = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", result.stdout + result.stderr, flags=re.MULTILINE))
    assert int(jobs["train_pack"]) >= 13 and jobs["decode_dataset"] == "1"
    assert jobs["probe_steps"] == "11" and jobs["draw_figure"] == "6"
