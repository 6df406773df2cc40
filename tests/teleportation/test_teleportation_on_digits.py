import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits as official
from torch.nn import functional

from graduated.studies import SUPPORTED
from graduated.studies.settings import TeleportationOnDigits
from graduated.teleportation.actions import ACTIONS, act, identity_generators
from graduated.teleportation.correlation import mean_at
from graduated.teleportation.digits import measure
from graduated.teleportation.digits_verdicts import ratios
from graduated.teleportation.networks import (
    SLOPE,
    WIDTHS,
    initial_weights,
    load_digits,
    losses,
    minibatches,
    random_samples,
)
from graduated.teleportation.optimizers import METHODS
from graduated.teleportation.teleport import squared_norms, teleport

SMALL = TeleportationOnDigits(
    networks=3,
    epochs=3,
    batch_size=200,
    teleports=2,
    ascent_steps=1,
    correlated_networks=12,
    correlated_epochs=(2, 4),
    directions=2,
)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


@pytest.fixture(scope="module")
def data():
    return load_digits()


def ready(networks: int = 2) -> list[torch.Tensor]:
    return [weight.requires_grad_() for weight in initial_weights(networks, 0)]


def random_generators(weights, size: float) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [
        size * torch.randn(each.shape, generator=generator, dtype=torch.float64)
        for each in identity_generators(weights)
    ]


def test_the_digits_are_scikit_learns_from_0_to_1(data):
    train, test = data
    assert train.inputs.shape == (1, 64, 1437) and test.inputs.shape == (1, 64, 360)
    total = train.inputs.sum() + test.inputs.sum()
    assert total.item() == pytest.approx(official().data.sum() / 16, rel=1e-3)
    assert train.inputs.min() == 0 and train.inputs.max() == 1


def test_each_network_of_a_stack_is_one_of_torch(data):
    weights, (train, _) = ready(), data
    own = random_samples(train, 2, 30, 0, "own", 0)
    for index, expected in enumerate(losses(weights, own)):
        layers = [torch.nn.Linear(i, o, bias=False) for i, o in pairwise(WIDTHS)]
        for layer, weight in zip(layers, weights, strict=True):
            layer.weight = torch.nn.Parameter(weight[index].detach())
        leaky = torch.nn.LeakyReLU(SLOPE)
        model = torch.nn.Sequential(layers[0], leaky, layers[1], leaky, layers[2])
        loss = functional.cross_entropy(model(own.inputs[index].T), own.labels[index])
        assert expected.item() == pytest.approx(loss.item(), rel=1e-12)
        loss.backward()
        norm = sum(layer.weight.grad.square().sum().item() for layer in layers)
        assert squared_norms(weights, own)[index].item() == pytest.approx(norm, rel=1e-10)


def test_an_epoch_visits_every_sample_once_in_each_networks_own_order(data):
    train, _ = data
    labels = torch.cat([batch.labels for batch in minibatches(train, 2, 479, 0, 0)], dim=1)
    assert labels.shape == (2, 1437) and not torch.equal(labels[0], labels[1])
    assert torch.equal(labels.sort(1).values, train.labels.sort(1).values.expand(2, -1))


def test_weights_are_uniform_as_in_torchs_linear_layers():
    for weight, inputs in zip(initial_weights(50, 0), WIDTHS, strict=False):
        assert weight.abs().max().item() <= 1 / math.sqrt(inputs)
        assert weight.std().item() == pytest.approx(1 / math.sqrt(3 * inputs), rel=0.03)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_keep_what_a_network_says_of_eight_samples(data, name):
    weights, (train, _) = [weight.detach() for weight in ready()], data
    batch = random_samples(train, 2, 8, 0, "eight", 0)
    moved = act(ACTIONS[name], weights, batch.inputs, random_generators(weights, 0.05))
    assert torch.allclose(losses(moved, batch), losses(weights, batch), rtol=1e-9)
    assert all(not torch.allclose(new, old, rtol=1e-3) for new, old in zip(moved, weights, strict=True))
    elsewhere = (losses(moved, train) - losses(weights, train)).abs().max().item()
    assert (elsewhere < 1e-12) == (name == "rescaling")


@pytest.mark.parametrize("name", ["rescaling", "pseudo-inverse"])
def test_a_teleport_increases_the_gradient(data, name):
    weights, (train, _) = ready(), data
    batch = random_samples(train, 2, 100, 0, "hundred", 0)
    moved = [weight.requires_grad_() for weight in teleport(weights, batch, ACTIONS[name], 0.1, 3)]
    assert (squared_norms(moved, batch) > squared_norms(weights, batch)).all()
    exact = torch.allclose(losses(moved, batch), losses(weights, batch), rtol=1e-12)
    assert exact == (name == "rescaling")


@pytest.mark.parametrize(("samples", "identity"), [(100, True), (8, False)])
def test_the_published_action_is_the_identity_at_zero_only_for_large_batches(data, samples, identity):
    weights, (train, _) = [weight.detach() for weight in ready()], data
    batch = random_samples(train, 2, samples, 0, "zero", 0)
    moved = act(ACTIONS["pseudo-inverse"], weights, batch.inputs, identity_generators(weights))
    assert torch.allclose(moved[1], weights[1], atol=1e-8) == identity


def test_the_slope_of_the_ascent_is_that_of_finite_differences(data):
    weights, (train, _) = [weight.detach() for weight in ready(1)], data
    batch, rate = random_samples(train, 1, 8, 0, "eight", 0), 1e-4
    moved = teleport(weights, batch, ACTIONS["rescaling"], rate, 1)

    def norm(step: float) -> float:
        generators = identity_generators(weights)
        generators[0][0, 3, 3] = step
        scaled = act(ACTIONS["rescaling"], weights, batch.inputs, generators)
        return squared_norms([weight.requires_grad_() for weight in scaled], batch).item()

    slope = (norm(1e-5) - norm(-1e-5)) / 2e-5
    ratio = (moved[0][0, 3] / weights[0][0, 3]).mean().item()
    assert math.log(ratio) == pytest.approx(rate * slope, rel=1e-4)


def test_mean_loss_round_the_weights_has_the_gradients_slope_and_is_over_signs(data):
    weights, (train, _) = ready(1), data
    direction = torch.randn(1, 1284, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    here = losses(weights, train).item()
    gradient = torch.cat(
        [part.flatten() for part in torch.autograd.grad(losses(weights, train).sum(), weights)]
    )
    first = (gradient @ direction[0] / direction.norm()).item()
    assert mean_at(weights, train, direction, 1e-4, (1,)).item() - here == pytest.approx(
        1e-4 * first, rel=1e-2
    )
    sides = [mean_at(weights, train, direction, 2.0, (sign,)).item() for sign in (1, -1)]
    assert mean_at(weights, train, direction, 2.0, (1, -1)).item() == pytest.approx(np.mean(sides), rel=1e-12)


def test_invariance_holds_exactly_where_columns_are_independent(findings):
    audit = findings.tables["invariance"]
    assert (audit.loc[audit["independent"], "batch_high"] < 1e-9).all()
    assert (audit.loc[~audit["independent"], "batch_change"] > 1e-8).all()
    published = audit[audit["action"] == "pseudo-inverse"]
    width = published["pair"].map({1: 16, 2: 10})
    assert (published["independent"] == (published["samples"] <= width)).all()
    assert audit.loc[audit["action"] == "rescaling", "independent"].all()


def test_a_reset_is_nothing_to_sgd_and_arms_part_only_at_the_teleports(findings):
    histories = findings.tables["histories"].set_index(
        ["optimizer", "relative_rate", "network", "epoch", "arm"]
    )
    losses_by_arm = histories["train_loss"].unstack()
    sgd = losses_by_arm.loc["SGD"]
    assert (sgd["plain"] == sgd["reset"]).all()
    for name, method in METHODS.items():
        epochs = losses_by_arm.loc[name].index.get_level_values("epoch")
        early, late = (
            losses_by_arm.loc[name][part] for part in (epochs <= method.epoch, epochs > method.epoch)
        )
        assert (early["plain"] == early["teleport"]).all()
        assert (late["plain"] != late["teleport"]).all()
        assert name == "SGD" or (late["plain"] != late["reset"]).all()


def test_ratios_are_geometric_means_over_pairs():
    rows = [
        {
            "optimizer": "SGD",
            "relative_rate": 1.0,
            "arm": arm,
            "network": network,
            "epoch": 1,
            "test_loss": loss,
        }
        for arm, values in {"plain": (1, 2), "reset": (1, 2), "teleport": (2, 16)}.items()
        for network, loss in enumerate(values)
    ]
    table = ratios(pd.DataFrame(rows)).set_index(["arm", "other"])
    assert table.loc[("teleport", "reset"), "ratio"] == pytest.approx(4)
    assert table.loc[("teleport", "plain"), "greatest"] == pytest.approx(8)
    assert table.loc[("reset", "plain"), ["low", "high"]].tolist() == [1, 1]


def test_correlations_are_those_of_the_networks(findings):
    values, table = findings.tables["sharpness"], findings.tables["correlations"]
    last = values[values["epoch"] == 4]
    row = table.set_index(["epoch", "measure"]).loc[(4, "φ − L")]
    assert row["pearson"] == pytest.approx(np.corrcoef(last["φ − L"], last["test_loss"])[0, 1])
    assert np.allclose(last["φ"] - last["training loss"], last["φ − L"])
    residuals = [
        last[name] - np.polyval(np.polyfit(last["training loss"], last[name], 1), last["training loss"])
        for name in ("φ", "test_loss")
    ]
    partial = table.set_index(["epoch", "measure"]).loc[(4, "φ, given training loss"), "pearson"]
    assert partial == pytest.approx(np.corrcoef(*residuals)[0, 1], abs=1e-6)


def test_verdicts(findings):
    exact, small, large, outside, *others = findings.verdicts
    assert (exact.outcome, small.outcome) == (SUPPORTED, SUPPORTED)
    for broken in (large, outside):
        assert broken.outcome != SUPPORTED and broken.value > 1e-5
    assert len(others) == 16 and "AdaGrad" in others[10].claim
    assert all("not MNIST" in verdict.remark for verdict in (*findings.verdicts[:14], *others[11:]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"networks": 1}, "networks = 1: expected at least 2"),
        ({"epochs": 2}, "epochs = 2: expected at least 3"),
        ({"correlated_learning_rate": 0}, "correlated_learning_rate = 0: expected a positive number"),
        ({"correlated_epochs": (20, 10)}, "correlated_epochs = .*: expected ascending numbers from 1 on"),
        ({"audited_samples": (16, 200)}, "audited_samples = .*: expected from at most 10 to above 16"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        TeleportationOnDigits(**values)
