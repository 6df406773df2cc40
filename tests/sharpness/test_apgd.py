import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from graduated.sharpness.apgd import checkpoints
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.objective import stacked
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import AutoPGD, ReleasedSearch
from graduated.streams import stream

SEARCH = AutoPGD(radius=0.1, samples=32, batch_size=16)
NEIGHBOURHOODS = list(product(("linf", "l2"), (False, True)))


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


class Waves(nn.Module):
    """Outputs that make the mean squared error a rugged function of two weights."""

    def __init__(self, first=0.7, second=-1.2):
        super().__init__()
        self.weights = nn.Parameter(torch.tensor([first, second], dtype=torch.float64))

    def forward(self, inputs):
        return waves(self.weights, inputs)


def waves(weights, inputs):
    return torch.sin(3 * weights[..., :1] * inputs) + weights[..., 1:] * torch.cos(2 * inputs)


INPUTS, VALUES = normal(24), normal(24, purpose="values")


def rugged(point):
    """The loss of Waves, and its gradient."""
    weights = torch.tensor(point, requires_grad=True)
    loss = (waves(weights, INPUTS) - VALUES).square().mean()
    loss.backward()
    return loss.item(), weights.grad.numpy()


def published(norm, radius, steps, origin, start):
    """Algorithm 1 of Croce and Hein (2020) in the plane, reviewed after w_j steps as in their code."""

    def project(x):
        if norm == "linf":
            return np.clip(x, origin - radius, origin + radius)
        length = np.linalg.norm(x - origin)
        return origin + (x - origin) * min(1, radius / length)

    def ascend(x, eta):
        gradient = rugged(x)[1]
        step = np.sign(gradient) if norm == "linf" else gradient / np.linalg.norm(gradient)
        return project(x + eta * step)

    shares = [0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    halts = sorted({math.ceil(round(share * steps, 9)) for share in shares})
    eta, previous, x = 2 * radius, start, ascend(start, 2 * radius)
    rises = [rugged(x)[0] > rugged(start)[0]]
    best = max((start, x), key=lambda point: rugged(point)[0])
    checkpoint, eta_then, best_then = 0, eta, rugged(start)[0]
    for k in range(1, steps):
        if k in halts:
            rare = sum(rises[checkpoint:k]) < 0.75 * (k - checkpoint)
            stuck = eta == eta_then and rugged(best)[0] == best_then
            checkpoint, eta_then, best_then = k, eta, rugged(best)[0]
            if rare or stuck:
                eta, x = eta / 2, best
        z = ascend(x, eta)
        ahead = project(x + 0.75 * (z - x) + 0.25 * (x - previous))
        rises.append(rugged(ahead)[0] > rugged(x)[0])
        previous, x = x, ahead
        best = max((best, x), key=lambda point: rugged(point)[0])
    return rugged(best)[0]


@pytest.mark.parametrize(
    ("norm", "radius", "steps", "start"),
    [*product(("linf", "l2"), (0.2, 1.0, 3.0), (1, 7, 20, 33), ("zero",)), ("linf", 1.0, 20, "random")],
)
def test_the_search_is_algorithm_1(norm, radius, steps, start):
    settings = AutoPGD(norm=norm, radius=radius, samples=24, batch_size=24, steps=steps, start=start, seed=3)
    found = network_sharpness(Waves(), [(INPUTS, VALUES)], settings, nn.functional.mse_loss)
    origin = np.array([0.7, -1.2])
    first = origin.copy()
    if start == "random":
        share = torch.rand(2, generator=stream(3, "sharpness/apgd/0", 0), dtype=torch.float64)
        first += radius * (2 * share.numpy() - 1)
    highest = max(published(norm, radius, steps, origin, first), rugged(origin)[0])
    assert found.sharpness.item() == pytest.approx(highest - rugged(origin)[0], rel=1e-12)


@pytest.mark.parametrize(("norm", "radius"), list(product(("linf", "l2"), (0.3, 1.0, 2.0))))
def test_many_restarts_find_the_maximum_of_a_fine_grid(norm, radius):
    settings = AutoPGD(norm=norm, radius=radius, samples=24, batch_size=24, restarts=40)
    found = network_sharpness(Waves(), [(INPUTS, VALUES)], settings, nn.functional.mse_loss)
    offsets = np.stack(np.meshgrid(*[np.linspace(-radius, radius, 401)] * 2), -1).reshape(-1, 2)
    if norm == "l2":
        offsets = offsets[np.linalg.norm(offsets, axis=1) <= radius]
    points = torch.tensor(np.array([0.7, -1.2]) + offsets)
    losses = (waves(points, INPUTS) - VALUES).square().mean(1)
    highest = losses.max().item() - found.clean_loss.item()
    assert 0.999 * highest <= found.sharpness.item() <= highest * (1 + 1e-2)


def perceptrons(replicas):
    shapes = {"W1": (5, 8), "b1": (1, 8), "W2": (8, 4), "b2": (1, 4)}
    scale = torch.arange(1, replicas + 1).view(-1, 1, 1)
    return {name: normal(replicas, *shape, purpose=name) * scale for name, shape in shapes.items()}


def perceptron_logits(parameters, inputs):
    hidden = torch.relu(inputs @ parameters["W1"] + parameters["b1"])
    return hidden @ parameters["W2"] + parameters["b2"]


def measure(parameters, settings, logits=perceptron_logits):
    data = normal(32, 5), torch.arange(32) % 4
    batches = list(zip(*(tensor.split(16) for tensor in data), strict=True))
    return measure_sharpness(logits, parameters, batches, settings)


@pytest.mark.parametrize(("norm", "adaptive"), NEIGHBOURHOODS)
def test_replicas_at_once_equal_replicas_alone(norm, adaptive):
    settings = replace(SEARCH, norm=norm, adaptive=adaptive, restarts=2)
    parameters = perceptrons(3)
    together = measure(parameters, settings)
    for index in range(3):
        single = {name: tensor[index : index + 1] for name, tensor in parameters.items()}
        alone = measure(single, settings)
        for name, value in together.columns.items():
            torch.testing.assert_close(value[index : index + 1], getattr(alone, name), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("norm", "adaptive"), NEIGHBOURHOODS)
def test_restarts_never_find_less_and_steps_cost_one_evaluation(norm, adaptive):
    calls = []

    def counted(parameters, inputs):
        calls.append(len(inputs))
        return perceptron_logits(parameters, inputs)

    settings = replace(SEARCH, norm=norm, adaptive=adaptive)
    once = measure(perceptrons(3), settings, counted)
    assert len(calls) == 3 + 2 * (1 + 20)
    calls.clear()
    thrice = measure(perceptrons(3), replace(settings, restarts=3), counted)
    assert len(calls) == 3 + 2 * (1 + 20 + 2 * 21)
    assert (thrice.sharpness >= once.sharpness).all()
    assert (once.sharpness > 0).all()


@pytest.mark.parametrize("start", ["zero", "random"])
@pytest.mark.parametrize(("norm", "adaptive"), NEIGHBOURHOODS)
def test_perturbations_stay_within_the_radius(norm, adaptive, start):
    """The norm is the Euclidean one; its bound is reached, for the loss is convex in the last layer."""
    settings = replace(SEARCH, norm=norm, adaptive=adaptive, start=start)
    parameters = perceptrons(3)
    weights = torch.cat([tensor.flatten(1) for tensor in parameters.values()], 1)
    unit = weights.abs() if adaptive else torch.ones_like(weights)
    bound = 0.1 * (unit.norm(dim=1) if norm == "linf" else unit.amax(1))
    found = measure(parameters, settings).perturbation_norm
    assert (found <= bound * (1 + 1e-12)).all()
    assert (found > 0.3 * bound).all() or adaptive


def test_another_seed_gives_other_random_starts_and_the_same_seed_the_same_number():
    settings = replace(SEARCH, radius=2.0, steps=1, start="random")
    first, again, other = (
        measure(perceptrons(2), replace(settings, seed=seed)).sharpness for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_published_search_finds_no_less_than_the_released_one_on_average():
    gains = []
    for seed, (norm, adaptive) in product(range(2), NEIGHBOURHOODS):
        torch.manual_seed(seed)
        parameters, logits = stacked(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 4)).double())
        options = {"norm": norm, "radius": 0.5, "adaptive": adaptive, "normalise_logits": True, "steps": 30}
        released, apgd = (
            measure(parameters, search(samples=32, batch_size=16, **options), logits).sharpness.item()
            for search in (ReleasedSearch, AutoPGD)
        )
        gains.append(apgd / released - 1)
    assert np.mean(gains) > 0.01
    assert min(gains) > -0.1


def test_checkpoints_are_those_of_the_paper():
    assert checkpoints(20) == (5, 9, 12, 14, 16, 18, 19)
    assert checkpoints(100) == (22, 41, 57, 70, 80, 87, 93, 99)
    assert checkpoints(1) == ()
