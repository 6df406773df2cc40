"""Finished results, kept until the workflow has accepted them: to lose the published ones costs nothing."""

import shutil
from pathlib import Path

from graduated.storage import link, read_json, sha256, sweep_partial, write_json

SEAL = "seal.json"
FOLDER = "finished"


class Outbox:
    """The finished files of one job, in a folder that Snakemake does not know.

    After an interruption Snakemake deletes the outputs of a job that it has not seen end, complete as they
    may be. The job then finds them here and publishes them again, as hard links that take no space.

    Args:
        folder: Folder of the job's state; the files lie in ``finished`` below it.
        key: Identifies specification, sources, inputs and environment; files of another key do not count.
    """

    def __init__(self, folder: Path, key: str):
        self.folder, self.key = Path(folder) / FOLDER, key
        self._seal = self.folder / SEAL

    def seal(self) -> None:
        """Declare the files in the folder finished; what killed processes left half written is removed."""
        sweep_partial(self.folder)
        checksums = {path.name: sha256(path) for path in sorted(self.folder.iterdir()) if path != self._seal}
        write_json(self._seal, {"key": self.key, "checksums": checksums})

    def is_sealed(self) -> bool:
        """Tell whether all files are there, undamaged and of this key."""
        if not self._seal.is_file():
            return False
        seal = read_json(self._seal)
        paths = {self.folder / name: checksum for name, checksum in seal["checksums"].items()}
        return seal["key"] == self.key and all(
            path.is_file() and sha256(path) == checksum for path, checksum in paths.items()
        )

    def publish(self, target: Path) -> None:
        """Link every finished file into a folder."""
        for name in read_json(self._seal)["checksums"]:
            link(self.folder / name, Path(target) / name)


def discard_finished(folder: Path) -> None:
    """Remove the state of every finished job.

    Args:
        folder: Folder of the states, one folder a job.
    """
    for seal in Path(folder).glob(f"*/{FOLDER}/{SEAL}"):
        shutil.rmtree(seal.parent.parent)


def has_state(folder: Path) -> bool:
    """Tell whether a job's folder holds a state to go on from, or finished files."""
    return any(Path(folder).rglob("*.checkpoint")) or (Path(folder) / FOLDER / SEAL).is_file()
