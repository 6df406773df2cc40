"""Sharpness of any network on any batches, without the trainer and the pipeline."""

import copy
import warnings
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from graduated.sharpness.batches import regrouped
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.objective import stacked
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import AutoPGD, ReleasedSearch, make_measure
from graduated.streams import stream

SIZES = {"samples": 24, "batch_size": 8}
BASE = ReleasedSearch(**SIZES)
METHODS = {
    "released": replace(BASE, radius=0.05),
    "apgd": AutoPGD(radius=0.05, restarts=2, **SIZES),
    "average": make_measure("average", radius=0.05, draws=5, **SIZES),
    "random_directions": make_measure("random_directions", radius=0.5, draws=5, **SIZES),
    "eigenvalue": make_measure("top_eigenvalues", **SIZES),
    "trace": make_measure("hessian_trace", draws=5, **SIZES),
}


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


INPUTS, CLASSES, VALUES = normal(30, 6), torch.arange(30) % 3, normal(30, 3, purpose="values")


def seeded(make):
    torch.manual_seed(0)
    return make().double()


NETWORKS = {
    "none": lambda: nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)),
    "batch": lambda: nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3)),
    "layer": lambda: nn.Sequential(
        nn.Linear(6, 5), nn.LayerNorm(5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 3)
    ),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    return seeded(NETWORKS[request.param])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_method_measures_every_network_and_leaves_it_alone(network, method, task):
    targets, loss = (CLASSES, F.cross_entropy) if task == "classification" else (VALUES, F.mse_loss)
    before = copy.deepcopy(network.state_dict())
    result = network_sharpness(network, [(INPUTS, targets)], METHODS[method], loss)
    assert all(value.shape[0] == 1 for value in result.columns.values())
    assert result.sharpness.isfinite() and result.sharpness != 0
    evaluated = copy.deepcopy(network).eval()
    torch.testing.assert_close(result.clean_loss[0], loss(evaluated(INPUTS[:24]), targets[:24]).detach())
    if result.error_increase is not None:
        assert result.error_increase.isnan().item() == (task == "regression")
    assert network.training
    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)
    assert all(tensor.requires_grad and tensor.grad is None for tensor in network.parameters())


def test_the_worst_case_of_a_regression_has_its_closed_form():
    """One sample, one output: w·x − y can grow in size by ρ·(‖x‖₁ + 1)."""
    network = nn.Linear(6, 1).double()
    settings = AutoPGD(radius=0.2, samples=5, batch_size=1)
    values = VALUES[:5, :1]
    result = network_sharpness(network, [(INPUTS[:5], values)], settings, F.mse_loss)
    gap = (network(INPUTS[:5]) - values).detach().abs()
    grown = gap + 0.2 * (INPUTS[:5].abs().sum(1, keepdim=True) + 1)
    torch.testing.assert_close(result.sharpness[0], (grown.square() - gap.square()).mean())


@pytest.mark.parametrize("method", METHODS)
def test_batches_may_come_in_any_sizes_from_any_iterable(method):
    network, settings = seeded(NETWORKS["batch"]), METHODS[method]
    whole = network_sharpness(network, [(INPUTS, CLASSES)], settings)
    loader = DataLoader(TensorDataset(INPUTS, CLASSES), batch_size=7)
    pieces = network_sharpness(network, loader, settings)
    one_way = network_sharpness(network, (batch for batch in loader), settings)
    for name, value in whole.columns.items():
        torch.testing.assert_close(value, getattr(pieces, name), rtol=0, atol=0)
        torch.testing.assert_close(value, getattr(one_way, name), rtol=0, atol=0)


def test_frozen_parameters_are_perturbed_and_tied_ones_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)
            self.decoder.weight = self.encoder.weight
            self.encoder.weight.requires_grad_(False)

        def forward(self, inputs):
            return self.decoder(torch.tanh(self.encoder(inputs)))

    result = network_sharpness(
        Tied().double(), [(INPUTS, normal(30, 6, purpose="v"))], METHODS["released"], F.mse_loss
    )
    assert result.perturbation_norm.item() == pytest.approx(0.05 * 6, rel=0.01)


class RandomLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3)

    def forward(self, inputs):
        return F.dropout(self.linear(inputs), 0.5, training=True)


class OwnBatchStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3)

    def forward(self, inputs):
        outputs = self.linear(inputs)
        return outputs - outputs.mean(0)


def broken():
    network = seeded(NETWORKS["none"])
    with torch.no_grad():
        network[2].bias[1] = torch.nan
    return network


def too_large():
    network = seeded(NETWORKS["none"])
    with torch.no_grad():
        network[2].weight.fill_(1e308)
        network[0].weight.fill_(1e308)
    return network


NOT_FINITE = INPUTS.clone()
NOT_FINITE[9, 2] = torch.nan


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("network", "batches", "message"),
    [
        (RandomLayer, [(INPUTS, CLASSES)], "two evaluations of the same batch differ; .*dropout left on"),
        (OwnBatchStatistics, [(INPUTS, CLASSES)], "outputs depend on the other samples of the batch"),
        (nn.Tanh, [(INPUTS, CLASSES)], "expected a network with parameters, got Tanh without any"),
        (broken, [(INPUTS, CLASSES)], "expected finite parameters, got others in 2.bias"),
        (too_large, [(INPUTS, CLASSES)], "expected a finite loss at the weights, got another"),
        (NETWORKS["none"], [], "sharpness data: expected at least 24 samples, got 0"),
        (NETWORKS["none"], [(INPUTS[:23], CLASSES[:23])], "expected at least 24 samples, got 23"),
        (NETWORKS["none"], [(INPUTS, CLASSES[:9])], r"as many targets as inputs \(30\), got 9"),
        (NETWORKS["none"], [(NOT_FINITE, CLASSES)], "expected finite numbers, got others in batch 1"),
        (NETWORKS["none"], [INPUTS], "expected batches of two tensors, inputs and targets, got Tensor"),
        (NETWORKS["none"], [{"x": INPUTS}], "expected batches of two tensors, inputs and targets, got dict"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_cannot_be_measured_is_refused_in_one_line(method, network, batches, message):
    with pytest.raises(ValueError, match=message) as caught, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network_sharpness(network().double(), batches, METHODS[method])
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("sharpness")


def test_settings_that_do_not_fit_are_refused():
    network = seeded(NETWORKS["none"])
    with pytest.raises(ValueError, match=r"^sharpness statistics: applies to data sets of images"):
        network_sharpness(network, [(INPUTS, CLASSES)], replace(BASE, statistics="cifar10"))
    with pytest.raises(ValueError, match=r"^sharpness normalise_logits: applies to class numbers"):
        network_sharpness(network, [(INPUTS, VALUES)], replace(BASE, normalise_logits=True), F.mse_loss)
    parameters, outputs = stacked(network)
    message = r"^sharpness data: expected values of the outputs' shape \[8, 3\], got targets \[8\]$"
    with pytest.raises(ValueError, match=message):
        batches = list(regrouped([(INPUTS, VALUES[:, 0])], BASE))
        measure_sharpness(outputs, parameters, batches, BASE, F.mse_loss)
