"""Decoded datasets on disk: one tensor file each, and a record beside it that says what must be in it."""

import hashlib
import os
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from graduated.data.catalogue import Augmentation, describe
from graduated.data.images import ImageData
from graduated.references import resolve
from graduated.storage import DamagedFileError, read_json, read_tensors, write_json, write_tensors

CONTENT_SHA256 = {
    "digits": "fc5768db6b189686059a139b36e4390fb756b040f8eb47c778cd4b32a9c4fe15",
    "cifar100": "8f49df7603f3d9c87c8c877ed610372f870cb276eaefba4cbc919a58d2c8c8c5",
}
"""``content_sha256`` of the built-in datasets; of CIFAR-10 only the raw files are pinned, by their MD5."""

TENSORS = ("train_images", "train_labels", "test_images", "test_labels")


def raw_folder() -> Path:
    """Return the folder of the raw files: ``GRADUATED_DATA``, or ``data`` in the current folder."""
    return Path(os.environ.get("GRADUATED_DATA") or "data")


def decode(name: str, folder: Path, target: Path) -> ImageData:
    """Load a dataset from its raw files and keep it as tensors.

    Args:
        name: A name of the catalogue, or ``"module:function"``.
        folder: The folder of the raw files, handed to the dataset's loader.
        target: The safetensors file to write; the record gets its name with the suffix ``.json``.

    Returns:
        The dataset.

    Raises:
        ValueError: The name is unknown, or the user's function does not return an ``ImageData``.
        DataUnavailableError: The raw files are not here and cannot be fetched.
        DamagedFileError: The raw files are damaged, or decoding gave something unexpected.
    """
    description = describe(name)
    loader = resolve(description.loader if description else name)
    data = loader(Path(folder))
    if not isinstance(data, ImageData):
        raise ValueError(f"{name}: returned {type(data).__name__}, expected graduated.data.images.ImageData")
    tensors = {field: getattr(data, field).clone() for field in TENSORS}  # they may share memory
    content = content_sha256(tensors)
    if content != CONTENT_SHA256.get(name, content):
        raise DamagedFileError(f"{name}: decoded to SHA-256 {content}, expected {CONTENT_SHA256[name]}")
    target = Path(target)
    record = {
        "name": name,
        "classes": data.classes,
        "mean": data.mean,
        "std": data.std,
        "augmentation": asdict(data.augmentation),
        "sizes": {field: list(tensor.shape) for field, tensor in tensors.items()},
        "content_sha256": content,
        "sha256": write_tensors(target, tensors),
    }
    write_json(target.with_suffix(".json"), record)
    return data


def load(record_path: Path) -> ImageData:
    """Read a decoded dataset, its checksum verified.

    Args:
        record_path: The record written by ``decode``; the tensor file lies beside it.

    Raises:
        DamagedFileError: The record is damaged, or the tensor file is damaged or missing.
    """
    record_path = Path(record_path)
    record = read_json(record_path)
    try:
        checksum, classes = record["sha256"], record["classes"]
        mean, std = tuple(record["mean"]), tuple(record["std"])
        augmentation = Augmentation(**record["augmentation"])
    except (KeyError, TypeError) as error:
        raise DamagedFileError(
            f"{record_path}: not a dataset's record ({error}); delete it and run again"
        ) from None
    tensors = read_tensors(record_path.with_suffix(".safetensors"), checksum)
    return ImageData(**tensors, classes=classes, mean=mean, std=std, augmentation=augmentation)


def content_sha256(tensors: dict[str, Tensor]) -> str:
    """Return one SHA-256 over names, types, shapes and bytes of some tensors."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.cpu().contiguous().numpy().data)
    return digest.hexdigest()
