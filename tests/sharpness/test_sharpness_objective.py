import copy

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.sharpness.batches import first_batches
from graduated.sharpness.evaluation_mode import check_evaluation
from graduated.sharpness.objective import Objective, stacked
from graduated.sharpness.settings import ReleasedSearch
from graduated.streams import stream


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


def evaluate(outputs, targets, **options):
    """Loss and error of networks whose only parameters are their outputs [K, B, ...]."""
    objective = Objective(lambda parameters, inputs: parameters["outputs"], {"outputs": outputs}, **options)
    return objective.evaluate(objective.weights, None, targets)


def test_loss_and_error_are_those_of_each_replica_alone():
    logits, targets = normal(3, 8, 5), torch.arange(8) % 5
    loss, error = evaluate(logits, targets)
    for index, single in enumerate(logits):
        torch.testing.assert_close(loss[index], F.cross_entropy(single, targets))
        assert error[index] == (single.argmax(1) != targets).double().mean()


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.binary_cross_entropy_with_logits])
def test_a_regression_has_a_loss_and_no_error(loss):
    outputs, targets = normal(3, 8, 2), normal(8, 2, purpose="targets").sigmoid()
    losses, error = evaluate(outputs, targets, loss=loss)
    torch.testing.assert_close(losses, torch.stack([loss(single, targets) for single in outputs]))
    assert error.shape == (3,) and error.isnan().all()


def test_normalised_logits_ignore_shift_and_scale():
    logits, targets = normal(2, 8, 5), torch.arange(8) % 5
    shift, scale = normal(2, 8, 1, purpose="shift"), normal(2, 8, 1, purpose="scale").exp()
    torch.testing.assert_close(
        evaluate(shift + scale * logits, targets, normalise_logits=True),
        evaluate(logits, targets, normalise_logits=True),
    )
    single = torch.tensor([[[3.0, 1.0]]], dtype=torch.float64)
    loss, _ = evaluate(single, torch.tensor([0]), normalise_logits=True)
    torch.testing.assert_close(loss, F.softplus(torch.tensor([-(2.0**0.5)], dtype=torch.float64)))


def test_equal_logits_have_a_finite_normalised_loss():
    loss, _ = evaluate(torch.ones(1, 4, 3), torch.arange(4) % 3, normalise_logits=True)
    torch.testing.assert_close(loss, torch.tensor([3.0]).log())


def test_gradient_is_that_of_backward():
    module = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()
    inputs, targets = normal(16, 4), torch.arange(16) % 3
    parameters, logits = stacked(module)
    objective = Objective(logits, parameters)
    loss, _, gradient = objective(objective.weights, inputs, targets)
    expected = F.cross_entropy(module(inputs), targets)
    expected.backward()
    torch.testing.assert_close(loss[0], expected.detach())
    torch.testing.assert_close(gradient[0], torch.cat([p.grad.flatten() for p in module.parameters()]))


def test_stacked_evaluates_a_copy():
    module = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3)).double()
    module[0].weight.requires_grad_(False)
    before, evaluated = copy.deepcopy(module), copy.deepcopy(module).eval()
    inputs = normal(16, 4)
    parameters, logits = stacked(module)
    torch.testing.assert_close(logits(parameters, inputs), evaluated(inputs)[None])
    for tensor in parameters.values():
        tensor.zero_()
    assert module.training
    assert not module[0].weight.requires_grad
    torch.testing.assert_close(module.state_dict(), before.state_dict(), rtol=0, atol=0)


def test_first_batches_are_in_order():
    inputs, targets = normal(11, 2), torch.arange(11)
    batches = first_batches(inputs, targets, ReleasedSearch(samples=9, batch_size=3))
    assert [labels.tolist() for _, labels in batches] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert torch.equal(torch.cat([images for images, _ in batches]), inputs[:9])


def test_first_batches_refuse_too_little_data():
    settings = ReleasedSearch(samples=9, batch_size=3)
    with pytest.raises(ValueError, match=r"^sharpness data: expected at least 9 samples, got 8$"):
        first_batches(normal(8, 2), torch.arange(8), settings)
    with pytest.raises(
        ValueError, match=r"^sharpness data: expected as many targets as inputs \(9\), got 8$"
    ):
        first_batches(normal(9, 2), torch.arange(8), settings)


def batch_normalised(parameters, inputs):
    return F.batch_norm(inputs @ parameters["weight"][0], None, None, training=True)[None]


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (lambda parameters, inputs: inputs @ parameters["weight"], None),
        (lambda parameters, inputs: F.dropout(inputs @ parameters["weight"]), "is dropout left on"),
        (batch_normalised, "is batch normalisation in training mode"),
        (lambda parameters, inputs: inputs @ parameters["weight"][0], r"\[1, 16, '...'\], got \[16, 3\]"),
    ],
)
def test_networks_out_of_evaluation_mode_are_refused(logits, message):
    parameters, inputs = {"weight": normal(1, 4, 3, purpose="weights")}, normal(16, 4)
    if message is None:
        check_evaluation(logits, parameters, inputs)
    else:
        with pytest.raises(ValueError, match=message):
            check_evaluation(logits, parameters, inputs)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "expected a network with parameters, got none"),
        (
            {"a": torch.zeros(2, 3), "b": torch.zeros(3, 3)},
            r"leading axis of replicas, as a \[2, 3\], got b \[3, 3\]",
        ),
        ({"a": torch.zeros(2), "b": torch.tensor(0.0)}, r"leading axis of replicas, as a \[2\], got b \[\]"),
        ({"a": torch.zeros(2), "b": torch.zeros(2).double()}, r"one floating-point type, as a .* got b"),
        ({"a": torch.zeros(2, dtype=torch.long)}, "one floating-point type"),
    ],
)
def test_parameters_that_are_not_stacked_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Objective(lambda parameters, inputs: inputs, parameters)


def test_a_module_without_parameters_is_refused():
    with pytest.raises(
        ValueError, match=r"^sharpness: expected a network with parameters, got Tanh without any$"
    ):
        stacked(nn.Tanh())
