"""The plan of a preset: its packs, and the small specification files that the rules depend on."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from graduated.data.catalogue import describe
from graduated.experiment.config import cell_runs, grid_runs, make_run, method_runs, validate_config
from graduated.experiment.packs import Pack, PackLimits, form_packs
from graduated.experiment.preset_file import Config, ConfigError
from graduated.experiment.run import Run
from graduated.outbox import has_state
from graduated.references import is_reference, references_of
from graduated.sources import closure
from graduated.storage import to_json, write_if_changed
from graduated.studies.catalogue import STUDIES, make_settings

DECODER = "decode_dataset"
"""The program that loads the dataset by name; all others see only what it decoded."""

TRAINER = "train_pack"
"""The program that loads schedules by name."""


@dataclass(frozen=True)
class Plan:
    """What the workflow is to build.

    Attributes:
        config: The complete config.
        runs: The runs of the grid.
        methods: The runs of every comparison, by method.
        packs: The packs that hold them, by id.
        cells: The packs of the probes of C² cell by cell, by id.
        studies: The settings of every study, by its name.
        results: Folder of the preset's results.
        figures: Folder of the preset's figures.
    """

    config: Config
    runs: list[Run]
    methods: dict[str, dict[str, list[Run]]]
    packs: dict[str, Pack]
    cells: dict[str, Pack]
    studies: dict[str, Any]
    results: Path
    figures: Path

    @property
    def dataset_file(self) -> str:
        """The dataset's name as a file name."""
        return self.config["dataset"].replace(":", ".")

    @property
    def data(self) -> Path:
        """What the decoded dataset's files begin with; all presets share them."""
        return self.results.parent / "data" / self.dataset_file

    def packs_of(self, comparison: str | None = None) -> list[str]:
        """Return the ids of the packs that hold the runs of a comparison, or of the grid."""
        runs = self.runs
        if comparison:
            runs = [run for seeds in self.methods[comparison].values() for run in seeds]
        wanted = set(runs)
        return [pack_id for pack_id, pack in self.packs.items() if wanted & set(pack.runs)]

    def training_sources(self, pack_id: str) -> str:
        """Return the name of the file of a pack's sources: one of its own where a schedule is the user's."""
        own = any(is_reference(run.schedule) for run in self.packs[pack_id].runs)
        return f"{TRAINER}/{pack_id}" if own else TRAINER

    @property
    def probe_batch_sizes(self) -> list[int]:
        """Batch sizes of the critical-batch-size probes."""
        return self.config["noise"]["critical_batch_size"]["batch_size"]


def make_plan(config: Mapping[str, Any], schema: Mapping[str, Any], root: Path = Path()) -> Plan:
    """Validate a config and form its packs; nothing is written.

    Args:
        config: As read from YAML.
        schema: The JSON schema of presets.
        root: Folder that holds ``results`` and ``figures``.

    Raises:
        ConfigError: The config cannot be run, or the folders cannot be written.
    """
    config = validate_config(config, schema)
    results, figures = root / "results" / config["preset"], root / "figures" / config["preset"]
    for folder in (results, figures):
        _check_writable(folder)
    runs = grid_runs(config)
    methods = {name: method_runs(config, name) for name in config["comparisons"]}
    compared = [run for method in methods.values() for seeds in method.values() for run in seeds]
    wanted = list(dict.fromkeys([*runs, *compared]))
    description = describe(config["dataset"])
    samples = config["training"]["train_samples"] or (description.train_size if description else None)
    limits = PackLimits(**config["packs"])
    packs = form_packs(wanted, begun_packs(results), limits, samples)
    cells = form_packs(cell_runs(config), (), limits, samples)
    studies = {name: make_settings(name, values) for name, values in config["studies"].items()}
    return Plan(config, runs, methods, _by_id(packs), _by_id(cells), studies, results, figures)


def _by_id(packs: Iterable[Pack]) -> dict[str, Pack]:
    return {pack.id: pack for pack in packs}


def _check_writable(folder: Path) -> None:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ConfigError(
            f"{existing}: no permission to write; results and figures are to be written below it"
        )


def begun_packs(results: Path) -> list[Pack]:
    """Return the packs of a preset that are trained, or have a state to go on from, by their ids."""
    return [Pack.read(path) for path in sorted((results / "packs").glob("*.json")) if _is_begun(path)]


def _is_begun(specification: Path) -> bool:
    results, pack = specification.parent.parent, specification.stem
    record = results / "training" / pack / "record.json"
    return record.is_file() or has_state(results / "resume" / pack)


def write_plan(plan: Plan, programs: Path) -> None:
    """Write the specification files that rules depend on, each only where its content changed.

    Args:
        plan: The plan.
        programs: Folder of the command-line programs, whose sources are digested.
    """
    files = specifications(plan)
    for path, value in files.items():
        write_if_changed(plan.results / path, to_json(value))
    description, model = describe(plan.config["dataset"]), plan.config["model"]["name"]
    loader = description.loader if description else plan.config["dataset"]
    for program in sorted(programs.glob("[a-z]*.py")):
        if program.stem == DECODER:
            write_if_changed(
                plan.data.with_name(f"{plan.data.name}.sources.json"), _sources(program, [loader])
            )
        else:
            _write_sources(plan, program.stem, program, [model])
    for pack_id, pack in plan.packs.items():
        if (name := plan.training_sources(pack_id)) != TRAINER:
            trainer = programs / f"{TRAINER}.py"
            _write_sources(plan, name, trainer, references_of(pack.specification))
    for name in plan.studies:
        study = STUDIES[name]
        runner = "run_network_study" if study.on_network else "run_study"
        loaded = references_of(files[f"specifications/studies/{name}.json"])
        _write_sources(plan, f"studies/{name}", programs / f"{runner}.py", loaded)
        drawing = [f"{study.drawing}:FIGURES"]
        _write_sources(plan, f"studies/{name}.figures", programs / "draw_study.py", drawing)
    for path in (plan.results / "packs").glob("*.json"):
        if path.stem not in plan.packs and not _is_begun(path):
            path.unlink()


def _write_sources(plan: Plan, name: str, program: Path, references: Sequence[str]) -> None:
    write_if_changed(plan.results / "sources" / f"{name}.json", _sources(program, references))


def _sources(program: Path, references: Sequence[str]) -> str:
    return to_json(closure(program, references))


def specifications(plan: Plan) -> dict[str, Any]:
    """Return what the specification files hold, by their paths in the results folder."""
    config = plan.config
    noise, sharpness = config["noise"], config["sharpness"]
    per_sample, critical = noise["per_sample"], noise["critical_batch_size"]
    files: dict[str, Any] = {
        f"packs/{pack_id}.json": pack.specification for pack_id, pack in plan.packs.items()
    }
    files["specifications/per_sample.json"] = {
        "runs": _probes(config, per_sample, per_sample["batch_size"], max(per_sample["epochs"])),
        **{key: per_sample[key] for key in ("epochs", "samples", "chunk_size")},
        "paired": noise["two_batch_sizes"],
    }
    for batch_size in critical["batch_size"]:
        files[f"specifications/steps/b~{batch_size}.json"] = {
            "runs": _probes(config, critical, batch_size, critical["max_epochs"]),
            **{key: critical[key] for key in ("threshold", "first_epoch")},
        }
    for pack_id, pack in plan.cells.items():
        files[f"specifications/cells/{pack_id}.json"] = {
            **pack.specification,
            **{key: noise["cells"][key] for key in ("epochs", "samples", "chunk_size")},
        }
    files["specifications/gradient_variance.json"] = {
        **{key: noise[key] for key in ("axis", "reported")},
        **{key: critical[key] for key in ("learning_rate", "threshold")},
    }
    for name, settings in sharpness.items():
        files[f"specifications/sharpness/{name}.json"] = settings
    files["specifications/table.json"] = {
        "preset": config["preset"],
        "measures": list(sharpness),
        "runs": [run.id for run in plan.runs],
    }
    for name, methods in plan.methods.items():
        files[f"specifications/comparisons/{name}.json"] = {
            "preset": config["preset"],
            "measure": next(iter(sharpness)),
            "methods": [[label, [run.id for run in runs]] for label, runs in methods.items()],
        }
    for name, settings in plan.studies.items():
        specification = {
            "study": name,
            "measuring": f"{STUDIES[name].measuring}:measure",
            "settings": asdict(settings),
        }
        if STUDIES[name].on_network:
            probe = asdict(settings)
            specification["runs"] = _probes(config, probe, probe["batch_size"], max(probe["epochs"]))
        files[f"specifications/studies/{name}.json"] = specification
    return files


def _probes(config: Config, probe: Mapping[str, Any], batch_size: int, epochs: int) -> list[dict[str, Any]]:
    return [
        replace(
            make_run(config, learning_rate=probe["learning_rate"], batch_size=batch_size, seed=seed),
            epochs=epochs,
        ).specification
        for seed in probe["seed"]
    ]
