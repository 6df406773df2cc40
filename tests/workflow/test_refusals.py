"""Wrong input through Snakemake: one clear line, and no job started."""

import shutil

import pytest

from project import Project

pytestmark = pytest.mark.workflow

CASES = {
    "dataset": ({"dataset": "imagenot"}, "config: dataset: unknown dataset 'imagenot'"),
    "batch_size": ({"grid.batch_size": [512]}, "config: grid.batch_size: 512: 512 is larger than"),
    "rate": ({"grid.learning_rate": [-0.1]}, "config: grid.learning_rate.0: -0.1 is less than"),
    "key": ({"grid.momentum": 0.9}, "config: grid: 'momentum' is unknown; expected one of learning_rate, b"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(tmp_path_factory.mktemp("refusals") / "project")


@pytest.mark.parametrize("case", CASES)
def test_a_bad_preset_is_refused_in_one_line(project, case):
    changes, message = CASES[case]
    project.write_preset(changes)
    result = project.snakemake()
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if "config" in line and "graduated" not in line]
    assert message in result.stderr
    assert "Traceback" not in result.stderr and "rule " not in result.stderr, lines
    assert not (project.folder / "results").exists()


def test_a_key_that_is_written_twice_is_refused(project):
    path = project.write_preset()
    path.write_text(path.read_text() + "dataset: cifar10\n")
    result = project.snakemake()
    assert result.returncode != 0
    assert "'dataset' is there already" in result.stderr and "Traceback" not in result.stderr


def test_a_damaged_pack_is_named(project):
    project.write_preset()
    pack, record = project.results() / "packs/x.json", project.results() / "training/x/record.json"
    for path, text in ((pack, "[]"), (record, "{}")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    result = project.snakemake()
    shutil.rmtree(project.folder / "results")
    assert result.returncode != 0 and "Traceback" not in result.stderr
    assert "results/tiny/packs/x.json: expected an entry 'runs'; delete it" in result.stderr


def test_a_preset_that_does_not_parse_is_refused(project):
    (project.folder / "config/broken.yaml").write_text("preset: [1\n")
    result = project.snakemake(config="config/broken.yaml")
    assert result.returncode != 0
    assert "Config file is not valid JSON or YAML" in result.stderr
    assert "Traceback" not in result.stderr
