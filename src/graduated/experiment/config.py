"""Configs: validated by the schema, completed with its defaults, checked for sense before any job starts."""

from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from graduated.data.catalogue import describe
from graduated.experiment.run import Run
from graduated.references import is_reference
from graduated.schedules import SCHEDULES
from graduated.sharpness.settings import Sharpness

MODEL_NAMES = ("resnet18", "small_resnet", "wide_resnet28_10")

Config = dict[str, Any]


class ConfigError(ValueError):
    """A config that cannot be run; one line that names the key."""


def read_config(path: Path) -> Config:
    """Read a preset's YAML file.

    Raises:
        ConfigError: The file is missing or is not a YAML mapping.
    """
    try:
        config = yaml.safe_load(Path(path).read_text())
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such preset") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(config, dict):
        raise ConfigError(f"{path}: expected a mapping of keys, found {type(config).__name__}")
    return config


def validate_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Config:
    """Check a config and fill in the defaults.

    Args:
        config: As read from YAML.
        schema: The JSON schema of presets.

    Returns:
        The complete config.

    Raises:
        ConfigError: One line that names the key, what it holds, and what was expected.
    """
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda error: [str(part) for part in error.path]
    )
    if errors:
        raise ConfigError("config: " + _describe_error(errors[0]))
    complete = _with_defaults(deepcopy(dict(config)), schema)
    _check_sense(complete)
    return complete


def _describe_error(error: Any) -> str:
    key = ".".join(str(part) for part in error.path) or "top level"
    description = error.schema.get("description")
    return f"{key}: {error.message}" + (f" ({description})" if description else "")


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    for key, subschema in properties.items():
        if "default" in subschema:
            value.setdefault(key, deepcopy(subschema["default"]))
    others = schema.get("additionalProperties") or {}
    return {
        key: _with_defaults(item, properties.get(key, others if isinstance(others, dict) else {}))
        for key, item in value.items()
    }


def _check_sense(config: Config) -> None:
    if (model := config["model"]["name"]) not in MODEL_NAMES and not is_reference(model):
        raise ConfigError(
            f"config: model.name: {model!r} is unknown; expected one of {', '.join(MODEL_NAMES)} "
            "or module:function"
        )
    for schedule in config["grid"]["schedule"]:
        if schedule not in SCHEDULES:
            raise ConfigError(
                f"config: grid.schedule: {schedule!r} is unknown; expected one of {', '.join(SCHEDULES)}"
            )
    noise, epochs = config["noise"], config["training"]["epochs"]
    if noise["axis"] == "reported" and noise["reported"] is None:
        raise ConfigError("config: noise.reported: expected a number, because noise.axis is 'reported'")
    if (latest := max(noise["per_sample"]["epochs"])) > epochs:
        raise ConfigError(f"config: noise.per_sample.epochs: {latest} is beyond training.epochs, {epochs}")
    for name, measure in config["sharpness"].items():
        try:
            Sharpness(**measure)
        except ValueError as error:
            raise ConfigError(f"config: sharpness.{name}: {error}") from None
    _check_sizes(config)


def _check_sizes(config: Config) -> None:
    if is_reference(config["dataset"]):
        return
    try:
        available = describe(config["dataset"]).train_size
    except ValueError as error:
        raise ConfigError(f"config: dataset: {error}") from None
    requested = config["training"]["train_samples"] or available
    sizes = {"training.train_samples": (requested, available)}
    for batch_size in config["grid"]["batch_size"]:
        sizes[f"grid.batch_size: {batch_size}"] = (batch_size, requested)
    for batch_size in config["noise"]["critical_batch_size"]["batch_size"]:
        sizes[f"noise.critical_batch_size.batch_size: {batch_size}"] = (batch_size, requested)
    probe = config["noise"]["per_sample"]
    sizes["noise.per_sample.batch_size"] = (probe["batch_size"], requested)
    sizes["noise.per_sample.samples"] = (probe["samples"] or requested, requested)
    for name, measure in config["sharpness"].items():
        sizes[f"sharpness.{name}.samples"] = (measure["samples"], requested)
    for key, (size, limit) in sizes.items():
        if size > limit:
            raise ConfigError(f"config: {key}: {size} is larger than the training set, {limit} images")


def make_run(
    config: Config, *, learning_rate: float, batch_size: int, seed: int, schedule: str = "constant"
) -> Run:
    """Return one run of a complete config."""
    training = config["training"]
    return Run(
        dataset=config["dataset"],
        model=config["model"]["name"],
        model_options=tuple(sorted(config["model"]["options"].items())),
        learning_rate=float(learning_rate),
        batch_size=batch_size,
        seed=seed,
        schedule=schedule,
        epochs=training["epochs"],
        train_samples=training["train_samples"],
        precision=training["precision"],
    )


def grid_runs(config: Config) -> list[Run]:
    """Return the runs of a complete config: every combination of its grid."""
    grid = config["grid"]
    return [
        make_run(config, schedule=schedule, batch_size=batch_size, learning_rate=learning_rate, seed=seed)
        for schedule, batch_size, learning_rate, seed in product(
            grid["schedule"], grid["batch_size"], grid["learning_rate"], grid["seed"]
        )
    ]
