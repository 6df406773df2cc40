import threading
from dataclasses import replace
from functools import partial

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.sharpness.draws import ahead, draws
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.sampled import perturbation
from graduated.sharpness.settings import AverageCase, RandomDirections
from graduated.streams import stream

AVERAGE = AverageCase(norm="l2", radius=2.0, samples=32, batch_size=16, draws=400)
DIRECTIONS = RandomDirections(radius=0.3, samples=32, batch_size=16, draws=400)


def normal(*shape, purpose="data"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


INPUTS, VALUES = normal(32, 5), normal(32, 1, purpose="values")


def linear(replicas=1):
    """Linear regressions, whose mean squared error is quadratic in the weights: w [K, 1, 5]."""
    return {"w": normal(replicas, 1, 5, purpose="weights")}


def predictions(parameters, inputs):
    return inputs @ parameters["w"].transpose(1, 2)


def measure(parameters, settings, loss=F.mse_loss, targets=VALUES, outputs=predictions):
    batches = list(zip(*(tensor.split(16) for tensor in (INPUTS, targets)), strict=True))
    return measure_sharpness(outputs, parameters, batches, settings, loss)


def second_moment():
    """Half the Hessian of the mean squared error: L(w + Δ) − L(w) = ∇L·Δ + Δ'MΔ."""
    return INPUTS.T @ INPUTS / len(INPUTS)


def expected(settings, weights):
    """The mean increase in closed form, of perturbations of mean zero and independent coordinates."""
    variance = settings.radius**2 * (1 / 3 if settings.norm == "linf" else 1)
    unit = weights.flatten(1).square() if settings.adaptive else torch.ones(len(weights), 5).double()
    return variance * unit @ second_moment().diagonal()


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_average_case_of_a_quadratic_has_its_closed_form(norm, adaptive):
    settings = replace(AVERAGE, norm=norm, adaptive=adaptive)
    result, truth = measure(linear(3), settings), expected(settings, linear(3)["w"])
    assert ((result.sharpness - truth).abs() < 4 * result.standard_error).all()
    assert (result.standard_error < 0.2 * truth).all()
    torch.testing.assert_close(result.high - result.sharpness, result.sharpness - result.low)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    settings = replace(AVERAGE, draws=8)
    truth = expected(settings, linear()["w"])
    results = [measure(linear(), replace(settings, seed=seed)) for seed in range(300)]
    inside = [bool(result.low <= truth <= result.high) for result in results]
    assert 0.91 < sum(inside) / len(inside) < 0.985


def test_two_sided_directions_on_a_quadratic_have_their_closed_form():
    """Opposite directions cancel the gradient, and E uu' = I/5 on the unit sphere."""
    result = measure(linear(3), DIRECTIONS)
    truth = 0.3**2 * second_moment().trace() / 5
    assert ((result.sharpness - truth).abs() < 4 * result.standard_error).all()
    torch.testing.assert_close(result.sharpness, result.sharpness[:1].expand(3))
    torch.testing.assert_close(result.perturbation_norm, torch.full((3,), 0.3).double())


def test_one_sided_directions_keep_the_gradient():
    settings = replace(DIRECTIONS, directions="one_sided", radius=1e-4)
    result = measure(linear(2), settings)
    parameters = linear(2)
    parameters["w"].requires_grad_()
    losses = (predictions(parameters, INPUTS) - VALUES).square().mean((1, 2))
    gradient = torch.autograd.grad(losses.sum(), parameters["w"])[0].flatten(1)
    many = torch.rand(200_000, 5, generator=stream(1, "check"), dtype=torch.float64)
    direction = (many / many.norm(dim=1, keepdim=True)).mean(0)
    truth = 1e-4 * gradient @ direction
    assert ((result.sharpness - truth).abs() < 4 * result.standard_error + 1e-3 * truth.abs()).all()


@pytest.mark.parametrize(
    "settings",
    [
        replace(AVERAGE, norm="linf"),
        replace(AVERAGE, adaptive=True),
        DIRECTIONS,
        replace(DIRECTIONS, directions="one_sided"),
    ],
)
def test_replicas_share_their_draws_and_none_depends_on_its_company(settings):
    settings = replace(settings, draws=5)
    parameters, targets = linear(3), torch.arange(32) % 3
    parameters["w"] = normal(3, 3, 5, purpose="classes")
    together = measure(parameters, settings, F.cross_entropy, targets)
    for index in range(3):
        alone = measure({"w": parameters["w"][index : index + 1]}, settings, F.cross_entropy, targets)
        for name, value in together.columns.items():
            torch.testing.assert_close(value[index : index + 1], getattr(alone, name), rtol=0, atol=1e-13)


def test_the_laws_are_those_of_the_released_code():
    weights = normal(1, 20_000, purpose="weights")

    def draw(**options):
        settings = AverageCase(radius=0.2, **options)
        return perturbation(weights, settings, next(draws(weights, 1, settings)))

    box, scaled_box = draw(), draw(adaptive=True)
    assert box.abs().max() <= 0.2 and box.abs().max() > 0.1999
    assert box.std() == pytest.approx(0.2 / 3**0.5, rel=0.02)
    torch.testing.assert_close(scaled_box, box * weights.abs())
    gaussian, scaled = draw(norm="l2"), draw(norm="l2", adaptive=True)
    assert gaussian.std() == pytest.approx(0.2, rel=0.02)  # of each coordinate, not divided by √P
    assert gaussian.square().square().mean() == pytest.approx(3 * 0.2**4, rel=0.1)
    torch.testing.assert_close(scaled, gaussian * weights.abs())


@pytest.mark.parametrize(("settings", "each"), [(AVERAGE, 1), (DIRECTIONS, 2)])
def test_each_draw_costs_one_forward_pass_a_batch_and_side(settings, each):
    calls = []

    def counted(parameters, inputs):
        calls.append(len(inputs))
        return predictions(parameters, inputs)

    measure(linear(2), replace(settings, draws=4), outputs=counted)
    probes = 4
    assert len(calls) == probes + 2 * (1 + 4 * each)


def test_a_diverged_replica_is_nan_and_alone():
    parameters = linear(3)
    sound = measure(parameters, AVERAGE)
    parameters["w"][1, 0, 0] = torch.nan
    diverged = measure(parameters, AVERAGE)
    for name, value in diverged.columns.items():
        assert value[1].isnan(), name
        torch.testing.assert_close(value[[0, 2]], getattr(sound, name)[[0, 2]], equal_nan=True)


def test_errors_of_a_classification_are_averaged_too():
    torch.manual_seed(0)
    network, targets = nn.Linear(5, 3).double(), torch.arange(32) % 3
    settings = replace(AVERAGE, radius=5.0, draws=50)
    result = network_sharpness(network, [(INPUTS, targets)], settings)
    clean = (network(INPUTS).argmax(1) != targets).double().mean()
    assert result.error_increase.item() == pytest.approx(2 / 3 - clean.item(), abs=0.05)


@pytest.mark.parametrize(("norm", "law"), [("linf", torch.rand), ("l2", torch.randn)])
def test_numbers_are_of_their_seed_method_batch_and_draw_alone(norm, law):
    weights, settings = normal(2, 7), replace(AVERAGE, norm=norm, seed=3, draws=2)
    expected = [
        law(7, generator=stream(3, f"sharpness/average/{batch}", draw), dtype=torch.float64)
        for draw in range(2)
        for batch in range(3)
    ]
    for found, wanted in zip(draws(weights, 3, settings), expected, strict=True):
        assert torch.equal(found, wanted)


@pytest.mark.gpu
@pytest.mark.parametrize("settings", [AVERAGE, replace(AVERAGE, norm="linf", adaptive=True), DIRECTIONS])
def test_a_gpu_perturbs_by_the_same_numbers(settings):
    batches = list(zip(INPUTS.cuda().split(16), VALUES.cuda().split(16), strict=True))
    weights = {"w": linear(3)["w"].cuda()}
    found = measure_sharpness(predictions, weights, batches, settings, F.mse_loss)
    expected = measure(linear(3), settings)
    for name, value in expected.columns.items():
        torch.testing.assert_close(found.columns[name].cpu(), value, rtol=1e-9, atol=1e-12, equal_nan=True)


def test_what_is_drawn_ahead_is_the_same_and_of_bounded_number():
    begun, lock = [], threading.Lock()

    def numbers(index):
        with lock:
            begun.append(index)
        return torch.randn(1000, generator=stream(0, "ahead", index))

    yielded = 0
    for index, found in enumerate(ahead((partial(numbers, index) for index in range(40)), threads=3)):
        assert torch.equal(found, torch.randn(1000, generator=stream(0, "ahead", index)))
        yielded += 1
        assert len(begun) - yielded <= 3
    assert yielded == 40 and sorted(begun) == list(range(40))


def test_an_error_of_a_draw_is_raised():
    with pytest.raises(MemoryError):
        list(ahead([torch.zeros(1).clone, _fail], threads=2))


def _fail():
    raise MemoryError
