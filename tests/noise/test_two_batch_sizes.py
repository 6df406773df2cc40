import copy
import math
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.noise import two_batch_sizes as module_under_test
from graduated.noise.per_sample import gradient_variance
from graduated.noise.two_batch_sizes import norms_to_scale, two_batch_sizes
from graduated.streams import stream


def random(*shape, purpose="inputs", dtype=torch.float64):
    return torch.randn(*shape, generator=stream(0, purpose), dtype=dtype)


def classes(samples, count):
    return torch.randint(0, count, (samples,), generator=stream(0, "targets"))


def initialised(module):
    generator = stream(0, "state")
    for value in module.double().parameters():
        value.data.copy_(torch.randn(value.shape, generator=generator, dtype=value.dtype) / 2)
    return module


def normalised_net():
    return initialised(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3)))


def gradient(network, training, inputs, targets, loss=F.cross_entropy):
    """The flat gradient of a mini-batch by an ordinary backward pass."""
    network = copy.deepcopy(network).train(training)
    loss(network(inputs), targets).backward()
    return torch.cat([value.grad.flatten() for value in network.parameters()]).numpy()


def all_pairs(monkeypatch, batch_size):
    """Make the estimator see every ordered mini-batch once instead of drawing."""

    def everything(samples, size, *_):
        assert size == batch_size
        return torch.tensor(list(permutations(range(samples), size)))

    monkeypatch.setattr(module_under_test, "draw_batches", everything)


@pytest.mark.parametrize("training", [False, True])
def test_the_mean_over_all_mini_batches_is_exact(monkeypatch, training):
    """Unbiased: E over all draws is what all mini-batches of the two sizes, by brute force, amount to."""
    network, inputs, targets = normalised_net(), random(6, 3), classes(6, 3)
    all_pairs(monkeypatch, 4)
    found = two_batch_sizes(
        network, [(inputs, targets)], stream(0, "unused"), 2, 4, batch_statistics=training
    )
    mean_square = {}
    for size in (2, 4):
        picks = [list(pick) for pick in combinations(range(6), size)]
        gradients = [gradient(network, training, inputs[pick], targets[pick]) for pick in picks]
        mean_square[size] = np.square(gradients).sum(1).mean()
    variance = (mean_square[2] - mean_square[4]) / (1 / 2 - 1 / 4)
    assert found.gradient_variance == pytest.approx(variance, rel=1e-10)
    if not training:
        full = gradient(network, False, inputs, targets)
        assert found.squared_gradient_norm == pytest.approx(full @ full, rel=1e-10)
        exact = gradient_variance(network, [(inputs, targets)])
        assert variance == pytest.approx(exact.value, rel=1e-10)
        assert found.noise_scale == pytest.approx(exact.value / exact.gradient_norm**2, rel=1e-10)


class Quadratic(nn.Module):
    """Sample i has the loss ‖w − x_i‖²/2, whose gradient is w − x_i: Σ is the covariance of the x_i."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)
        self.unused = nn.Parameter(torch.zeros(2))

    def forward(self, inputs):
        return self.weights - inputs


def half_square(outputs, targets):
    return 0.5 * outputs.square().sum(1).mean()


def test_quadratic_has_the_variance_of_its_centres_and_the_interval_says_so():
    centres = random(400, 5) * torch.arange(1, 6)
    exact = centres.var(0).sum().item()
    square = (2 - centres.mean(0)).square().sum().item()
    network = Quadratic(torch.full((5,), 2.0).double())
    batches = list(zip(centres.split(150), torch.zeros(400).split(150), strict=True))
    found = two_batch_sizes(network, batches, stream(0, "draws"), 8, 64, 100, half_square)
    assert found.averaged == 100
    for name, expected in {
        "gradient_variance": exact,
        "squared_gradient_norm": square,
        "noise_scale": exact / square,
    }.items():
        low, high = getattr(found, f"{name}_interval")
        assert low < expected < high
        assert low < getattr(found, name) < high
        assert high - low < 0.6 * expected


def test_least_squares_with_known_covariance():
    """y = x w* + noise at w*: the gradient of a sample is 2·noise·x, so C² = 4σ²·E‖x‖² and ∇f = 0."""
    inputs, noise = random(20_000, 4), 0.5 * random(20_000, 1, purpose="noise")
    network = initialised(nn.Linear(4, 1, bias=False))
    targets = network(inputs).detach() + noise
    found = two_batch_sizes(network, [(inputs, targets)], stream(0, "draws"), 20, 400, 200, F.mse_loss)
    assert found.gradient_variance == pytest.approx(4 * 0.25 * 4, rel=0.03)
    assert found.squared_gradient_norm_interval[0] < 1e-3
    assert found.noise_scale_interval[0] > 1000 and found.noise_scale_interval[1] == math.inf


@pytest.mark.parametrize("norm", [nn.Identity(), nn.LayerNorm(4), nn.BatchNorm1d(4)])
def test_in_evaluation_mode_it_agrees_with_per_sample_gradients(norm):
    network = initialised(nn.Sequential(nn.Linear(3, 4), norm, nn.Tanh(), nn.Linear(4, 3)))
    batches = [(random(300, 3), classes(300, 3))]
    found = two_batch_sizes(network, batches, stream(0, "draws"), 10, 100, 60, batch_statistics=False)
    exact = gradient_variance(network, batches)
    low, high = found.gradient_variance_interval
    assert low < exact.value < high and high - low < 0.2 * exact.value
    assert found.noise_scale == pytest.approx(exact.value / exact.gradient_norm**2, rel=0.2)


def test_the_whole_training_set_leaves_nothing_of_its_gradient_to_chance():
    network, batches = Quadratic(torch.ones(5).double()), [(random(64, 5), torch.zeros(64))]
    found = two_batch_sizes(network, batches, stream(0, "draws"), 4, 64, 5, half_square)
    assert found.squared_gradient_norm == pytest.approx((1 - batches[0][0].mean(0)).square().sum().item())
    low, high = found.squared_gradient_norm_interval
    assert high - low < 1e-12


@pytest.mark.parametrize("centre", [0.3, 0.6])
def test_intervals_cover_as_often_as_they_say(centre):
    """Of mini-batches of normal gradients in 10 dimensions with C² = 10 and B_simple = 1/centre²."""
    generator, inside, repetitions = np.random.default_rng(0), np.zeros(3), 2000
    truth = (10, 10 * centre**2, 1 / centre**2)
    for _ in range(repetitions):
        parts = centre + generator.normal(size=(25, 8, 10)) / np.sqrt(4)
        small, large = np.square(parts).sum(2).mean(1), np.square(parts.mean(1)).sum(1)
        found = norms_to_scale(small, large, 4, 32)
        intervals = (
            found.gradient_variance_interval,
            found.squared_gradient_norm_interval,
            found.noise_scale_interval,
        )
        inside += [low < value < high for (low, high), value in zip(intervals, truth, strict=True)]
    assert (inside / repetitions > 0.93).all() and (inside / repetitions < 0.97).all()


def test_the_ratio_is_of_means_and_not_a_mean_of_ratios():
    small, large = np.array([6.0, 10.0, 11.0]), np.array([2.0, 8.0, 5.0])
    found = norms_to_scale(small, large, 1, 2)
    assert found.gradient_variance == pytest.approx(8)
    assert found.squared_gradient_norm == pytest.approx(1)
    assert found.noise_scale == pytest.approx(8)
    assert norms_to_scale(small, large, 1, 2, samples=4).squared_gradient_norm == pytest.approx(3)


def test_nothing_but_noise_has_an_infinite_scale_and_no_noise_none():
    noise = norms_to_scale(np.array([4.0, 5.0, 6.0]), np.array([2.0, 2.0, 2.0]), 1, 2)
    assert noise.squared_gradient_norm < 0 and noise.noise_scale == math.inf
    assert noise.squared_gradient_norm_interval[0] == 0 and noise.noise_scale_interval[1] == math.inf
    silent = norms_to_scale(np.ones(3), np.ones(3), 1, 2)
    assert (silent.gradient_variance, silent.noise_scale) == (0, 0)
    assert silent.noise_scale_interval == (0, math.inf)


def test_the_draws_are_those_of_the_generator_and_the_network_is_left_as_it_was():
    network, batches = normalised_net().train(), [(random(60, 3), classes(60, 3))]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    results = [two_batch_sizes(network, batches, stream(seed, "draws"), 4, 20, 3) for seed in (0, 0, 1)]
    assert results[0] == results[1] != results[2]
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert all(part.training for part in network.modules())
    assert all(value.grad is None for value in network.parameters())


def test_one_way_iterators_no_grad_mode_and_float32_will_do():
    network, inputs, targets = nn.Linear(3, 3), random(60, 3, dtype=torch.float32), classes(60, 3)
    parts = zip(inputs.split(7), targets.split(7), strict=True)
    with torch.no_grad():
        single = two_batch_sizes(network, parts, stream(0, "draws"), 4, 20, 5)
    double = two_batch_sizes(network.double(), [(inputs.double(), targets)], stream(0, "draws"), 4, 20, 5)
    assert single.gradient_variance == pytest.approx(double.gradient_variance, rel=1e-4)


class AlwaysDropout(nn.Linear):
    def forward(self, inputs):
        return super().forward(F.dropout(inputs, 0.5, training=True))


@pytest.mark.parametrize(
    ("module", "samples", "options", "message"),
    [
        (nn.Linear(4, 3), 0, {}, "batches is empty"),
        (nn.Flatten(), 64, {}, "no trainable parameter"),
        (AlwaysDropout(4, 3), 64, {}, "two evaluations of the same batch differ"),
        (nn.Linear(4, 3), 31, {}, "8 and 32 of 31 samples"),
        (nn.Linear(4, 3), 64, {"small_batch_size": 32}, "32 and 32 of 64 samples"),
        (nn.Linear(4, 3), 64, {"small_batch_size": 5}, "divisor"),
        (nn.Linear(4, 3), 64, {"pairs": 1}, "pairs = 1"),
        (nn.Linear(4, 3), 64, {"level": 95}, "level = 95"),
        (nn.Linear(4, 3), 64, {"loss": nn.CrossEntropyLoss(reduction="sum")}, "unweighted mean"),
        (nn.Linear(4, 3), 64, {"loss": nn.CrossEntropyLoss(reduction="none")}, "expected one number"),
    ],
)
def test_refuses_what_cannot_be_measured(module, samples, options, message):
    options = {"small_batch_size": 8, "large_batch_size": 32, "pairs": 2, **options}
    batches = [(random(samples, 4, dtype=torch.float32), classes(samples, 3))]
    with pytest.raises(ValueError, match=message):
        two_batch_sizes(module, batches, stream(0, "draws"), **options)


def test_refuses_unusable_batches():
    inputs, targets, draws = random(64, 4, dtype=torch.float32), classes(64, 3), stream(0, "draws")
    with pytest.raises(ValueError, match="batches is empty"):
        two_batch_sizes(nn.Linear(4, 3), [], draws)
    with pytest.raises(ValueError, match="64 inputs and 63 targets"):
        two_batch_sizes(nn.Linear(4, 3), [(inputs, targets[:63])], draws)
    with pytest.raises(ValueError, match="not finite"):
        two_batch_sizes(nn.Linear(4, 3), [(inputs * math.nan, targets)], draws, 8, 32, 2)
