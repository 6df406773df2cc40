"""The only place that writes files: atomic writes, checksums, and the formats of the artefacts."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import torch

PARTIAL = ".partial"


class DamagedFileError(RuntimeError):
    """A file whose content is not what its checksum promises."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it becomes ``path``, on failure it is removed.

    The content is flushed to the disk before the rename and the folder after it, so that a reader (or a
    power cut) finds the old file or the new one, never a part.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep_partial(folder: Path) -> None:
    """Remove what killed processes left half written in a folder that nobody else writes to."""
    for path in Path(folder).glob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically."""
    with atomic_path(path) as partial:
        partial.write_bytes(content)


def link(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy where links are not to be had, atomically.

    One process at a time may do this for a target; what a killed one left behind is overwritten.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}{PARTIAL}")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:
        shutil.copyfile(source, partial)
    partial.replace(target)
    partial.unlink(missing_ok=True)  # renaming one link of a file to another link of it does nothing
    _sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_bytes(path, text.encode())


def write_if_changed(path: Path, text: str) -> None:
    """Write a text file unless it holds the same text already, so that its date tells of a real change."""
    path = Path(path)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def to_json(value: Any) -> str:
    """Return the canonical JSON text of a value: sorted keys, two-space indent, final newline."""
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write a value as canonical JSON."""
    write_text(path, to_json(value))


def read_json(path: Path, *keys: str) -> Any:
    """Read a JSON file.

    Args:
        path: The file.
        keys: What it must hold; none if it may be anything.

    Raises:
        DamagedFileError: The file is not JSON, or one of the keys is missing.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFileError(f"{path}: not valid JSON ({error}); delete it and run again") from None
    held = value if isinstance(value, dict) else ()
    if missing := [key for key in keys if key not in held]:
        raise DamagedFileError(f"{path}: expected an entry {missing[0]!r}; delete it and run again")
    return value


def encode_tensors(tensors: Mapping[str, "torch.Tensor"], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return tensors as the bytes of a safetensors file."""
    from safetensors.torch import save

    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(contiguous, dict(metadata) if metadata else None)


def decode_tensors(content: bytes) -> tuple[dict[str, "torch.Tensor"], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file's bytes."""
    from safetensors.torch import load

    return load(content), decode_metadata(content)


def decode_metadata(content: bytes) -> dict[str, str]:
    """Return the metadata alone of a safetensors file's bytes."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return header.get("__metadata__", {})


def write_tensors(path: Path, tensors: Mapping[str, "torch.Tensor"]) -> str:
    """Write tensors as safetensors and return the file's SHA-256."""
    content = encode_tensors(tensors)
    write_bytes(path, content)
    return hashlib.sha256(content).hexdigest()


def read_tensors(path: Path, checksum: str) -> dict[str, "torch.Tensor"]:
    """Read a safetensors file after verifying its SHA-256.

    Raises:
        DamagedFileError: The file is missing or its checksum differs.
    """
    from safetensors.torch import load_file

    _verify(path, checksum)
    return load_file(path)


def _verify(path: Path, checksum: str) -> None:
    if not Path(path).is_file():
        raise DamagedFileError(f"{path}: missing; delete the record beside it and run again")
    if sha256(path) != checksum:
        raise DamagedFileError(f"{path}: SHA-256 differs from its record; delete both and run again")


def read_table(path: Path, checksum: str) -> "pd.DataFrame":
    """Read a CSV table after verifying its SHA-256.

    Raises:
        DamagedFileError: The file is missing or its checksum differs.
    """
    import pandas as pd

    _verify(path, checksum)
    return pd.read_csv(path)


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as Parquet or CSV, by the path's suffix."""
    with atomic_path(path) as partial:
        if Path(path).suffix == ".parquet":
            table.to_parquet(partial, index=False)
        else:
            table.to_csv(partial, index=False, lineterminator="\n")
