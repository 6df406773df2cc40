"""What a campaign has finished, in one file: small texts, zipped, with the SHA-256 of each."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from graduated.campaign.tasks import Task
from graduated.storage import DamagedFileError, to_json, write_bytes

MANIFEST = "manifest.json"

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, RuntimeError)
"""What reading a damaged archive raises, by where the damage lies."""


def write_archive(preset: str, tasks: Iterable[Task], results: Path, path: Path) -> None:
    """Write the files of finished tasks into one archive; the same files make the same bytes.

    Args:
        preset: Name of the preset.
        tasks: The tasks.
        results: Folder of their results.
        path: The archive, a zip file.
    """
    files = {name: (results / name).read_bytes() for task in tasks for name in task.outputs}
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = to_json({"preset": preset, "files": checksums}).encode()
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((MANIFEST, manifest), *sorted(files.items())):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    write_bytes(path, buffer.getvalue())


def read_archive(path: Path, preset: str | None = None) -> dict[str, bytes]:
    """Return the files of an archive by their paths in the results folder.

    Args:
        path: The archive.
        preset: The preset that it has to be of; None takes any.

    Raises:
        DamagedFileError: It is damaged, or not an archive of a campaign.
        ValueError: It is of another preset.
        FileNotFoundError: It is missing.
    """
    content = path.read_bytes()
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files.pop(MANIFEST))
        found, checksums = manifest["preset"], manifest["files"]
    except DAMAGE as error:
        raise DamagedFileError(f"{path}: damaged, or not an archive of a campaign ({error})") from None
    if preset not in (None, found):
        raise ValueError(f"{path}: results of the preset {found}, expected {preset}")
    _verify(path, files, checksums)
    return files


def _verify(path: Path, files: dict[str, bytes], checksums: dict[str, str]) -> None:
    odd = files.keys() ^ checksums.keys()
    wrong = [name for name in files if hashlib.sha256(files[name]).hexdigest() != checksums.get(name)]
    if names := sorted({*odd, *wrong}):
        raise DamagedFileError(f"{path}: {names[0]} is not what the manifest says; bring the archive anew")
