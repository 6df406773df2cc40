"""Why Snakemake would run what it would run."""

import pytest

from graduated.explanation import explain
from project import Project

pytestmark = pytest.mark.workflow

DRY_RUN = """\
[Sat Nov 21 08:49:12 2026]
rule train_pack:
    input: results/tiny/packs/constant.b~8.aa.json, results/tiny/sources/train_pack.json
    output: results/tiny/training/constant.b~8.aa/weights.safetensors, results/tiny/training/constant.b~8.aa/record.json
    reason: Updated input files: results/tiny/sources/train_pack.json
rule train_pack:
    output: results/tiny/training/constant.b~4.bb/weights.safetensors, results/tiny/training/constant.b~4.bb/record.json
    reason: Updated input files: results/tiny/sources/train_pack.json
rule train_pack:
    output: results/tiny/training/constant.b~2.cc/weights.safetensors, results/tiny/training/constant.b~2.cc/record.json
    reason: Missing output files: results/tiny/training/constant.b~2.cc/record.json
rule tabulate_results:
    output: results/tiny/results.parquet
    reason: Input files updated by another job: results/tiny/training/constant.b~8.aa/record.json, \
results/tiny/training/constant.b~2.cc/record.json; Set of input files has changed since last execution
rule all:
    input: results/tiny/results.parquet
    reason: Input files updated by another job: results/tiny/results.parquet
"""  # noqa: E501


def test_jobs_of_one_rule_and_reason_are_one_line():
    assert explain(DRY_RUN) == [
        "train_pack        2 jobs  changed: sources/train_pack.json",
        "train_pack         1 job  its output is missing",
        "tabulate_results   1 job  after train_pack; it has other inputs than before",
    ]


def test_nothing_to_do_is_no_line():
    assert explain("Building DAG of jobs...\nNothing to be done.\n") == []


def test_the_reasons_are_those_of_a_real_dry_run(tmp_path):
    project = Project(tmp_path / "project")
    project.write_preset()
    result = project.program("explain_plan", "config/tiny.yaml")
    assert result.returncode == 0, result.stderr
    lines = [line.split(maxsplit=3) for line in result.stdout.splitlines()]
    assert ["decode_dataset", "1", "job", "its output is missing"] in lines
    assert ["draw_figure", "6", "jobs", "its output is missing; after tabulate_results"] in lines
    assert "all" not in {line[0] for line in lines}


def test_a_preset_that_is_not_there_is_one_line(tmp_path):
    project = Project(tmp_path / "project")
    result = project.program("explain_plan", "config/nope.yaml")
    assert (result.returncode, result.stderr) == (1, "explain_plan: config/nope.yaml: no such preset\n")
