"""The long jobs of a plan, and where each leaves its traces. Imports no torch."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graduated.experiment.plan import Plan, specifications
from graduated.references import references_of
from graduated.studies.catalogue import STUDIES


@dataclass(frozen=True)
class Job:
    """A training of a pack, or a probe.

    Attributes:
        name: The pack's id, or the probe's name; also that of its folder in ``resume``.
        program: Name of the program.
        results: Folder of the preset's results.
        record: The file that says that it is done.
        log: What the program printed.
        specification: What the program is to do; its runs are trained as one network.
    """

    name: str
    program: str
    results: Path
    record: Path
    log: Path
    specification: dict[str, Any]

    @property
    def is_pack(self) -> bool:
        """Whether its runs are rows of the results."""
        return self.program == "train_pack"

    @property
    def references(self) -> tuple[str, ...]:
        """What the program loads by reference."""
        return tuple(references_of(self.specification))

    @property
    def state_folder(self) -> Path:
        """Where it keeps its checkpoints and its heartbeat."""
        return self.results / "resume" / self.name

    @property
    def weights(self) -> Path:
        """The weights that a pack leaves."""
        return self.record.with_name("weights.safetensors")

    @property
    def runs(self) -> int:
        """How many runs it trains."""
        return len(self.specification["runs"])

    @property
    def batch_size(self) -> int:
        """The batch size of its runs."""
        return self.specification["runs"][0]["batch_size"]

    @property
    def epochs(self) -> int:
        """How many epochs it trains at most."""
        return self.specification["runs"][0]["epochs"]


def jobs(plan: Plan) -> Iterator[Job]:
    """Yield the probes of a plan, its packs by batch size, and its studies on networks."""
    files = {Path(path): value for path, value in specifications(plan).items()}
    results = plan.results

    def job(program: str, name: str, record: str, log: str, value: dict[str, Any]) -> Job:
        return Job(name, program, results, results / record, results / "logs" / f"{log}.log", value)

    per_sample = files[Path("specifications/per_sample.json")]
    yield job("probe_variance", "probe_variance", "noise/per_sample.json", "probe_variance", per_sample)
    for path, value in files.items():
        name = path.stem
        if path.parent.name == "steps":
            log = f"probe_steps/{name}"
            yield job("probe_steps", f"probe_steps.{name}", f"noise/steps/{path.name}", log, value)
        elif path.parent.name == "cells":
            log = f"probe_cells/{name}"
            yield job("probe_variance", f"probe_cells.{name}", f"noise/cells/{path.name}", log, value)
    for pack_id in sorted(plan.packs, key=lambda pack_id: plan.packs[pack_id].runs[0].batch_size):
        value = files[Path(f"packs/{pack_id}.json")]
        yield job("train_pack", pack_id, f"training/{pack_id}/record.json", f"train_pack/{pack_id}", value)
    for name in plan.studies:
        if STUDIES[name].on_network:
            value = files[Path(f"specifications/studies/{name}.json")]
            record, log = f"studies/{name}/record.json", f"run_study/{name}"
            yield job("run_network_study", f"study.{name}", record, log, value)
