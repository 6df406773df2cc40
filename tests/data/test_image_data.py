from dataclasses import replace

import pytest
import torch
from torchvision.transforms import functional

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.data.images import ImageData


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return ImageData(
        train_images=torch.randint(256, (20, 3, 6, 5), generator=generator, dtype=torch.uint8),
        train_labels=torch.arange(20) % 4,
        test_images=torch.randint(256, (8, 3, 6, 5), generator=generator, dtype=torch.uint8),
        test_labels=torch.arange(8) % 4,
        classes=4,
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.3, 0.4),
    )


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("train_images", lambda t: t.float(), "train_images: is float32"),
        ("train_images", lambda t: t[0], r"expected uint8 \[N, C, H, W\]"),
        ("train_images", lambda t: t[:0], "none of them 0"),
        ("test_images", lambda t: t[:, :, :4], r"test_images: each is \(3, 4, 5\)"),
        ("train_labels", lambda t: t.int(), "train_labels: is int32"),
        ("train_labels", lambda t: t[:-1], r"expected int64 \[20\]"),
        ("test_labels", lambda t: t + 1, "test_labels: range from 1 to 4, expected 0 to 3"),
        ("test_labels", lambda t: t - 1, "test_labels: range from -1 to 2"),
        ("mean", lambda values: values[:2], "mean: has 2 numbers"),
        ("std", lambda values: (0.2, 0.0, 0.4), "std: .* expected positive"),
        ("std", lambda values: (0.2, float("nan"), 0.4), "std: .* expected positive"),
    ],
)
def test_wrong_data_is_refused_in_one_line(data, field, change, message):
    with pytest.raises(ValueError, match=message) as error:
        replace(data, **{field: change(getattr(data, field))})
    assert "\n" not in str(error.value)


def test_a_subset_is_the_first_images_and_leaves_the_test_set(data):
    subset = data.subset(7)
    assert subset.train_images.equal(data.train_images[:7])
    assert subset.train_labels.equal(data.train_labels[:7])
    assert subset.test_images is data.test_images
    assert data.subset(20).train_images.equal(data.train_images)


@pytest.mark.parametrize("samples", [0, 21])
def test_a_subset_of_impossible_size_is_refused(data, samples):
    with pytest.raises(ValueError, match="expected 1 to 20"):
        data.subset(samples)


def test_to_moves_every_tensor(data):
    moved = data.to("cpu")
    for field in ("train_images", "train_labels", "test_images", "test_labels"):
        assert getattr(moved, field).equal(getattr(data, field))


def test_normalisation_is_torchvisions(data):
    for image, normalised in zip(data.test_images, data.normalise(data.test_images), strict=True):
        floats = functional.to_tensor(image.permute(1, 2, 0).numpy())
        assert normalised.equal(functional.normalize(floats, data.mean, data.std))


def test_normalisation_takes_other_statistics_types_and_leading_axes(data):
    expected = (
        data.test_images.double() / 255 - torch.tensor(CIFAR10_STATISTICS[0]).double().view(3, 1, 1)
    ) / (torch.tensor(CIFAR10_STATISTICS[1]).double().view(3, 1, 1))
    batches = data.test_images.unflatten(0, (2, 4))
    result = data.normalise(batches, torch.float64, CIFAR10_STATISTICS)
    assert result.dtype == torch.float64
    torch.testing.assert_close(result.flatten(0, 1), expected, rtol=1e-6, atol=1e-6)
    assert data.normalise(data.test_images[0]).equal(data.normalise(data.test_images)[0])
