import pytest
import torch
from backpack import backpack, extend
from backpack.extensions import Variance
from torch import nn

from graduated.noise.per_layer import gradient_variance_by_layer
from graduated.noise.per_sample import gradient_variance
from graduated.streams import stream


def network():
    module = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Sequential(nn.Flatten(), nn.Linear(48, 5), nn.Tanh(), nn.Linear(5, 4)),
    ).double()
    generator = stream(0, "state")
    for value in module.parameters():
        value.data.copy_(torch.randn(value.shape, generator=generator, dtype=value.dtype) / 3)
    return module


@pytest.fixture
def batches():
    generator = stream(0, "data")
    inputs = torch.randn(23, 1, 4, 4, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 4, (23,), generator=generator)
    return list(zip(inputs.split(9), targets.split(9), strict=True))


def test_each_parameter_has_the_variance_that_backpack_finds(batches):
    found = gradient_variance_by_layer(network(), batches, 4)
    extended, loss = extend(network().eval()), extend(nn.CrossEntropyLoss(reduction="sum"))
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))
    with backpack(Variance()):
        loss(extended(inputs.requires_grad_()), targets).backward()
    expected = {name: value.variance.sum().item() for name, value in extended.named_parameters()}
    assert {name: part.value * 22 / 23 for name, part in found.items()} == pytest.approx(expected)


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_the_parts_sum_to_the_whole(batches, depth):
    parts = gradient_variance_by_layer(network(), batches, 10, depth=depth)
    whole = gradient_variance(network(), batches)
    assert sum(part.value for part in parts.values()) == pytest.approx(whole.value)
    assert sum(part.gradient_norm**2 for part in parts.values()) == pytest.approx(whole.gradient_norm**2)
    assert {part.samples for part in parts.values()} == {23}


def test_parts_are_named_by_depth(batches):
    assert list(gradient_variance_by_layer(network(), batches, depth=1)) == ["0", "1", "3"]
    assert list(gradient_variance_by_layer(network(), batches, depth=2))[-2:] == ["3.1", "3.3"]


def test_a_network_in_one_part_is_the_whole_with_its_standard_error(batches):
    wrapped = nn.ModuleDict({"network": network()})
    wrapped.forward = wrapped["network"].forward
    (part,) = gradient_variance_by_layer(wrapped, batches, depth=1).values()
    whole = gradient_variance(network(), batches)
    assert part.value == pytest.approx(whole.value)
    assert part.standard_error == pytest.approx(whole.standard_error)


def test_frozen_parameters_have_none_and_a_depth_is_at_least_one(batches):
    frozen = network()
    frozen[0].requires_grad_(False)
    assert list(gradient_variance_by_layer(frozen, batches, depth=1)) == ["1", "3"]
    with pytest.raises(ValueError, match="depth = 0"):
        gradient_variance_by_layer(network(), batches, depth=0)
