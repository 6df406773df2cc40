"""The presets of campaigns beside the paper's."""

import re

import pytest

from graduated.experiment.config import validate_config
from graduated.experiment.plan import make_plan
from graduated.experiment.preset_file import read_config
from paths import ROOT

SHORT, FULL, WIDE = "cifar100-40ep", "cifar100-200ep", "wide-resnet"


@pytest.fixture(scope="module")
def paper(schema) -> dict:
    return validate_config(read_config(ROOT / "config.yaml"), schema)


@pytest.fixture(scope="module")
def presets(schema) -> dict[str, dict]:
    files = {name: ROOT / "config" / f"{name}.yaml" for name in (SHORT, FULL, WIDE)}
    return {name: validate_config(read_config(file), schema) for name, file in files.items()}


def without_curvature(measures: dict[str, dict]) -> dict[str, dict]:
    of_the_hessian = ("top_eigenvalues", "hessian_trace")
    return {name: measure for name, measure in measures.items() if measure["method"] not in of_the_hessian}


def test_the_short_one_is_the_paper_s_setting_with_forty_epochs(presets, paper):
    short = presets[SHORT]
    for key in ("dataset", "model"):
        assert short[key] == paper[key]
    assert short["training"]["epochs"] == 40
    assert short["grid"]["learning_rate"] == paper["grid"]["learning_rate"]
    assert short["grid"]["batch_size"] == [size for size in paper["grid"]["batch_size"] if size >= 16]
    assert short["grid"]["seed"] == paper["grid"]["seed"]


def test_the_full_one_is_the_paper_s_setting_but_for_what_a_bare_machine_lacks(presets, paper):
    full = presets[FULL]
    for key in ("dataset", "model", "grid"):
        assert full[key] == paper[key]
    assert full["training"] == {**paper["training"], "precision": "tf32"}
    assert full["sharpness"] == without_curvature(paper["sharpness"])
    kept = ("four_methods", "twelve_schedules")
    assert full["comparisons"] == {name: paper["comparisons"][name] for name in kept}
    for key in ("axis", "reported"):
        assert full["noise"][key] == paper["noise"][key]
    assert max(full["noise"]["per_sample"]["epochs"]) == paper["training"]["epochs"]


def test_the_wide_one_is_another_network_in_cells_of_the_paper_s_grid(presets, paper):
    wide = presets[WIDE]
    assert wide["dataset"] == paper["dataset"] and wide["model"]["name"] == "wide_resnet28_10"
    for key, values in wide["grid"].items():
        assert set(values) < set(paper["grid"][key])


def test_the_stages_of_the_wide_one_s_methods_are_as_many_as_the_paper_s(presets, paper):
    def stages(config: dict, method: dict) -> dict:
        share = method["options"].get("interval", 0) / config["training"]["epochs"]
        return {**method, "options": {**method["options"], "interval": share}}

    ours, theirs = presets[WIDE], paper["comparisons"]["four_methods"]["methods"]
    methods = ours["comparisons"]["four_methods"]["methods"]
    assert set(theirs) - set(methods) == {"growing b, an epoch late"}
    for name, method in methods.items():
        assert stages(ours, method) == stages(paper, theirs[name])


@pytest.mark.parametrize("name", [SHORT, FULL, WIDE])
def test_the_first_measure_is_the_paper_s_and_none_needs_more_than_a_bare_machine_has(presets, paper, name):
    measures = presets[name]["sharpness"]
    assert next(iter(measures.items())) == next(iter(paper["sharpness"].items()))
    assert measures == without_curvature(measures)
    for measure in ("average_l2", "random_directions"):
        if name != WIDE and measure in measures:
            assert measures[measure]["radius"] == paper["sharpness"][measure]["radius"]


@pytest.mark.parametrize("name", [SHORT, FULL, WIDE])
def test_the_page_of_campaigns_says_how_many_runs_there_are(presets, schema, tmp_path, name):
    plan = make_plan(presets[name], schema, tmp_path)
    runs = sum(len(pack.runs) for pack in plan.packs.values())
    row = re.search(rf"`config/{name}.yaml` \|[^|]*\| (\d+) \|", (ROOT / "docs/campaign.md").read_text())
    assert int(row[1]) == runs
