"""Configs: validated by the schema, completed with its defaults, checked for sense before any job starts."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from itertools import product
from typing import Any

from jsonschema import Draft202012Validator

from graduated.data.catalogue import describe
from graduated.experiment.networks import check_network
from graduated.experiment.preset_file import Config, ConfigError
from graduated.experiment.run import Run
from graduated.references import is_reference
from graduated.sharpness.settings import make_measure
from graduated.studies.catalogue import make_settings


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
    complete["sharpness"] = {name: _complete(name, told) for name, told in complete["sharpness"].items()}
    _check_sense(complete)
    return complete


def _describe_error(error: Any) -> str:
    key = ".".join(str(part) for part in error.path) or "top level"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        return f"{key}: {unknown!r} is unknown; expected one of {', '.join(known)}"
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


def _complete(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a measure's method and all its options."""
    try:
        measure = make_measure(**options)
    except ValueError as error:
        raise ConfigError(f"config: sharpness.{name}: {error}") from None
    return {"method": measure.method, **asdict(measure)}


def _check_sense(config: Config) -> None:
    try:
        check_network(**config["model"])
    except ValueError as error:
        raise ConfigError(f"config: model.{error}") from None
    noise, epochs = config["noise"], config["training"]["epochs"]
    if noise["axis"] == "reported" and noise["reported"] is None:
        raise ConfigError("config: noise.reported: expected a number, because noise.axis is 'reported'")
    if noise["axis"] == "two_batch_sizes" and noise["two_batch_sizes"] is None:
        raise ConfigError("config: noise.two_batch_sizes: expected settings, for noise.axis names it")
    for name in ("per_sample", "cells"):
        if (probe := noise[name]) and (latest := max(probe["epochs"])) > epochs:
            raise ConfigError(f"config: noise.{name}.epochs: {latest} is beyond training.epochs, {epochs}")
    if (cells := noise["cells"]) and cells["epochs"] != sorted(cells["epochs"]):
        raise ConfigError(f"config: noise.cells.epochs: {cells['epochs']}: expected ascending epochs")
    _check_sizes(config)
    _check_methods(config)
    for name, settings in config["studies"].items():
        try:
            make_settings(name, settings)
        except ValueError as error:
            raise ConfigError(f"config: studies: {error}") from None


def _check_methods(config: Config) -> None:
    for name, comparison in config["comparisons"].items():
        for label, method in comparison["methods"].items():
            key = f"config: comparisons.{name}.methods.{label}"
            if method["optimizer"] == "sgd" and method["momentum"]:
                raise ConfigError(f"{key}.momentum: expected 0, because the optimizer is sgd")
            run = make_run(config, seed=comparison["seed"][0], **method)
            try:
                schedule = run.build_schedule()
                if is_reference(run.schedule):
                    schedule.at(0)
                run.build_perturbation()
            except ValueError as error:
                raise ConfigError(f"{key}: {error}") from None


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
    for name, comparison in config["comparisons"].items():
        for label, method in comparison["methods"].items():
            key = f"comparisons.{name}.methods.{label}.batch_size"
            sizes[key] = (method["batch_size"], requested)
    for batch_size in config["noise"]["critical_batch_size"]["batch_size"]:
        sizes[f"noise.critical_batch_size.batch_size: {batch_size}"] = (batch_size, requested)
    probe = config["noise"]["per_sample"]
    sizes["noise.per_sample.batch_size"] = (probe["batch_size"], requested)
    sizes["noise.per_sample.samples"] = (probe["samples"] or requested, requested)
    if pairs := config["noise"]["two_batch_sizes"]:
        small, large = pairs["small_batch_size"], pairs["large_batch_size"]
        if large % small or large == small:
            expected = f"expected a proper multiple of small_batch_size, {small}"
            raise ConfigError(f"config: noise.two_batch_sizes.large_batch_size: {large}: {expected}")
        sizes["noise.two_batch_sizes.large_batch_size"] = (large, probe["samples"] or requested)
    if cells := config["noise"]["cells"]:
        for batch_size in cells["batch_size"]:
            sizes[f"noise.cells.batch_size: {batch_size}"] = (batch_size, requested)
        sizes["noise.cells.samples"] = (cells["samples"] or requested, requested)
    for name, measure in config["sharpness"].items():
        sizes[f"sharpness.{name}.samples"] = (measure["samples"], requested)
    for key, (size, limit) in sizes.items():
        if size > limit:
            raise ConfigError(f"config: {key}: {size} is larger than the training set, {limit} images")


def make_run(
    config: Config,
    *,
    learning_rate: float,
    batch_size: int,
    seed: int,
    schedule: str = "constant",
    options: Mapping[str, Any] | None = None,
    optimizer: str = "sgd",
    momentum: float = 0.0,
    quasi: float = 1.0,
    perturbation: Mapping[str, Any] | None = None,
) -> Run:
    """Return one run of a complete config, by default one of constant learning rate and batch size."""
    training = config["training"]
    return Run(
        dataset=config["dataset"],
        model=config["model"]["name"],
        model_options=_pairs(config["model"]["options"]),
        learning_rate=float(learning_rate),
        batch_size=batch_size,
        seed=seed,
        schedule=schedule,
        schedule_options=_pairs(options),
        epochs=training["epochs"],
        train_samples=training["train_samples"],
        precision=training["precision"],
        packing=training["packing"],
        optimizer=optimizer,
        momentum=float(momentum),
        quasi=float(quasi),
        perturbation=_pairs(perturbation),
    )


def _pairs(options: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (key, tuple(value) if isinstance(value, list) else value)
        for key, value in sorted((options or {}).items())
    )


def grid_runs(config: Config) -> list[Run]:
    """Return the runs of a complete config's grid: every combination."""
    return _combinations(config, config["grid"])


def cell_runs(config: Config) -> list[Run]:
    """Return the runs along which C² is measured cell by cell, as long as it is; none if it is not."""
    if not (cells := config["noise"]["cells"]):
        return []
    return [replace(run, epochs=max(1, *cells["epochs"])) for run in _combinations(config, cells)]


def _combinations(config: Config, grid: Mapping[str, Any]) -> list[Run]:
    return [
        make_run(config, batch_size=batch_size, learning_rate=learning_rate, seed=seed)
        for batch_size, learning_rate, seed in product(
            grid["batch_size"], grid["learning_rate"], grid["seed"]
        )
    ]


def method_runs(config: Config, comparison: str) -> dict[str, list[Run]]:
    """Return the runs of a comparison by method, one per seed."""
    settings = config["comparisons"][comparison]
    return {
        label: [make_run(config, seed=seed, **method) for seed in settings["seed"]]
        for label, method in settings["methods"].items()
    }
