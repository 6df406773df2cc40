import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10, CIFAR100, utils

from graduated.data import cifar
from graduated.data.catalogue import CATALOGUE
from graduated.data.cifar import load_cifar10, load_cifar100, obtain
from graduated.data.images import DataUnavailableError
from graduated.storage import DamagedFileError

SAMPLES = {"train": 12, "test": 5}


def part_content(samples, seed):
    generator = np.random.default_rng(seed)
    return pickle.dumps(
        {
            "data": generator.integers(256, size=(samples, 3072), dtype=np.uint8),
            "fine_labels": generator.integers(100, size=samples).tolist(),
        }
    )


@pytest.fixture
def files(monkeypatch):
    """A little CIFAR-100 and its archive, which torchvision and the library take for the official ones."""
    contents = {part: part_content(samples, samples) for part, samples in SAMPLES.items()}
    contents["meta"] = pickle.dumps({"fine_label_names": [str(label) for label in range(100)]})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"cifar-100-python/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(CIFAR100, "train_list", [["train", md5["train"]]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", md5["test"]]])
    monkeypatch.setattr(CIFAR100, "meta", {**CIFAR100.meta, "md5": md5["meta"]})
    monkeypatch.setattr(CIFAR100, "tgz_md5", hashlib.md5(buffer.getvalue()).hexdigest())
    pinned = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(cifar, "CIFAR100_SHA256", pinned)
    return {**contents, "archive": buffer.getvalue()}


@pytest.fixture(autouse=True)
def downloads(monkeypatch):
    """Stand in for the network: fails unless a test gives it content to deliver."""
    delivered = {"content": None, "calls": 0}

    def download_url(url, root, filename, md5):
        delivered["calls"] += 1
        if delivered["content"] is None:
            raise OSError("<urlopen error [Errno -2]\nName or service not known>")
        (Path(root) / filename).write_bytes(delivered["content"])

    monkeypatch.setattr(utils, "download_url", download_url)
    return delivered


def write_files(folder, files, names=("train", "test", "meta")):
    home = folder / CIFAR100.base_folder
    home.mkdir(parents=True)
    for name in names:
        (home / name).write_bytes(files[name])
    return home


def contents_of(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_is_the_little_dataset(data, files):
    for images, labels, part in (
        (data.train_images, data.train_labels, "train"),
        (data.test_images, data.test_labels, "test"),
    ):
        entry = pickle.loads(files[part])
        assert images.equal(torch.from_numpy(entry["data"]).view(-1, 3, 32, 32))
        assert labels.tolist() == entry["fine_labels"]


def test_files_that_are_there_are_read_in_their_order_without_the_network(tmp_path, files, downloads):
    write_files(tmp_path, files)
    data = load_cifar100(tmp_path)
    assert_is_the_little_dataset(data, files)
    assert data.augmentation == CATALOGUE["cifar100"].augmentation
    assert downloads["calls"] == 0


@pytest.mark.parametrize("name", ["train", "test", "meta"])
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-3], lambda content: bytes([content[0] ^ 1]) + content[1:]]
)
def test_damaged_files_are_set_aside_before_anything_is_unpickled(tmp_path, files, monkeypatch, name, damage):
    home = write_files(tmp_path, files)
    (home / name).write_bytes(damage(files[name]))
    monkeypatch.setattr(pickle, "load", lambda *_, **__: pytest.fail("unpickled"))
    with pytest.raises(DamagedFileError, match=f"{name} .set aside as {name}.damaged") as error:
        load_cifar100(tmp_path)
    assert "\n" not in str(error.value)
    assert (home / f"{name}.damaged").read_bytes() == damage(files[name])
    assert not (home / name).exists()


def test_a_forged_file_with_the_right_md5_is_refused(tmp_path, files, monkeypatch):
    write_files(tmp_path, files)
    monkeypatch.setitem(cifar.CIFAR100_SHA256, "test", "0" * 64)
    with pytest.raises(DamagedFileError, match=r"test .set aside"):
        load_cifar100(tmp_path)


def test_a_damaged_file_in_a_folder_that_is_not_writable_stays_and_is_not_used(tmp_path, files, monkeypatch):
    home = write_files(tmp_path, files)
    (home / "train").write_bytes(b"damaged")

    def replace(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(DamagedFileError, match=r"train .the folder is not writable"):
        load_cifar100(tmp_path)


def test_a_file_set_aside_is_fetched_anew(tmp_path, files, downloads):
    home = write_files(tmp_path, files)
    (home / "train").write_bytes(b"damaged")
    downloads["content"] = files["archive"]
    with pytest.raises(DamagedFileError):
        load_cifar100(tmp_path)
    assert_is_the_little_dataset(load_cifar100(tmp_path), files)
    assert contents_of(home) == ["meta", "test", "train", "train.damaged"]


def test_missing_files_are_downloaded_verified_and_nothing_else_is_left(tmp_path, files, downloads):
    downloads["content"] = files["archive"]
    folder = tmp_path / "new" / "data"
    assert_is_the_little_dataset(load_cifar100(folder), files)
    assert contents_of(folder) == ["cifar-100-python"]
    assert contents_of(folder / "cifar-100-python") == ["meta", "test", "train"]
    load_cifar100(folder)
    assert downloads["calls"] == 1


def test_an_archive_lying_in_the_folder_is_used(tmp_path, files, downloads):
    (tmp_path / CIFAR100.filename).write_bytes(files["archive"])
    assert_is_the_little_dataset(load_cifar100(tmp_path), files)
    assert downloads["calls"] == 0
    assert contents_of(tmp_path) == ["cifar-100-python", CIFAR100.filename]


def test_a_truncated_archive_is_set_aside(tmp_path, files):
    (tmp_path / CIFAR100.filename).write_bytes(files["archive"][:-10])
    with pytest.raises(DamagedFileError, match=f"{CIFAR100.filename}.damaged"):
        load_cifar100(tmp_path)
    assert contents_of(tmp_path) == [f"{CIFAR100.filename}.damaged"]


def test_without_network_one_line_says_what_to_put_where(tmp_path, files):
    with pytest.raises(DataUnavailableError) as error:
        load_cifar100(tmp_path / "data")
    message = str(error.value)
    assert "\n" not in message
    needed = (CIFAR100.url, CIFAR100.tgz_md5, str(tmp_path / "data"), "GRADUATED_DATA", "Name or service")
    assert all(part in message for part in needed)
    assert contents_of(tmp_path / "data") == []


def test_an_incomplete_download_is_not_kept(tmp_path, files, monkeypatch):
    def download_url(url, root, filename, md5):
        (Path(root) / filename).write_bytes(files["archive"][:100])
        raise RuntimeError("File not found or corrupted.")

    monkeypatch.setattr(utils, "download_url", download_url)
    with pytest.raises(DataUnavailableError, match="not found or corrupted"):
        load_cifar100(tmp_path)
    assert contents_of(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path, files, downloads):
    (tmp_path / "file").touch()
    with pytest.raises(DataUnavailableError, match="file/data"):
        load_cifar100(tmp_path / "file" / "data")


def test_cifar10_without_network_names_its_own_archive(tmp_path):
    with pytest.raises(DataUnavailableError, match=CIFAR10.url):
        load_cifar10(tmp_path)


def test_cifar10_is_read_batch_after_batch(tmp_path, monkeypatch):
    home = tmp_path / CIFAR10.base_folder
    home.mkdir()

    def put(name, value):
        (home / name).write_bytes(pickle.dumps(value))
        return hashlib.md5((home / name).read_bytes()).hexdigest()

    images = np.arange(4 * 3072, dtype=np.int64).reshape(4, 3072).astype(np.uint8)
    batches = [
        [f"data_batch_{i}", put(f"data_batch_{i}", {"data": images[i : i + 1], "labels": [i]})]
        for i in (0, 1, 2)
    ]
    monkeypatch.setattr(CIFAR10, "train_list", batches)
    monkeypatch.setattr(
        CIFAR10, "test_list", [["test_batch", put("test_batch", {"data": images[3:], "labels": [9]})]]
    )
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": put("batches.meta", {"label_names": ["a"]})})
    data = load_cifar10(tmp_path)
    assert data.train_images.equal(torch.from_numpy(images[:3]).view(3, 3, 32, 32))
    assert data.train_labels.tolist() == [0, 1, 2]
    assert data.test_labels.tolist() == [9]
    assert data.classes == 10


def duplicates(images):
    """How many images occurred before in the sequence, and the bytes of all."""
    seen = [image.numpy().tobytes() for image in images]
    return len(seen) - len(set(seen)), seen


@pytest.fixture(scope="module")
def cifar100():
    folder = Path(os.environ.get("GRADUATED_DATA", ""))
    if "GRADUATED_DATA" not in os.environ or not (folder / "cifar-100-python").is_dir():
        pytest.skip("needs GRADUATED_DATA to name a folder that holds cifar-100-python/")
    return load_cifar100(folder)


@pytest.mark.cifar
def test_cifar100_has_the_known_statistics(cifar100):
    levels = torch.arange(256, dtype=torch.float64) / 255
    channels = cifar100.train_images.unbind(1)
    counts = torch.stack([channel.flatten().bincount(minlength=256) for channel in channels]).double()
    shares = counts / counts.sum(1, keepdim=True)
    means = shares @ levels
    mean, std = means.tolist(), (shares @ levels**2 - means**2).sqrt().tolist()
    assert mean == pytest.approx([0.50707516, 0.48654887, 0.44091784], abs=1e-8)
    assert std == pytest.approx([0.26733429, 0.25643846, 0.27615047], abs=1e-8)
    assert mean == pytest.approx(cifar100.mean, abs=6e-6)
    assert std == pytest.approx(cifar100.std, abs=6e-6)


@pytest.mark.cifar
def test_cifar100_has_500_and_100_images_a_class(cifar100):
    assert cifar100.train_labels.bincount().tolist() == [500] * 100
    assert cifar100.test_labels.bincount().tolist() == [100] * 100


@pytest.mark.cifar
def test_cifar100_has_the_known_duplicates(cifar100):
    within_train, train = duplicates(cifar100.train_images)
    within_test, test = duplicates(cifar100.test_images)
    assert (within_train, within_test) == (14, 2)
    known = set(train)
    assert sum(image in known for image in test) == 10


@pytest.mark.cifar
def test_cifar100_is_torchvisions_image_by_image(cifar100):
    dataset = CIFAR100(os.environ["GRADUATED_DATA"], train=False)
    for position in (0, 17, 9999):
        image, label = dataset[position]
        assert cifar100.test_images[position].permute(1, 2, 0).equal(torch.from_numpy(np.array(image)))
        assert cifar100.test_labels[position] == label


def test_obtain_verifies_without_pinned_checksums_too(tmp_path, files):
    home = write_files(tmp_path, files)
    obtain(CIFAR100, tmp_path)
    (home / "meta").write_bytes(b"")
    with pytest.raises(DamagedFileError, match="meta"):
        obtain(CIFAR100, tmp_path)
