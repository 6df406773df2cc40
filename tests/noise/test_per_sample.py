import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from backpack import backpack, extend
from backpack.extensions import BatchGrad, Variance
from torch import nn

from graduated.models.layers import PlainLayers
from graduated.models.resnet import small_resnet
from graduated.noise.per_sample import GradientVariance, gradient_variance
from graduated.streams import stream


def random(*shape, purpose="inputs", dtype=torch.float64):
    return torch.randn(*shape, generator=stream(0, purpose), dtype=dtype)


def classes(samples, count, purpose="targets"):
    return torch.randint(0, count, (samples,), generator=stream(0, purpose))


def initialised(module):
    generator = stream(0, "state")
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.randn(value.shape, generator=generator, dtype=value.dtype) / 3)
        if name.endswith("running_var"):
            value.abs_().add_(0.5)
    return module


def conv_net():
    return initialised(
        nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1),
            nn.BatchNorm2d(3),
            nn.ReLU(),
            nn.Conv2d(3, 4, 3, stride=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16, 5),
        ).double()
    )


def softmax_gradients(weights, bias, inputs, targets):
    logits = inputs @ weights.T + bias
    odds = np.exp(logits - logits.max(1, keepdims=True))
    errors = odds / odds.sum(1, keepdims=True) - np.eye(len(bias))[targets]
    return np.concatenate([(errors[:, :, None] * inputs[:, None]).reshape(len(inputs), -1), errors], axis=1)


def statistics(gradients):
    deviations = np.square(gradients - gradients.mean(0)).sum(1)
    n = len(gradients)
    return deviations.sum() / (n - 1), deviations.std(ddof=1) / np.sqrt(n), np.linalg.norm(gradients.mean(0))


@pytest.fixture
def softmax():
    module, inputs, targets = initialised(nn.Linear(4, 3).double()), random(60, 4), classes(60, 3)
    gradients = softmax_gradients(
        module.weight.detach().numpy(), module.bias.detach().numpy(), inputs.numpy(), targets.numpy()
    )
    return module, inputs, targets, gradients


def test_softmax_regression_has_its_closed_form(softmax):
    module, inputs, targets, gradients = softmax
    found = gradient_variance(module, [(inputs, targets)])
    expected = statistics(gradients)
    np.testing.assert_allclose((found.value, found.standard_error, found.gradient_norm), expected, rtol=1e-12)
    assert found.samples == 60


class Quadratic(nn.Module):
    def __init__(self, centre):
        super().__init__()
        self.weights = nn.Parameter(centre)

    def forward(self, inputs):
        return self.weights - inputs


def half_square(outputs, targets):
    return 0.5 * outputs.square().sum() / len(targets)


@pytest.mark.parametrize("distance", [0.0, 1000.0])
def test_quadratic_has_the_variance_of_its_centres_even_far_away_in_float32(distance):
    centres = random(500, 6, dtype=torch.float32)
    found = gradient_variance(
        Quadratic(torch.full((6,), distance)), [(centres, torch.zeros(500))], 64, half_square
    )
    exact = centres.double()
    assert found.value == pytest.approx(exact.var(0).sum().item(), rel=1e-4)
    assert found.gradient_norm == pytest.approx((distance - exact.mean(0)).norm().item(), rel=1e-5)


def test_a_single_number_is_a_parameter_too():
    centres = random(30)
    found = gradient_variance(Quadratic(torch.tensor(0.5).double()), [(centres, centres)], 8, half_square)
    assert found.value == pytest.approx(centres.var().item(), rel=1e-12)


def test_convolutions_and_batch_norm_agree_with_a_loop_over_samples():
    module, inputs, targets = conv_net(), random(21, 2, 6, 6), classes(21, 5)
    reference, gradients = conv_net().eval(), []
    for image, target in zip(inputs, targets, strict=True):
        loss = F.cross_entropy(reference(image[None]), target[None])
        parts = torch.autograd.grad(loss, tuple(reference.parameters()))
        gradients.append(torch.cat([part.flatten() for part in parts]).numpy())
    found = gradient_variance(module, [(inputs, targets)], 8)
    expected = statistics(np.stack(gradients))
    np.testing.assert_allclose((found.value, found.standard_error, found.gradient_norm), expected, rtol=1e-10)


def test_agrees_with_backpack():
    module, inputs, targets = conv_net(), random(17, 2, 6, 6), classes(17, 5)
    found = gradient_variance(module, [(inputs, targets)])
    # With the mean of the losses, BackPACK would divide every individual gradient by n.
    extended, loss = extend(conv_net().eval()), extend(nn.CrossEntropyLoss(reduction="sum"))
    with backpack(BatchGrad(), Variance()):
        loss(extended(inputs.clone().requires_grad_()), targets).backward()
    parameters = list(extended.parameters())
    individual = torch.cat([parameter.grad_batch.flatten(1) for parameter in parameters], dim=1)
    population = sum(parameter.variance.sum().item() for parameter in parameters)
    expected = statistics(individual.numpy())
    np.testing.assert_allclose((found.value, found.standard_error, found.gradient_norm), expected, rtol=1e-10)
    np.testing.assert_allclose(found.value * 16 / 17, population, rtol=1e-10)


@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_a_mini_batch_gradient_is_off_by_the_variance_over_the_batch_size(softmax, batch_size):
    module, inputs, targets, gradients = softmax
    population = gradient_variance(module, [(inputs, targets)]).value * 59 / 60
    picks = np.random.default_rng(batch_size).integers(0, 60, (20_000, batch_size))
    squares = np.square(gradients[picks].mean(1) - gradients.mean(0)).sum(1)
    error = squares.std() / np.sqrt(len(squares))
    assert abs(squares.mean() - population / batch_size) < 4 * error


def test_standard_error_is_the_spread_over_independent_samples():
    module = initialised(nn.Linear(4, 3).double())
    inputs, targets = random(120, 100, 4), classes(120 * 100, 3).view(120, 100)
    found = [gradient_variance(module, [pair], 100) for pair in zip(inputs, targets, strict=True)]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    claimed = np.sqrt(np.mean([estimate.standard_error**2 for estimate in found]))
    assert claimed == pytest.approx(spread, rel=4 / np.sqrt(2 * 119))


@pytest.mark.parametrize("chunk_size", [1, 4, 100])
def test_neither_chunks_nor_batches_matter(chunk_size):
    module, inputs, targets = conv_net(), random(21, 2, 6, 6), classes(21, 5)
    whole = gradient_variance(module, [(inputs, targets)], 21)
    batches = list(zip(inputs.split(9), targets.split(9), strict=True))
    parts = gradient_variance(module, batches, chunk_size)
    assert parts.samples == whole.samples
    for name in ("value", "standard_error", "gradient_norm"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-12)


def test_float32_is_near_float64():
    module, inputs, targets = small_resnet(PlainLayers(), 1, 10), random(40, 1, 8, 8), classes(40, 10)
    initialised(module)
    single = gradient_variance(module, [(inputs.float(), targets)])
    double = gradient_variance(module.double(), [(inputs, targets)])
    assert single.value == pytest.approx(double.value, rel=1e-5)
    assert single.standard_error == pytest.approx(double.standard_error, rel=1e-5)


def test_module_is_left_as_it_was():
    module = conv_net().train()
    module[1].eval()
    state = {name: value.clone() for name, value in module.state_dict().items()}
    modes = [part.training for part in module.modules()]
    gradient_variance(module, [(random(5, 2, 6, 6), classes(5, 5))])
    assert modes == [part.training for part in module.modules()]
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in module.parameters())


def test_dropout_layers_are_off_and_frozen_parameters_are_constants(softmax):
    linear, inputs, targets, gradients = softmax
    linear.bias.requires_grad_(False)
    found = gradient_variance(nn.Sequential(nn.Dropout(0.5), linear), [(inputs, targets)])
    assert found.value == pytest.approx(statistics(gradients[:, :-3])[0], rel=1e-12)


def test_interval_is_normal_and_cut_at_zero():
    found = GradientVariance(value=5.0, standard_error=2.0, samples=100, gradient_norm=1.0)
    assert found.interval() == pytest.approx((5 - 1.959964 * 2, 5 + 1.959964 * 2))
    assert found.interval(0.99) == pytest.approx((0, 5 + 2.575829 * 2))
    with pytest.raises(ValueError, match="level"):
        found.interval(95)


class AlwaysDropout(nn.Linear):
    def forward(self, inputs):
        return super().forward(F.dropout(inputs.repeat(1, 16), 0.5, training=True))


@pytest.mark.parametrize(
    ("module", "samples", "message"),
    [
        (nn.Linear(4, 3), 0, "at least two samples"),
        (nn.Linear(4, 3), 1, "at least two"),
        (nn.Flatten(), 5, "no trainable parameter"),
        (nn.Linear(4, 3).requires_grad_(False), 5, "no trainable parameter"),
        (AlwaysDropout(64, 3), 5, "dropout"),
        (nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.BatchNorm2d(1, track_running_stats=False),
                       nn.Flatten(), nn.Linear(4, 3)), 5, "batch statistics"),
    ],
)  # fmt: skip
def test_refuses_what_has_no_variance(module, samples, message):
    batch = (random(samples, 4, dtype=torch.float32), classes(samples, 3))
    with pytest.raises(ValueError, match=message):
        gradient_variance(module, [batch])


def test_refuses_unusable_batches():
    module, inputs, targets = nn.Linear(4, 3), random(6, 4, dtype=torch.float32), classes(6, 3)
    with pytest.raises(ValueError, match="at least two samples"):
        gradient_variance(module, [])
    with pytest.raises(ValueError, match="one-way iterator"):
        gradient_variance(module, iter([(inputs, targets)]))
    with pytest.raises(ValueError, match="6 inputs and 5 targets"):
        gradient_variance(module, [(inputs, targets[:5])])
    with pytest.raises(ValueError, match="chunk_size = 0"):
        gradient_variance(module, [(inputs, targets)], 0)
    with pytest.raises(ValueError, match="not finite"):
        gradient_variance(module, [(inputs / 0, targets)])
