import math

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies
from torchvision.transforms import functional as pil
from torchvision.transforms.v2 import functional

from graduated.data.augmentation import Draws, draw, gather_batch
from graduated.data.catalogue import CATALOGUE, Augmentation
from graduated.streams import stream

CIFAR100 = CATALOGUE["cifar100"]
AUGMENTATIONS = {
    "crop": Augmentation(crop_padding=4),
    "flip": Augmentation(flip=True),
    "rotation": Augmentation(rotation=15.0),
    "paper": CIFAR100.augmentation,
}
RAW = {"mean": (0.0, 0.0, 0.0), "std": (1 / 255,) * 3, "dtype": torch.float64}


def random_images(samples, height=32, width=32, seed=0):
    """Every pixel above 0, so that black is only what comes from outside; [N, H, W, 3]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, 256, (samples, height, width, 3), generator=generator, dtype=torch.uint8)


def pixels(images, index, draws):
    """The augmented pixels of a batch for one replica, uint8 [B, C, H, W]."""
    one = None if draws is None else draws[None]
    return gather_batch(images, index[None], one, **RAW).round().to(torch.uint8)


def fixed(augmentation, samples, dy=None, dx=None, flip=False, angle=0.0):
    offset = torch.full((samples,), augmentation.crop_padding)
    return Draws(
        augmentation,
        dy=offset if dy is None else torch.full((samples,), dy),
        dx=offset if dx is None else torch.full((samples,), dx),
        flip=torch.full((samples,), flip),
        angle=torch.full((samples,), angle),
    )


def one_by_one(images, draws, transforms):
    """Torchvision's crop, flip and rotation of every image [N, C, H, W] with the same parameters."""
    results = []
    for image, dy, dx, flip, angle in zip(
        images, draws.dy.tolist(), draws.dx.tolist(), draws.flip.tolist(), draws.angle.tolist(), strict=True
    ):
        padding = draws.augmentation.crop_padding
        size = image.shape[-2:] if isinstance(image, torch.Tensor) else image.size[::-1]
        result = transforms.crop(transforms.pad(image, [padding] * 4), dy, dx, *size)
        result = transforms.hflip(result) if flip else result
        results.append(transforms.rotate(result, angle) if draws.augmentation.rotation else result)
    return results


def distance_to_rounding(draws, height, width):
    """How far the coordinates of each rotated pixel are from the middle between two pixels, [N, H, W]."""
    radians = torch.deg2rad(draws.angle.double())[:, None, None]
    y = (torch.arange(height, dtype=torch.float64) - (height - 1) / 2)[:, None]
    x = (torch.arange(width, dtype=torch.float64) - (width - 1) / 2)[None, :]
    source_y = radians.sin() * x + radians.cos() * y + (height - 1) / 2
    source_x = radians.cos() * x - radians.sin() * y + (width - 1) / 2
    return torch.minimum(*((source - source.floor() - 0.5).abs() for source in (source_y, source_x)))


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (9, 14)])
def test_pixels_are_those_of_torchvision_image_by_image(name, height, width):
    images = random_images(200, height, width)
    draws = draw(AUGMENTATIONS[name], 200, stream(0, "augmentation"))
    result = pixels(images, torch.arange(200), draws)
    expected = torch.stack(one_by_one(images.permute(0, 3, 1, 2), draws, functional))
    differs = (result != expected).any(1)
    assert differs.double().mean() < (0.005 if AUGMENTATIONS[name].rotation else 1e-12)
    assert torch.all(distance_to_rounding(draws, height, width)[differs] < 1e-3)


def test_batches_are_those_of_the_authors_transforms_on_pil_images(record_property):
    images = random_images(300)
    draws = draw(CIFAR100.augmentation, 300, stream(1, "augmentation"))
    result = gather_batch(images, torch.arange(300)[None], draws[None], CIFAR100.mean, CIFAR100.std)
    sources = [pil.to_pil_image(image.permute(2, 0, 1)) for image in images]
    expected = torch.stack(
        [
            pil.normalize(pil.to_tensor(image), CIFAR100.mean, CIFAR100.std)
            for image in one_by_one(sources, draws, pil)
        ]
    )
    differs = (result != expected).any(1)
    record_property("differing_fraction", differs.double().mean().item())
    assert differs.double().mean() < 0.005
    assert torch.all(distance_to_rounding(draws, 32, 32)[differs] < 1e-3)


def test_padding_is_black_before_normalisation():
    draws = fixed(Augmentation(crop_padding=4), 1, dy=0, dx=0)
    batch = gather_batch(
        random_images(1), torch.zeros(1, 1, dtype=torch.int64), draws[None], CIFAR100.mean, CIFAR100.std
    )
    black = -torch.tensor(CIFAR100.mean) / torch.tensor(CIFAR100.std)
    torch.testing.assert_close(batch[0, :, :4, :], black.view(3, 1, 1).expand(3, 4, 32))
    torch.testing.assert_close(batch[0, :, :, :4], black.view(3, 1, 1).expand(3, 32, 4))


@pytest.mark.parametrize("turns", [-2, -1, 0, 1, 2])
def test_rotation_by_right_angles_is_exact(turns):
    images = random_images(3)
    draws = fixed(Augmentation(rotation=180.0), 3, angle=90.0 * turns)
    expected = images.permute(0, 3, 1, 2).rot90(turns, (2, 3))
    assert pixels(images, torch.arange(3), draws).equal(expected)


@hypothesis.settings(deadline=None, max_examples=40)
@hypothesis.given(
    dy=strategies.integers(0, 8), dx=strategies.integers(0, 8), seed=strategies.integers(0, 2**32)
)
def test_a_crop_moves_the_image_and_the_opposite_crop_moves_it_back(dy, dx, seed):
    images, augmentation = random_images(1, 12, 12, seed), Augmentation(crop_padding=4)
    zero = torch.zeros(1, dtype=torch.int64)
    there = pixels(images, zero, fixed(augmentation, 1, dy=dy, dx=dx))
    back = pixels(there.permute(0, 2, 3, 1).contiguous(), zero, fixed(augmentation, 1, dy=8 - dy, dx=8 - dx))
    rows = slice(max(0, dy - 4), 12 + min(0, dy - 4))
    columns = slice(max(0, dx - 4), 12 + min(0, dx - 4))
    original = images.permute(0, 3, 1, 2)
    assert back[..., rows, columns].equal(original[..., rows, columns])
    assert (back > 0).sum() == original[..., rows, columns].numel()


@hypothesis.settings(deadline=None, max_examples=20)
@hypothesis.given(width=strategies.integers(1, 9), seed=strategies.integers(0, 2**32))
def test_flipping_twice_changes_nothing_and_once_reverses_columns(width, seed):
    images, zero = random_images(1, 5, width, seed), torch.zeros(1, dtype=torch.int64)
    draws = fixed(Augmentation(flip=True), 1, flip=True)
    once = pixels(images, zero, draws)
    assert once.equal(images.permute(0, 3, 1, 2).flip(3))
    assert pixels(once.permute(0, 2, 3, 1).contiguous(), zero, draws).equal(images.permute(0, 3, 1, 2))


def test_without_augmentation_images_are_only_normalised():
    images, index = random_images(10), torch.tensor([[3, 9, 3]])
    expected = images[index[0]].permute(0, 3, 1, 2).double() / 255
    expected = (expected - torch.tensor(CIFAR100.mean).view(3, 1, 1)) / torch.tensor(CIFAR100.std).view(
        3, 1, 1
    )
    empty = draw(Augmentation(), 3, stream(0, "augmentation"))[None]
    for draws in (None, empty):
        result = gather_batch(images, index, draws, CIFAR100.mean, CIFAR100.std)
        torch.testing.assert_close(result, expected.float())


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_replicas_lie_side_by_side_in_channels_last_memory(replicas, dtype, augmented):
    images = random_images(50)
    index = torch.stack([torch.randperm(50, generator=stream(k, "order"))[:7] for k in range(replicas)])
    draws = Draws.stack([draw(CIFAR100.augmentation, 7, stream(k, "augmentation")) for k in range(replicas)])
    draws = draws if augmented else None
    batch = gather_batch(images, index, draws, CIFAR100.mean, CIFAR100.std, dtype)
    assert batch.shape == (7, replicas * 3, 32, 32)
    assert batch.dtype == dtype
    assert batch.is_contiguous(memory_format=torch.channels_last)
    for k in range(replicas):
        one = None if draws is None else draws[k : k + 1]
        alone = gather_batch(images, index[k : k + 1], one, CIFAR100.mean, CIFAR100.std, dtype)
        assert batch[:, 3 * k : 3 * k + 3].equal(alone)


def test_precision_does_not_change_which_pixels_are_taken():
    images, index = random_images(64), torch.arange(64)[None]
    draws = draw(CIFAR100.augmentation, 64, stream(0, "augmentation"))[None]
    single, double = (
        gather_batch(images, index, draws, RAW["mean"], RAW["std"], dtype).round()
        for dtype in (torch.float32, torch.float64)
    )
    assert single.double().equal(double)


def test_an_image_comes_out_the_same_in_any_batch():
    images, order = random_images(40), torch.randperm(40, generator=stream(0, "order"))
    draws = draw(CIFAR100.augmentation, 40, stream(0, "augmentation"))
    whole = pixels(images, order, draws)
    parts = [pixels(images, order[start : start + 7], draws[start : start + 7]) for start in range(0, 40, 7)]
    assert torch.cat(parts).equal(whole)
    shuffled = torch.randperm(40, generator=stream(1, "order"))
    assert pixels(images, order[shuffled], draws[shuffled]).equal(whole[shuffled])


def test_nothing_depends_on_values_so_that_no_device_is_waited_for():
    images = torch.empty(50, 32, 32, 3, dtype=torch.uint8, device="meta")
    index = torch.empty(2, 7, dtype=torch.int64, device="meta")
    draws = Draws.stack([draw(CIFAR100.augmentation, 7, stream(k, "augmentation")) for k in range(2)]).to(
        "meta"
    )
    assert gather_batch(images, index, draws, CIFAR100.mean, CIFAR100.std).shape == (7, 6, 32, 32)


@pytest.mark.gpu
def test_a_cuda_graph_replays_the_batches_of_the_cpu():
    images = random_images(500)
    indices = [torch.randperm(500, generator=stream(seed, "order"))[:32].view(2, 16) for seed in range(3)]
    epochs = [
        Draws.stack([draw(CIFAR100.augmentation, 16, stream(seed, "augmentation", k)) for k in range(2)])
        for seed in range(3)
    ]
    on_device, index, draws = images.cuda(), indices[0].cuda(), epochs[0].to("cuda")
    gather_batch(on_device, index, draws, **RAW)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        batch = gather_batch(on_device, index, draws, **RAW)
    for new_index, new_draws in zip(indices, epochs, strict=True):
        index.copy_(new_index)
        for name in ("dy", "dx", "flip", "angle"):
            getattr(draws, name).copy_(getattr(new_draws, name))
        graph.replay()
        differs = (batch.cpu() - gather_batch(images, new_index, new_draws, **RAW)).abs() > 0.5
        assert differs.double().mean() < 0.005


def test_draws_are_uniform():
    samples = 90_000
    draws = draw(CIFAR100.augmentation, samples, stream(0, "augmentation"))
    counts = torch.stack([draws.dy.bincount(minlength=9), draws.dx.bincount(minlength=9)]).double()
    assert counts.shape == (2, 9)
    statistic = ((counts - samples / 9) ** 2 / (samples / 9)).sum(1)
    assert statistic.max() < 26.1  # 99.9 % point of chi-square with 8 degrees of freedom
    assert draws.flip.double().mean().item() == pytest.approx(0.5, abs=3.3 * 0.5 / math.sqrt(samples))
    levels = (draws.angle.double().sort().values / 15 + 1) / 2
    assert 0 <= levels[0] <= levels[-1] <= 1
    steps = torch.arange(samples, dtype=torch.float64)
    gap = torch.maximum(levels - steps / samples, (steps + 1) / samples - levels).max()
    assert gap < 1.95 / math.sqrt(samples)  # 99.9 % point of Kolmogorov's statistic


def test_draws_are_independent_of_one_another():
    draws = draw(CIFAR100.augmentation, 50_000, stream(0, "augmentation"))
    columns = np.stack([draws.dy, draws.dx, draws.flip, draws.angle]).astype(float)
    correlations = np.corrcoef(columns) - np.eye(4)
    lagged = np.corrcoef(columns[:, :-1], columns[:, 1:])[:4, 4:]
    assert max(abs(correlations).max(), abs(lagged).max()) < 4.5 / math.sqrt(50_000)


def test_what_the_augmentation_lacks_is_not_drawn():
    draws = draw(Augmentation(), 100, stream(0, "augmentation"))
    assert not any(tensor.any() for tensor in (draws.dy, draws.dx, draws.flip, draws.angle))


def test_the_same_stream_gives_the_same_draws():
    one, same, other = (draw(CIFAR100.augmentation, 100, stream(0, "augmentation", e)) for e in (3, 3, 4))
    assert one.angle.equal(same.angle)
    assert one.dy.equal(same.dy)
    assert not one.angle.equal(other.angle)


def test_draws_for_different_augmentations_are_not_stacked():
    both = [
        draw(augmentation, 5, stream(0, "augmentation")) for augmentation in list(AUGMENTATIONS.values())[:2]
    ]
    with pytest.raises(ValueError, match="different augmentations"):
        Draws.stack(both)


@pytest.mark.parametrize(
    ("images", "index", "message"),
    [
        (torch.zeros(3, 4, 4, 1), torch.zeros(1, 2, dtype=torch.int64), "images: torch.float32"),
        (torch.zeros(4, 4, 1, dtype=torch.uint8), torch.zeros(1, 2, dtype=torch.int64), "expected uint8"),
        (torch.zeros(3, 4, 4, 1, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64), "index: shape"),
        (torch.zeros(3, 4, 4, 1, dtype=torch.uint8), torch.zeros(1, 3, dtype=torch.int64), "draws: shape"),
    ],
)
def test_wrong_shapes_are_refused(images, index, message):
    draws = draw(AUGMENTATIONS["paper"], 2, stream(0, "augmentation"))[None]
    with pytest.raises(ValueError, match=message):
        gather_batch(images, index, draws, (0.5,), (0.5,))
