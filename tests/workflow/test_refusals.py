"""Wrong input through Snakemake: one clear line, and no job started."""

import pytest

from project import Project

pytestmark = pytest.mark.workflow

CASES = {
    "dataset": ({"dataset": "imagenot"}, "config: dataset: unknown dataset 'imagenot'"),
    "batch_size": ({"grid.batch_size": [512]}, "config: grid.batch_size: 512: 512 is larger than"),
    "rate": ({"grid.learning_rate": [-0.1]}, "config: grid.learning_rate.0: -0.1 is less than"),
    "key": ({"grid.momentum": 0.9}, "config: grid: Additional properties are not allowed ('momentum'"),
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


def test_a_preset_that_does_not_parse_is_refused(project):
    (project.folder / "config/broken.yaml").write_text("preset: [1\n")
    result = project.snakemake(config="config/broken.yaml")
    assert result.returncode != 0
    assert "Config file is not valid JSON or YAML" in result.stderr
    assert "Traceback" not in result.stderr
