"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009): the official files, fetched if need be, verified before use."""

import hashlib
import tarfile
import tempfile
from collections.abc import Iterable
from http.client import HTTPException
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10, CIFAR100, utils

from graduated.data.catalogue import CATALOGUE, Description
from graduated.data.images import DataUnavailableError, ImageData
from graduated.storage import DamagedFileError, sha256

CIFAR100_SHA256 = {
    "train": "735e79b04f092ca3d2e6d07f368c0a7d70d48c48d28865950cc24454cf45129b",
    "test": "4b67687d9933c4db8f0831104447f15b93774f4f464bd0516f0f0f2ac83b7864",
    "meta": "a5d4786345c961390f865e93b434dbd5c6904ce880667e0cb888c97d449f28b9",
}
"""Beside torchvision's MD5 sums, since MD5 can be forged and the files are unpickled."""


def load_cifar10(folder: Path) -> ImageData:
    """Return CIFAR-10 in the official order; see ``obtain`` for the folder and the errors."""
    obtain(CIFAR10, folder)
    return _decode(CIFAR10, CATALOGUE["cifar10"], folder)


def load_cifar100(folder: Path) -> ImageData:
    """Return CIFAR-100 with its 100 fine labels, in the official order; see ``obtain``."""
    obtain(CIFAR100, folder, CIFAR100_SHA256)
    return _decode(CIFAR100, CATALOGUE["cifar100"], folder)


def obtain(dataset: type[CIFAR10], folder: Path, pinned: dict[str, str] | None = None) -> None:
    """Make sure that the official files are in a folder, every one with its right checksum.

    Files that are there are verified. Missing ones come from the official archive, if that lies in the
    folder, or else from the network; they are unpacked and verified in a temporary folder and then moved.

    Args:
        dataset: ``torchvision.datasets.CIFAR10`` or ``CIFAR100``: names, MD5 sums and address of the files.
        folder: The folder that holds, or is to hold, ``cifar-100-python/`` or ``cifar-10-batches-py/``.
        pinned: SHA-256 of the files, where known.

    Raises:
        DamagedFileError: A file is not the official one; it has been set aside as ``NAME.damaged``.
        DataUnavailableError: Files are missing and cannot be fetched.
    """
    folder = Path(folder)
    checksums = _md5_sums(dataset)
    home = folder / dataset.base_folder
    _verify(home, checksums, pinned or {})
    missing = [name for name in checksums if not (home / name).is_file()]
    if not missing:
        return
    _verify(folder, {dataset.filename: dataset.tgz_md5}, {})
    try:
        _unpack(dataset, folder, checksums, pinned or {})
    except (OSError, HTTPException, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataUnavailableError(
            f"{home}: {', '.join(missing)} missing and not to be had ({reason}); download {dataset.url} "
            f"(MD5 {dataset.tgz_md5}) into {folder.resolve()}, or name in GRADUATED_DATA the folder that "
            f"holds {dataset.base_folder}"
        ) from None


def _md5_sums(dataset: type[CIFAR10]) -> dict[str, str]:
    meta = dataset.meta
    return dict([*dataset.train_list, *dataset.test_list, (meta["filename"], meta["md5"])])


def _verify(folder: Path, md5_sums: dict[str, str], sha256_sums: dict[str, str]) -> None:
    """Set aside those files present whose checksums are wrong, and say so."""
    damaged = [
        folder / name
        for name, md5 in md5_sums.items()
        if (folder / name).is_file() and not _is_official(folder / name, md5, sha256_sums.get(name))
    ]
    if damaged:
        fates = ", ".join(_set_aside(path) for path in damaged)
        raise DamagedFileError(
            f"{folder}: not the official content, damaged or truncated: {fates}; run again"
        )


def _is_official(path: Path, md5: str, pinned: str | None) -> bool:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return digest == md5 and pinned in (None, sha256(path))


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return f"{path.name} (the folder is not writable; delete the file yourself)"
    return f"{path.name} (set aside as {aside.name})"


def _unpack(
    dataset: type[CIFAR10], folder: Path, md5_sums: dict[str, str], sha256_sums: dict[str, str]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{dataset.base_folder}.") as name:
        temporary = Path(name)
        archive = folder / dataset.filename
        if not archive.is_file():
            utils.download_url(dataset.url, temporary, dataset.filename, dataset.tgz_md5)
            archive = temporary / dataset.filename
        with tarfile.open(archive) as file:
            file.extractall(temporary, filter="data")
        _verify(temporary / dataset.base_folder, md5_sums, sha256_sums)
        _move(md5_sums, temporary / dataset.base_folder, folder / dataset.base_folder)


def _move(names: Iterable[str], source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name in names:
        (source / name).replace(target / name)


def _decode(dataset: type[CIFAR10], description: Description, folder: Path) -> ImageData:
    train_images, train_labels = _tensors(dataset(folder, train=True))
    test_images, test_labels = _tensors(dataset(folder, train=False))
    return ImageData(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=description.classes,
        mean=description.mean,
        std=description.std,
        augmentation=description.augmentation,
    )


def _tensors(part: CIFAR10) -> tuple[Tensor, Tensor]:
    images = torch.from_numpy(part.data).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(part.targets, dtype=torch.int64)
