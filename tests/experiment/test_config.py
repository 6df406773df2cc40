from copy import deepcopy
from inspect import signature

import pytest

from graduated.data.catalogue import CATALOGUE
from graduated.experiment.config import grid_runs, validate_config
from graduated.experiment.networks import NETWORKS
from graduated.experiment.plan import make_plan, write_plan
from graduated.experiment.preset_file import ConfigError, read_config
from graduated.models import MODELS
from paths import ROOT

PRESETS = [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.name)
def test_every_preset_is_valid(path, schema):
    config = validate_config(read_config(path), schema)
    assert config["preset"] == ("paper" if path.name == "config.yaml" else path.stem)


def test_config_yaml_is_the_papers_sweep(schema):
    config = validate_config(read_config(ROOT / "config.yaml"), schema)
    runs = grid_runs(config)
    assert len(runs) == len(set(runs)) == 156
    assert {run.batch_size for run in runs} == {2**k for k in range(1, 14)}
    assert {run.learning_rate for run in runs} == {0.01, 0.05, 0.1, 0.5}
    assert {(run.dataset, run.model, run.epochs) for run in runs} == {("cifar100", "resnet18", 200)}
    measure = next(iter(config["sharpness"].values()))
    assert (measure["radius"], measure["samples"], measure["batch_size"]) == (0.0002, 1024, 128)
    assert (measure["steps"], measure["adaptive"], measure["normalise_logits"]) == (20, False, False)


METHOD = "comparisons.x.methods.A"


def method(**settings) -> dict:
    return {"x": {"seed": [0], "methods": {"A": {"learning_rate": 1, "batch_size": 4, **settings}}}}


BAD = [
    (("grid", "batch_size"), [0], "grid.batch_size.0: 0 is less than the minimum of 1"),
    (("grid", "batch_size"), [4, 1438], "grid.batch_size: 1438: 1438 is larger than the training set, 1437"),
    (("grid", "learning_rate"), [0.1, -1], "grid.learning_rate.1: -1 is less than or equal to"),
    (("grid", "learning_rate"), [], "grid.learning_rate: "),
    (("grid", "seed"), [0, 0], "grid.seed: "),
    (("comparisons",), method(schedule="cosin"), f"{METHOD}: 'cosin' is unknown; expected one of constant"),
    (("comparisons",), method(momentum=0.9), f"{METHOD}.momentum: expected 0, because the optimizer is sgd"),
    (
        ("comparisons",),
        method(options={"p": 1}),
        f"{METHOD}: schedule constant: option 'p' is unknown; expected none",
    ),
    (("comparisons",), method(batch_size=1438), f"{METHOD}.batch_size: 1438 is larger than the training set"),
    (
        ("comparisons",),
        method(schedule="torch.optim.lr_scheduler:X"),
        f"{METHOD}: schedule torch.optim.lr_scheduler:X: ",
    ),
    (("studies",), {"astrology": {}}, "studies: 'astrology' is unknown; expected one of "),
    (("dataset",), "imagenot", "dataset: unknown dataset 'imagenot'; expected cifar10"),
    (("model", "name"), "lenet", "model.name: 'lenet' is unknown; expected one of resnet18"),
    (
        ("model",),
        {"name": "small_resnet", "options": {"widht": 4}},
        "model.options.widht: unknown; expected width",
    ),
    (
        ("model",),
        {"name": "resnet18", "options": {"width": -4}},
        "model.options.width: expected a whole number",
    ),
    (
        ("model",),
        {"name": "resnet18", "options": {"width": "4"}},
        "model.options.width: expected a whole number",
    ),
    (
        ("model",),
        {"name": "wide_resnet28_10", "options": {"depth": 27}},
        "model.options.depth: expected 6n + 4 with n from 1 on, found 27",
    ),
    (
        ("comparisons",),
        method(schedule="step", options={"interval": "x"}),
        f"{METHOD}: schedule step: interval: expected an integer, found 'x'",
    ),
    (
        ("comparisons",),
        method(schedule="step", options={"interval": 2.5}),
        f"{METHOD}: schedule step: interval: expected an integer, found 2.5",
    ),
    (
        ("comparisons",),
        method(schedule="polynomial", options={"power": "1e-2"}),
        f"{METHOD}: schedule polynomial: power: expected a number, found '1e-2'",
    ),
    (
        ("comparisons",),
        method(perturbation={"first": [1], "factor": 0.5}),
        f"{METHOD}: perturbation: first: expected a number, found",
    ),
    (
        ("comparisons",),
        method(perturbation={"factor": 0.5}),
        f"{METHOD}: perturbation: first: expected a number, found nothing",
    ),
    (
        ("studies",),
        {"noise_law": {"seed": 3}},
        "studies: noise_law: seed: expected a list, each of them an integer, found 3",
    ),
    (
        ("studies",),
        {"noise_law": {"samples": "all"}},
        "studies: noise_law: samples: expected an integer or null, found 'all'",
    ),
    (("training", "epochs"), 0, "training.epochs: 0 is less than"),
    (("training", "epochs"), 30, "noise.per_sample.epochs: 50 is beyond training.epochs, 30"),
    (
        ("training", "epoch"),
        5,
        "training: 'epoch' is unknown; expected one of epochs, train_samples, precision",
    ),
    (("learning_rate",), 5, "top level: 'learning_rate' is unknown; expected one of preset, dataset, model"),
    (("noise", "axis"), "reported", "noise.reported: expected a number"),
    (("noise", "cells", "epochs"), [0, 5, 2], "noise.cells.epochs: [0, 5, 2]: expected ascending epochs"),
    (("noise", "cells", "epochs"), [0, 51], "noise.cells.epochs: 51 is beyond training.epochs, 50"),
    (("noise", "cells", "batch_size"), [4, 1438], "noise.cells.batch_size: 1438: 1438 is larger than the"),
    (("noise", "cells", "samples"), 1438, "noise.cells.samples: 1438 is larger than the training set, 1437"),
    (("noise", "cells", "learning_rate"), [0], "noise.cells.learning_rate.0: 0 is less than or equal to"),
    (("noise", "cells", "seed"), [], "noise.cells.seed: "),
    (("noise", "cells"), {"seed": [0]}, "noise.cells: 'learning_rate' is a required property"),
    (
        ("sharpness",),
        {"worst": {"samples": 100}},
        "sharpness.worst: sharpness samples: expected a multiple of",
    ),
    (("sharpness",), {"worst": {"radius": 0}}, "sharpness.worst.radius: 0 is less than or equal to"),
    (("preset",), "../x", "preset: '../x' does not match"),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD, ids=[bad[2][-40:] for bad in BAD])
def test_a_bad_config_gets_one_line_that_names_the_key(path, value, message, schema):
    config = deepcopy(read_config(ROOT / "config/digits-full.yaml"))
    target = config
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(ConfigError) as error:
        validate_config(config, schema)
    assert str(error.value).startswith(f"config: {message}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [1", "not valid YAML"),
        (b"- 1", "expected a mapping"),
        (b"a: \xff", "not valid YAML"),
        (b"a: {b: 1}\nc: {b: 1,\n  b: 2}", "line 3: 'b' is there already"),
    ],
)
def test_a_preset_that_does_not_parse_gets_one_line(text, message, tmp_path):
    (tmp_path / "bad.yaml").write_bytes(text)
    with pytest.raises(ConfigError, match=message) as error:
        read_config(tmp_path / "bad.yaml")
    assert "\n" not in str(error.value)


def test_a_folder_instead_of_a_preset_gets_one_line(tmp_path):
    with pytest.raises(ConfigError, match="expected the file of a preset"):
        read_config(tmp_path)


def test_defaults_are_filled_in_at_every_level(schema):
    config = validate_config(read_config(ROOT / "config/digits.yaml"), schema)
    assert config["training"]["precision"] == "float32"
    assert config["sharpness"]["worst_linf"]["radius"] == 0.0002
    assert config["comparisons"]["four_methods"]["methods"]["constant"]["optimizer"] == "sgd"


def test_every_property_of_the_schema_is_described(schema):
    def check(node, path):
        for key, child in node.get("properties", {}).items():
            assert "description" in child, f"{path}{key}"
            check(child, f"{path}{key}.")

    check(schema, "")


def test_names_known_to_the_config_are_those_of_the_registries(schema):
    arguments = {name: tuple(signature(function).parameters)[3:] for name, function in MODELS.items()}
    assert arguments == NETWORKS
    assert all(name in schema["properties"]["dataset"]["description"] for name in CATALOGUE)


def test_a_folder_that_cannot_be_written_is_refused(schema, tmp_path):
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="no permission to write"):
        make_plan(read_config(ROOT / "config/smoke.yaml"), schema, tmp_path)


def test_writing_a_plan_twice_touches_nothing(schema, tmp_path):
    plan = make_plan(read_config(ROOT / "config/smoke.yaml"), schema, tmp_path)
    write_plan(plan, ROOT / "scripts")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    write_plan(make_plan(read_config(ROOT / "config/smoke.yaml"), schema, tmp_path), ROOT / "scripts")
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
