"""The tasks of a campaign: each pack with its sharpness, each probe of C², and the files that they leave."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from graduated.experiment.packs import Pack
from graduated.experiment.run import Run
from graduated.storage import to_json

TRAIN, MEASURE, VARIANCE, STEPS = "train_pack", "measure_sharpness", "probe_variance", "probe_steps"
PROGRAMS = (TRAIN, MEASURE, VARIANCE, STEPS)
"""The programs whose work a campaign does."""


@dataclass(frozen=True, eq=False)
class Task:
    """A pack to train and to measure, or a probe.

    Attributes:
        name: The pack's id, or the probe's path below ``specifications``.
        program: The program that does the same; of a pack, the one that trains it.
        specification: Path of the specification in the results folder.
        value: What the specification holds.
        runs: The runs that are trained.
        record: Path of its record in the results folder.
        outputs: Paths of all files that it leaves there, the record included; no weights.
        measures: Measures of sharpness of its networks; none for a probe.
    """

    name: str
    program: str
    specification: str
    value: Mapping[str, Any]
    runs: tuple[Run, ...]
    record: str
    outputs: tuple[str, ...]
    measures: tuple[str, ...] = ()

    @property
    def is_pack(self) -> bool:
        """Whether its runs are rows of the results."""
        return self.program == TRAIN

    @property
    def specification_sha256(self) -> str:
        """SHA-256 of the specification's file."""
        return sha256(to_json(self.value).encode()).hexdigest()

    @property
    def state_folder(self) -> str:
        """Folder of the state that an interrupted one goes on from, in the results folder."""
        return f"resume/{self.name.replace('/', '.')}"


def make_tasks(
    specifications: Mapping[str, Any], measures_of: Callable[[Pack], Sequence[str]]
) -> Iterator[Task]:
    """Yield the tasks of a plan's specifications, by path; those of no task are passed over.

    Args:
        specifications: The specifications by path.
        measures_of: Returns the measures of sharpness that are taken of a pack.
    """
    for path, value in specifications.items():
        folder = Path(path).parent.as_posix()
        if folder == "packs":
            pack = Pack(tuple(map(Run.from_specification, value["runs"])))
            yield pack_task(pack, measures_of(pack))
        elif path == "specifications/per_sample.json" or folder in (
            "specifications/steps",
            "specifications/cells",
        ):
            yield _probe(path, value)


def pack_task(pack: Pack, measures: Sequence[str]) -> Task:
    """Return the task that trains a pack and measures its sharpness."""
    name = pack.id
    training = [f"training/{name}/{file}" for file in ("history.csv", "timing.csv", "record.json")]
    return Task(
        name=name,
        program=TRAIN,
        specification=f"packs/{name}.json",
        value=pack.specification,
        runs=pack.runs,
        record=training[-1],
        outputs=(*training, *(sharpness_record(measure, name) for measure in measures)),
        measures=tuple(measures),
    )


def _probe(path: str, value: Mapping[str, Any]) -> Task:
    name = path.removeprefix("specifications/").removesuffix(".json")
    program = STEPS if name.startswith("steps/") else VARIANCE
    runs = tuple(map(Run.from_specification, value["runs"]))
    record = f"noise/{name}.json"
    return Task(name, program, path, value, runs, record, (record,))


def sharpness_record(measure: str, pack: str) -> str:
    """Return the path of the record of one measure of a pack's sharpness, in the results folder."""
    return f"sharpness/{measure}/{pack}.json"


def sharpness_specification(measure: str) -> str:
    """Return the path of a measure's specification in the results folder."""
    return f"specifications/sharpness/{measure}.json"
