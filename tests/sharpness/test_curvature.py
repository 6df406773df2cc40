import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.autograd.functional import hessian
from torch.func import functional_call

from graduated.sharpness.batches import regrouped
from graduated.sharpness.hessian import hessian_operator
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.objective import Objective, normalised, stacked
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import HessianTrace, TopEigenvalues
from graduated.streams import stream

EIGENVALUES = TopEigenvalues(samples=24, batch_size=8, eigenvalues=4)
TRACE = HessianTrace(samples=24, batch_size=8, draws=60)


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


def trained_a_little(network):
    """Give batch normalisation statistics of its own."""
    with torch.no_grad():
        for index, tensor in enumerate([*network.parameters(), *network.buffers()]):
            if tensor.is_floating_point():
                tensor.copy_(normal(*tensor.shape, purpose=f"tensor {index}").abs() * 0.5 + 0.1)
    return network.eval()


NETWORKS = {
    "plain": nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)),
    "batch normalised": nn.Sequential(
        nn.Unflatten(1, (1, 2, 3)),
        nn.Conv2d(1, 4, 2),
        nn.BatchNorm2d(4),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(8, 3),
    ),
    "layer normalised": nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.GELU(), nn.Linear(5, 3)),
}
CLASSES = (normal(24, 6), torch.arange(24) % 3, F.cross_entropy)
REGRESSION = (normal(24, 6), normal(24, 3, purpose="values"), F.mse_loss)


def explicit(network, inputs, targets, loss):
    """The Hessian by backpropagating twice, all samples at once."""
    names = [name for name, _ in network.named_parameters()]
    shapes = [tensor.shape for tensor in network.parameters()]

    def total(weights):
        parts = weights.split([shape.numel() for shape in shapes])
        named = {n: part.view(shape) for n, part, shape in zip(names, parts, shapes, strict=True)}
        return loss(functional_call(network, named, (inputs,)), targets)

    return hessian(total, torch.cat([tensor.detach().flatten() for tensor in network.parameters()]))


@pytest.fixture(params=NETWORKS)
def network(request):
    return trained_a_little(NETWORKS[request.param].double())


@pytest.mark.parametrize("task", [CLASSES, REGRESSION], ids=["classification", "regression"])
def test_operator_eigenvalues_and_trace_are_those_of_the_explicit_hessian(network, task):
    inputs, targets, loss = task
    matrix = explicit(network, inputs, targets, loss)
    parameters, outputs = stacked(network)
    operator = hessian_operator(
        Objective(outputs, parameters, loss=loss), regrouped([(inputs, targets)], EIGENVALUES)
    )
    vector = normal(len(matrix), purpose="vector")
    torch.testing.assert_close(operator @ vector, matrix @ vector, rtol=1e-9, atol=1e-12)

    found = network_sharpness(network, [(inputs, targets)], EIGENVALUES, loss)
    exact = torch.linalg.eigvalsh(matrix).flip(0)
    torch.testing.assert_close(found.eigenvalues[0], exact[:4], rtol=1e-4, atol=1e-6)
    assert found.sharpness == found.eigenvalues[:, 0]
    torch.testing.assert_close(found.clean_loss, loss(network(inputs), targets).detach()[None])

    trace = network_sharpness(network, [(inputs, targets)], TRACE, loss)
    assert abs(trace.sharpness - matrix.trace()) < 4 * trace.standard_error
    assert trace.low < trace.sharpness < trace.high
    spread = (2 * matrix.square().sum() - 2 * matrix.diagonal().square().sum()).sqrt()
    assert trace.standard_error.item() == pytest.approx(spread.item() / 60**0.5, rel=0.5)


def test_normalised_logits_have_their_own_hessian():
    network = trained_a_little(NETWORKS["plain"].double())
    inputs, targets, _ = CLASSES
    settings = TopEigenvalues(samples=24, batch_size=24, normalise_logits=True)
    matrix = explicit(
        network, inputs, targets, lambda logits, labels: F.cross_entropy(normalised(logits), labels)
    )
    found = network_sharpness(network, [(inputs, targets)], settings)
    assert found.sharpness.item() == pytest.approx(torch.linalg.eigvalsh(matrix)[-1].item(), rel=1e-4)


def test_a_quadratic_has_its_closed_form():
    """Linear regression: the Hessian of the mean squared error is 2X'X/n, whatever the weights."""
    inputs, values = normal(32, 7), normal(32, 1, purpose="values")
    network = nn.Linear(7, 1, bias=False).double()
    settings = TopEigenvalues(samples=32, batch_size=16, eigenvalues=6)
    found = network_sharpness(network, [(inputs, values)], settings, F.mse_loss)
    exact = torch.linalg.eigvalsh(2 * inputs.T @ inputs / 32).flip(0)
    torch.testing.assert_close(found.eigenvalues[0], exact[:6], rtol=1e-4, atol=0)


def test_the_largest_eigenvalue_may_be_far_below_the_smallest_in_size():
    """At a maximum of the loss all curvature is negative: the largest is the least negative."""
    network = nn.Linear(3, 1, bias=False).double()
    inputs, values = normal(8, 3), normal(8, 1, purpose="values")

    def reward(outputs, targets):
        return -F.mse_loss(outputs, targets)

    settings = TopEigenvalues(samples=8, batch_size=8, eigenvalues=1)
    found = network_sharpness(network, [(inputs, values)], settings, reward)
    exact = torch.linalg.eigvalsh(-2 * inputs.T @ inputs / 8)
    assert found.sharpness.item() == pytest.approx(exact[-1].item(), rel=1e-3)
    assert found.sharpness < 0


def test_the_interval_of_the_trace_covers_it_as_often_as_it_says():
    inputs, values = normal(16, 12), normal(16, 1, purpose="values")
    network, inside = nn.Linear(12, 1, bias=False).double(), []
    truth = (2 * inputs.T @ inputs / 16).trace()
    for seed in range(100):
        settings = HessianTrace(samples=16, batch_size=16, draws=10, seed=seed)
        found = network_sharpness(network, [(inputs, values)], settings, F.mse_loss)
        inside.append(bool(found.low <= truth <= found.high))
    assert 0.88 < sum(inside) / len(inside) < 1


def test_random_probes_follow_the_seed_and_leave_the_global_generator_alone():
    network = NETWORKS["plain"].double()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again = (network_sharpness(network, [CLASSES[:2]], TRACE).sharpness for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_that_diverged_has_no_curvature():
    network = nn.Linear(6, 3).double()
    parameters, outputs = stacked(network)
    parameters["bias"][0, 0] = math.inf
    batches = regrouped([CLASSES[:2]], EIGENVALUES)
    for settings in (EIGENVALUES, TRACE):
        found = measure_sharpness(outputs, parameters, batches, settings)
        assert all(value.isnan().all() for value in found.columns.values())


def test_several_networks_and_too_many_eigenvalues_are_refused():
    batches = regrouped([CLASSES[:2]], EIGENVALUES)
    parameters = {"w": normal(2, 6, 3)}
    with pytest.raises(ValueError, match=r"^sharpness: curvature is of one network at a time, got 2$"):
        measure_sharpness(lambda p, inputs: inputs @ p["w"], parameters, batches, EIGENVALUES)
    settings = TopEigenvalues(samples=24, batch_size=8, eigenvalues=18)
    message = r"^sharpness eigenvalues: expected fewer than the network's 18 parameters, got 18$"
    with pytest.raises(ValueError, match=message):
        network_sharpness(nn.Linear(6, 3, bias=False).double(), [CLASSES[:2]], settings)
