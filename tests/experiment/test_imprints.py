import pytest

from graduated.experiment.imprints import noise_imprint, study_imprint, training_imprint
from graduated.experiment.plan import Plan, make_plan
from graduated.experiment.preset_file import read_config
from paths import ROOT

DIGITS = "graduated · preset digits-full · small_resnet on digits"


@pytest.fixture
def config() -> dict:
    return read_config(ROOT / "config/digits-full.yaml")


@pytest.fixture
def plan(config, schema, tmp_path) -> Plan:
    config["studies"]["noise_law"] = {"epochs": [0, 7]}
    return make_plan(config, schema, tmp_path)


def test_trainings_are_of_the_presets_epochs(plan):
    assert training_imprint(plan) == f"{DIGITS} · 50 epochs"
    compared = [run for methods in plan.methods.values() for runs in methods.values() for run in runs]
    assert {run.epochs for run in [*plan.runs, *compared]} == {50}


def test_one_epoch_is_one(config, schema, tmp_path):
    config.update(preset="once", comparisons={}, studies={})
    config["training"]["epochs"] = 1
    config["noise"]["per_sample"]["epochs"] = [0, 1]
    del config["noise"]["cells"]
    imprint = training_imprint(make_plan(config, schema, tmp_path))
    assert imprint == "graduated · preset once · small_resnet on digits · 1 epoch"


def test_noise_names_no_epochs_for_its_probes_may_have_others(plan, config, schema, tmp_path):
    config["noise"]["cells"]["epochs"] = [0, 4]
    assert noise_imprint(make_plan(config, schema, tmp_path)) == noise_imprint(plan) == DIGITS


def test_a_study_names_the_last_epoch_that_it_measures_not_the_presets(plan):
    assert study_imprint(plan, "noise_law") == f"{DIGITS} · up to epoch 7"
    assert study_imprint(plan, "sharpness_sensitivity") == f"{DIGITS} · up to epoch 30"


def test_a_study_without_networks_names_none(plan):
    assert study_imprint(plan, "smoothing_gap") == "graduated · preset digits-full"
