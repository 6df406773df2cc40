"""The campaign's preset beside the paper's."""

import pytest

from graduated.experiment.config import read_config, validate_config
from paths import ROOT


@pytest.fixture(scope="module")
def presets(schema):
    files = (ROOT / "config/cifar100-40ep.yaml", ROOT / "config.yaml")
    return [validate_config(read_config(file), schema) for file in files]


def test_it_is_the_paper_s_setting_with_forty_epochs(presets):
    short, paper = presets
    for key in ("dataset", "model"):
        assert short[key] == paper[key]
    assert short["training"]["epochs"] == 40
    assert short["grid"]["learning_rate"] == paper["grid"]["learning_rate"]
    assert short["grid"]["batch_size"] == [size for size in paper["grid"]["batch_size"] if size >= 16]
    assert len(short["grid"]["seed"]) >= 2
    assert next(iter(short["sharpness"].items())) == next(iter(paper["sharpness"].items()))


def test_no_measure_needs_more_than_a_bare_machine_has(presets):
    assert "curvature" not in {measure["method"] for measure in presets[0]["sharpness"].values()}
