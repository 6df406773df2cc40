import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graduated.smoothing import smoothed as module
from graduated.smoothing.landscapes import drop_wave, negative_logarithm, rastrigin, sphere
from graduated.smoothing.laws import LAWS, LIGHT, UNIT_BALL
from graduated.smoothing.smoothed import (
    monte_carlo,
    monte_carlo_gradient,
    quadrature,
    smoothed_drop_wave,
    smoothed_negative_logarithm,
    smoothed_negative_logarithm_curvature,
    smoothed_rastrigin,
    smoothed_rastrigin_curvature,
    smoothed_rastrigin_gradient,
    smoothed_sphere,
)
from graduated.streams import stream

LIGHT_TAILED = [name for name, law in LAWS.items() if law.tail == LIGHT]
POINTS = torch.tensor([[-4.1], [-0.3], [0.0], [0.5], [1.3], [5.0]], dtype=torch.float64)


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ("gaussian", [10.1781, 10.5719, 11.9622]),
        ("uniform", [10.3333, 10.5833, 12.0233]),
        ("exponential", [10.6941, 11.0559, 9.0669]),
    ],
)
def test_published_values_of_smoothed_rastrigin(law, expected):
    values = smoothed_rastrigin(column(0, 0.5, 1.3), 0.5, LAWS[law])
    assert values.tolist() == pytest.approx(expected, abs=5e-5)


def test_published_monte_carlo_values():
    rayleigh = smoothed_rastrigin(column(0, 0.5, 1.3), 0.5, LAWS["rayleigh"])
    assert rayleigh.tolist() == pytest.approx([12.09, 8.53, 9.80], abs=0.01)
    wave = smoothed_drop_wave(column(0, 0.5, 1, 5), 0.5, LAWS["gaussian"])
    assert wave.tolist() == pytest.approx([-0.4732, -0.4511, -0.3944, -0.0705], abs=2e-4)


@pytest.mark.parametrize("smoothing", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("law", LIGHT_TAILED)
def test_closed_forms_agree_with_quadrature(law, smoothing):
    pairs = {rastrigin: smoothed_rastrigin, drop_wave: smoothed_drop_wave, sphere: smoothed_sphere}
    for function, closed in pairs.items():
        expected = quadrature(function, POINTS, smoothing, LAWS[law])
        torch.testing.assert_close(closed(POINTS, smoothing, LAWS[law]), expected, rtol=1e-11, atol=1e-11)


@given(st.floats(-5, 5), st.floats(0.01, 10), st.sampled_from(LIGHT_TAILED))
@settings(max_examples=30, deadline=None)
def test_smoothing_a_parabola_shifts_it_and_adds_the_variance(x, smoothing, name):
    law = LAWS[name]
    expected = (x - smoothing * law.mean) ** 2 + smoothing**2 * float(law.distribution.var())
    assert quadrature(sphere, column(x), smoothing, law).item() == pytest.approx(expected, rel=1e-9)


def test_cauchy_noise_widens_the_lorentzian_of_drop_wave():
    x, smoothing = POINTS.squeeze(1), 0.5
    width = 2 + smoothing  # the wave itself is damped to e^{-12πδ}, 7e-9
    expected = -width / (width**2 + x**2)
    torch.testing.assert_close(
        smoothed_drop_wave(POINTS, smoothing, LAWS["cauchy"]), expected, rtol=0, atol=1e-8
    )


@pytest.mark.parametrize("name", ["cauchy", "levy", "pareto"])
def test_heavy_tailed_smoothing_of_drop_wave_agrees_with_monte_carlo(name):
    draws = LAWS[name].sample((100_000, 1), stream(0, name))
    mean, error = monte_carlo(drop_wave, POINTS, 0.5, draws)
    assert ((mean - smoothed_drop_wave(POINTS, 0.5, LAWS[name])).abs() <= 4.5 * error).all()


def test_heavy_tails_leave_rastrigin_a_curvature_only():
    law = LAWS["cauchy"]
    assert (smoothed_rastrigin(POINTS, 0.5, law) == math.inf).all()
    assert smoothed_rastrigin_gradient(POINTS, 0.5, law).isnan().all()
    draws = law.sample((100_000, 1), stream(0, "curvature"))
    second = 2 + 40 * math.pi**2 * torch.cos(2 * math.pi * (POINTS - 0.1 * draws.T))
    expected, error = second.mean(1), second.std(1) / math.sqrt(len(draws))
    assert ((smoothed_rastrigin_curvature(POINTS, 0.1, law).squeeze(1) - expected).abs() < 4.5 * error).all()


@pytest.mark.parametrize("name", LIGHT_TAILED)
def test_derivatives_are_those_of_the_closed_forms(name):
    law, points = LAWS[name], torch.cat([POINTS, POINTS.flip(0)], dim=1).requires_grad_()
    (gradient,) = torch.autograd.grad(smoothed_rastrigin(points, 0.3, law).sum(), points, create_graph=True)
    torch.testing.assert_close(smoothed_rastrigin_gradient(points, 0.3, law), gradient)
    (curvature,) = torch.autograd.grad(gradient.sum(), points)
    torch.testing.assert_close(smoothed_rastrigin_curvature(points, 0.3, law), curvature)


def test_derivatives_of_drop_wave_and_of_the_logarithm():
    points = POINTS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(
        smoothed_drop_wave(points, 0.04, UNIT_BALL).sum(), points, create_graph=True
    )
    torch.testing.assert_close(smoothed_drop_wave(points, 0.04, UNIT_BALL, derivative=1), slope.squeeze(1))
    (curvature,) = torch.autograd.grad(slope.sum(), points)
    torch.testing.assert_close(
        smoothed_drop_wave(points, 0.04, UNIT_BALL, derivative=2), curvature.squeeze(1)
    )
    points = column(0.31, 0.6, 1.0).requires_grad_()
    values = smoothed_negative_logarithm(points, 0.3)
    torch.testing.assert_close(
        values, quadrature(negative_logarithm, points, 0.3, UNIT_BALL), rtol=1e-4, atol=0
    )
    (slope,) = torch.autograd.grad(values.sum(), points, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), points)
    torch.testing.assert_close(smoothed_negative_logarithm_curvature(points, 0.3), curvature.squeeze(1))
    assert smoothed_negative_logarithm(column(0.2), 0.3).isnan().all()


@pytest.mark.parametrize("name", LIGHT_TAILED)
def test_monte_carlo_values_and_gradients_are_unbiased(name):
    points = torch.tensor([[0.2, -1.4], [3.0, 0.5]], dtype=torch.float64)
    draws = LAWS[name].sample((100_000, 2), stream(0, name))
    mean, error = monte_carlo(rastrigin, points, 0.3, draws)
    assert ((mean - smoothed_rastrigin(points, 0.3, LAWS[name])).abs() <= 4.5 * error).all()
    gradient, error = monte_carlo_gradient(rastrigin, points, 0.3, draws)
    assert gradient.shape == error.shape == points.shape
    assert ((gradient - smoothed_rastrigin_gradient(points, 0.3, LAWS[name])).abs() <= 4.5 * error).all()


@pytest.mark.parametrize("at_once", [1, 50, 10**6])
@pytest.mark.parametrize("own", [False, True])
def test_the_chunks_do_not_change_the_estimate(monkeypatch, at_once, own):
    monkeypatch.setattr(module, "_NUMBERS_AT_ONCE", at_once)
    points = torch.linspace(-2, 2, 14, dtype=torch.float64).reshape(7, 2)
    draws = LAWS["gaussian"].sample((7, 9, 2) if own else (9, 2), stream(0, "chunks"))
    mean, error = monte_carlo(rastrigin, points, 0.4, draws)
    gradient, _ = monte_carlo_gradient(rastrigin, points, 0.4, draws)
    for index, point in enumerate(points):
        shifted = point - 0.4 * (draws[index] if own else draws)
        values = rastrigin(shifted)
        assert mean[index].item() == pytest.approx(values.mean().item(), rel=1e-12)
        assert error[index].item() == pytest.approx(values.std().item() / 3, rel=1e-12)
        slopes = 2 * shifted + 20 * math.pi * torch.sin(2 * math.pi * shifted)
        torch.testing.assert_close(gradient[index], slopes.mean(0))


def test_refusals_name_what_was_wrong():
    with pytest.raises(ValueError, match="at least two per point"):
        monte_carlo(sphere, POINTS, 0.5, torch.zeros(1, 1))
    with pytest.raises(ValueError, match="levy noise is heavy-tailed"):
        quadrature(sphere, POINTS, 0.5, LAWS["levy"])
    with pytest.raises(ValueError, match="points have 2 coordinates"):
        quadrature(sphere, torch.zeros(3, 2), 0.5, LAWS["gaussian"])
