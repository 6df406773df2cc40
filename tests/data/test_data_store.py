import hashlib
import json
from pathlib import Path

import pytest
import torch

from graduated.data import store
from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.data.store import TENSORS, content_sha256, decode, load, raw_folder
from graduated.storage import DamagedFileError

MODULE = """
import torch
from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData

calls = []

def tiny(folder):
    calls.append(folder)
    images = torch.arange(24, dtype=torch.uint8).view(6, 1, 2, 2)
    labels = torch.arange(6) % 3
    return ImageData(
        images, labels, images[:3], labels[:3], classes=3, mean=[0.5], std=[0.25],
        augmentation=Augmentation(crop_padding=1, rotation=10.0),
    )

def nothing(folder):
    return None
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A user's module in the current folder, with a name of its own."""
    name = f"module_{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:8]}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def same(one: ImageData, other: ImageData) -> bool:
    return all(getattr(one, field).equal(getattr(other, field)) for field in TENSORS)


def test_digits_go_to_disk_and_back(tmp_path):
    data = decode("digits", tmp_path, tmp_path / "digits.safetensors")
    read = load(tmp_path / "digits.json")
    assert same(data, read)
    assert (read.classes, read.mean, read.std) == (data.classes, data.mean, data.std)
    assert read.augmentation == data.augmentation


def test_the_record_says_what_the_tensor_file_holds(tmp_path):
    decode("digits", tmp_path, tmp_path / "digits.safetensors")
    record = json.loads((tmp_path / "digits.json").read_text())
    assert record["name"] == "digits"
    assert record["sizes"]["train_images"] == [1437, 1, 8, 8]
    assert record["sha256"] == hashlib.sha256((tmp_path / "digits.safetensors").read_bytes()).hexdigest()
    assert record["content_sha256"] == store.CONTENT_SHA256["digits"]


def test_decoding_twice_gives_the_same_bytes(tmp_path):
    for copy in ("a", "b"):
        decode("digits", tmp_path, tmp_path / f"{copy}.safetensors")
    for suffix in (".safetensors", ".json"):
        first, second = ((tmp_path / copy).with_suffix(suffix).read_bytes() for copy in ("a", "b"))
        assert first == second


def test_a_users_function_in_the_current_folder_is_called_once_with_the_raw_folder(tmp_path, module):
    data = decode(f"{module}:tiny", tmp_path / "raw", tmp_path / "out" / "tiny.safetensors")
    assert __import__(module).calls == [tmp_path / "raw"]
    read = load(tmp_path / "out" / "tiny.json")
    assert same(data, read)
    assert read.augmentation == Augmentation(crop_padding=1, rotation=10.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{}:nothing", "returned NoneType, expected graduated.data.images.ImageData"),
        ("{}:absent", "absent"),
        ("absent_{}:load", "absent_"),
        ("fashion", "unknown dataset 'fashion'"),
    ],
)
def test_wrong_names_and_functions_are_refused_in_one_line(tmp_path, module, name, message):
    with pytest.raises(ValueError, match=message) as error:
        decode(name.format(module), tmp_path, tmp_path / "data.safetensors")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "data.safetensors").exists()


def test_a_built_in_dataset_that_decodes_to_something_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(store.CONTENT_SHA256, "digits", "0" * 64)
    with pytest.raises(DamagedFileError, match="digits: decoded to"):
        decode("digits", tmp_path, tmp_path / "digits.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_changed_tensor_file_is_refused(tmp_path):
    decode("digits", tmp_path, tmp_path / "digits.safetensors")
    content = bytearray((tmp_path / "digits.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "digits.safetensors").write_bytes(content)
    with pytest.raises(DamagedFileError, match="SHA-256 differs"):
        load(tmp_path / "digits.json")


def test_a_record_of_something_else_is_refused(tmp_path):
    (tmp_path / "data.json").write_text('{"sha256": "0"}')
    with pytest.raises(DamagedFileError, match="not a dataset's record"):
        load(tmp_path / "data.json")


def test_content_sha256_tells_names_types_shapes_and_values_apart():
    zeros = torch.zeros(6, dtype=torch.uint8)
    variants = (
        {"a": zeros},
        {"b": zeros},
        {"a": zeros.view(2, 3)},
        {"a": zeros.to(torch.int8)},
        {"a": zeros + 1},
    )
    assert len({content_sha256(variant) for variant in variants}) == len(variants)


def test_content_sha256_does_not_depend_on_order_or_layout():
    one, other = torch.arange(6).view(2, 3), torch.arange(4)
    transposed = one.t().contiguous().t()
    assert content_sha256({"a": one, "b": other}) == content_sha256({"b": other, "a": transposed})


def test_the_raw_folder_is_the_environments_or_data(monkeypatch):
    monkeypatch.setenv("GRADUATED_DATA", "/somewhere")
    assert raw_folder() == Path("/somewhere")
    monkeypatch.setenv("GRADUATED_DATA", "")
    assert raw_folder() == Path("data")
    monkeypatch.delenv("GRADUATED_DATA")
    assert raw_folder() == Path("data")


@pytest.mark.cifar
def test_cifar100_decodes_to_the_pinned_content(tmp_path):
    if not (raw_folder() / "cifar-100-python").is_dir():
        pytest.skip("needs GRADUATED_DATA to name a folder that holds cifar-100-python/")
    decode("cifar100", raw_folder(), tmp_path / "cifar100.safetensors")
    assert load(tmp_path / "cifar100.json").train_images.shape == (50_000, 3, 32, 32)
