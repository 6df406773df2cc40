import pytest
import torch
from sklearn.datasets import load_digits

from graduated.data.catalogue import CATALOGUE
from graduated.data.digits import load


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load(tmp_path_factory.mktemp("raw"))


def test_sizes_and_statistics_are_those_of_the_catalogue(data):
    entry = CATALOGUE["digits"]
    assert data.train_images.shape == (entry.train_size, entry.channels, entry.size, entry.size)
    assert data.test_images.shape == (entry.test_size, entry.channels, entry.size, entry.size)
    pixels = data.train_images.double() / 255
    assert pixels.mean().item() == pytest.approx(entry.mean[0], abs=5e-6)
    assert pixels.std(correction=0).item() == pytest.approx(entry.std[0], abs=5e-6)


def test_every_class_is_split_four_to_one(data):
    totals = torch.from_numpy(load_digits().target).bincount()
    assert torch.all((data.test_labels.bincount() - totals / 5).abs() < 1)


def test_both_parts_together_are_the_whole_in_the_official_order(data):
    official = load_digits()
    parts = {"train": (data.train_images, data.train_labels), "test": (data.test_images, data.test_labels)}
    positions = {"train": 0, "test": 0}
    for image, label in zip(official.images, official.target, strict=True):
        for part, (images, labels) in parts.items():
            at = positions[part]
            levels = images[at, 0].double() * 16 / 255 if at < len(images) else torch.full((8, 8), -1.0)
            if torch.equal(levels.round(), torch.from_numpy(image)) and labels[at] == label:
                positions[part] += 1
                break
        else:
            pytest.fail("an official image is next in neither part")
    assert positions == {"train": 1437, "test": 360}


def test_grey_levels_span_all_of_a_byte(data):
    assert sorted(data.train_images.unique().tolist()) == [round(level * 255 / 16) for level in range(17)]


def test_a_subset_holds_every_class(data):
    assert data.subset(100).train_labels.unique().numel() == 10
