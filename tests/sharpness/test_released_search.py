from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.func import functional_call

from graduated.models.layers import ReplicatedLayers
from graduated.models.resnet import small_resnet
from graduated.sharpness.batches import first_batches
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.objective import stacked
from graduated.sharpness.settings import ReleasedSearch
from graduated.streams import stream

REACHED = 1 - 0.25**10
"""Share of ρ reached by twenty averaged steps in one direction: each pair closes 3/4 of the gap."""

SEARCHES = [
    {"norm": norm, "adaptive": adaptive, "normalise_logits": logits, "samples": 32, "batch_size": 16}
    for norm, adaptive, logits in product(("linf", "l2"), (False, True), (False, True))
]


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


def perceptrons(replicas):
    shapes = {"W1": (5, 8), "b1": (1, 8), "W2": (8, 4), "b2": (1, 4)}
    parameters = {name: normal(replicas, *shape, purpose=name) for name, shape in shapes.items()}
    return {
        name: tensor * torch.arange(1, replicas + 1).view(-1, 1, 1) for name, tensor in parameters.items()
    }


def perceptron_logits(parameters, inputs):
    hidden = torch.relu(inputs @ parameters["W1"] + parameters["b1"])
    return hidden @ parameters["W2"] + parameters["b2"]


def single(parameters, index):
    return {name: tensor[index : index + 1] for name, tensor in parameters.items()}


def values(result):
    return torch.stack([result.sharpness, result.error_increase, result.perturbation_norm, result.clean_loss])


def measure(parameters, settings, logits=perceptron_logits):
    inputs, targets = normal(settings.samples, 5), torch.arange(settings.samples) % 4
    return measure_sharpness(logits, parameters, first_batches(inputs, targets, settings), settings)


@pytest.mark.parametrize("options", SEARCHES)
def test_replicas_at_once_equal_replicas_alone(options):
    settings = ReleasedSearch(radius=0.1, **options)
    parameters = perceptrons(3)
    together = values(measure(parameters, settings))
    alone = [values(measure(single(parameters, index), settings)) for index in range(3)]
    torch.testing.assert_close(together, torch.cat(alone, 1), rtol=0, atol=1e-12)
    assert len(together[0].unique()) == 3


def test_a_replicated_resnet_equals_its_replicas_alone():
    settings = ReleasedSearch(radius=0.005, samples=32, batch_size=16)

    def network(replicas):
        return small_resnet(ReplicatedLayers(replicas), channels=1, classes=4, width=4).double().eval()

    parameters = {
        name: normal(*tensor.shape, purpose=name) * (tensor[0, 0].numel() ** -0.5 if tensor.dim() > 2 else 1)
        for name, tensor in network(3).named_parameters()
    }

    def logits(parameters, images):
        replicas = len(parameters["conv1.weight"])
        outputs = functional_call(network(replicas), parameters, (images.repeat(1, replicas, 1, 1),))
        return outputs.unflatten(1, (replicas, -1)).transpose(0, 1)

    batches = first_batches(normal(32, 1, 8, 8), torch.arange(32) % 4, settings)
    together = values(measure_sharpness(logits, parameters, batches, settings))
    for index in range(3):
        alone = values(measure_sharpness(logits, single(parameters, index), batches, settings))
        torch.testing.assert_close(together[:, index : index + 1], alone, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("adaptive", [False, True])
def test_logistic_regression_on_one_sample_has_its_closed_form(adaptive):
    settings = ReleasedSearch(radius=0.3, adaptive=adaptive, samples=6, batch_size=1)
    network = nn.Linear(3, 2).double()
    inputs, targets = normal(6, 3), torch.arange(6) % 2
    parameters, logits = stacked(network)
    result = measure_sharpness(logits, parameters, first_batches(inputs, targets, settings), settings)

    signs = 2 * targets - 1
    outputs = network(inputs).detach()
    margins = signs * (outputs[:, 1] - outputs[:, 0])
    magnitudes = network.weight.detach().abs() if adaptive else torch.ones(2, 3).double()
    offsets = network.bias.detach().abs() if adaptive else torch.ones(2).double()
    losses = 0.3 * REACHED * (inputs.abs() @ magnitudes.sum(0) + offsets.sum())
    expected = (F.softplus(losses - margins) - F.softplus(-margins)).mean()
    torch.testing.assert_close(result.sharpness, expected[None], rtol=1e-9, atol=0)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_small_radius_gives_the_dual_norm_of_the_gradient(norm):
    settings = ReleasedSearch(norm=norm, radius=1e-6, samples=16, batch_size=16)
    parameters = perceptrons(3)
    result = measure(parameters, settings)
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in parameters.items()}
    logits = perceptron_logits(leaves, normal(16, 5))
    sum(F.cross_entropy(replica, torch.arange(16) % 4) for replica in logits).backward()
    gradient = torch.cat([tensor.grad.flatten(1) for tensor in leaves.values()], 1)
    dual = gradient.abs().sum(1) if norm == "linf" else gradient.norm(dim=1)
    torch.testing.assert_close(result.sharpness, 1e-6 * REACHED * dual, rtol=1e-3, atol=0)


class TwoParameters(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Parameter(torch.tensor(0.7)), nn.Parameter(torch.tensor(-1.2))

    def forward(self, inputs):
        score = self.outer * torch.tanh(self.inner * inputs)
        return torch.stack([torch.zeros_like(score), score], 1)


def fine_grid(norm, radius):
    if norm == "linf":
        offsets = np.linspace(-radius, radius, 301)
        first, second = np.meshgrid(offsets, offsets)
    else:
        distance, angle = np.meshgrid(np.linspace(0, radius, 101), np.linspace(0, 2 * np.pi, 721))
        first, second = distance * np.cos(angle), distance * np.sin(angle)
    return first.ravel(), second.ravel()


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("radius", [0.05, 0.5, 2.0])
def test_two_parameters_against_a_fine_grid(norm, radius):
    inputs, targets = 2 * normal(24), torch.arange(24) % 2
    settings = ReleasedSearch(norm=norm, radius=radius, samples=24, batch_size=24)
    parameters, logits = stacked(TwoParameters().double())
    found = measure_sharpness(logits, parameters, [(inputs, targets)], settings)

    inner, outer = (torch.from_numpy(axis) for axis in fine_grid(norm, radius))
    scores = (outer - 1.2)[:, None] * torch.tanh((inner + 0.7)[:, None] * inputs)
    losses = F.softplus(torch.where(targets == 1, -scores, scores)).mean(1)
    highest = (losses.max() - found.clean_loss).item()
    assert 0.95 * highest <= found.sharpness.item() <= highest * (1 + 1e-4)


@pytest.mark.parametrize("options", SEARCHES)
def test_the_increase_is_positive_and_grows_with_the_radius(options):
    increases = torch.stack(
        [
            measure(perceptrons(4), ReleasedSearch(radius=radius, **options)).sharpness
            for radius in (0.001, 0.008, 0.064)
        ]
    )
    assert (increases > 0).all()
    assert (increases.diff(dim=0) > 0).all()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_perturbations_stay_within_the_radius(norm):
    result = measure(perceptrons(3), ReleasedSearch(norm=norm, radius=0.2, samples=32, batch_size=16))
    dimensions = sum(tensor[0].numel() for tensor in perceptrons(1).values())
    largest = 0.2 * (dimensions**0.5 if norm == "linf" else 1)
    assert (result.perturbation_norm <= largest * (1 + 1e-12)).all()
    assert (result.perturbation_norm > 0.5 * largest).all()


def test_a_loss_that_only_stays_equal_is_no_record():
    settings = ReleasedSearch(samples=4, batch_size=4)
    faint = {"weight": torch.zeros(2, 5, 4, dtype=torch.float64)}
    result = measure(faint, settings, lambda parameters, inputs: 1e-30 * inputs @ parameters["weight"])
    assert result.sharpness.tolist() == [0, 0]
    assert result.perturbation_norm.tolist() == [0, 0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("options", SEARCHES)
def test_a_diverged_replica_is_nan_and_alone(options, bad):
    settings = ReleasedSearch(radius=0.05, steps=9, **options)
    parameters = perceptrons(3)
    sound = values(measure(parameters, settings))
    parameters["W1"][1, 2, 3] = bad
    diverged = values(measure(parameters, settings))
    assert diverged[:, 1].isnan().all()
    torch.testing.assert_close(diverged[:, [0, 2]], sound[:, [0, 2]], rtol=0, atol=1e-14)


def test_each_step_costs_one_evaluation_and_parameters_stay():
    calls = []

    def counted(parameters, inputs):
        calls.append(len(inputs))
        return perceptron_logits(parameters, inputs)

    parameters = perceptrons(2)
    measure(parameters, ReleasedSearch(samples=32, batch_size=16, steps=7), counted)
    probes, clean = 3, 1
    assert len(calls) == probes + 2 * (clean + 7)
    assert all(torch.equal(tensor, perceptrons(2)[name]) for name, tensor in parameters.items())


@pytest.mark.parametrize(
    ("samples", "batch_size", "message"),
    [
        (0, 16, "expected at least one batch, got none"),
        (16, 16, "expected 2 batches of 16 samples, got 1 of 16"),
        (32, 8, "expected 2 batches of 16 samples, got 4 of 8"),
    ],
)
def test_other_batches_than_the_settings_tell_are_refused(samples, batch_size, message):
    settings = ReleasedSearch(samples=32, batch_size=16)
    pairs = zip(normal(samples, 5).split(batch_size), torch.zeros(samples).split(batch_size), strict=True)
    batches = [pair for pair in pairs if len(pair[0])]
    with pytest.raises(ValueError, match=f"^sharpness data: {message}$"):
        measure_sharpness(perceptron_logits, perceptrons(2), batches, settings)
