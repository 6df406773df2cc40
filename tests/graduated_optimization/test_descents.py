import numpy as np
import pytest
import torch

from graduated.graduated_optimization.algorithms import grad_opt, gradient_descent, graduated_descent
from graduated.graduated_optimization.noisy import auxiliary, perturbed_descent, stochastic_descent
from graduated.smoothing.gradients import RASTRIGIN_SMOOTHNESS, rastrigin_gradient, sphere_gradient
from graduated.smoothing.landscapes import rastrigin
from graduated.smoothing.laws import LAWS, scaled_gaussian
from graduated.smoothing.smoothed import smoothed_rastrigin_gradient
from graduated.streams import stream

STARTS = torch.tensor([[-3.0, 1.0], [0.5, 4.0]], dtype=torch.float64)


def smoothed_rastrigin(points, smoothing):
    return smoothed_rastrigin_gradient(points, smoothing, LAWS["gaussian"])


def test_gradient_of_rastrigin_by_autograd():
    points = (10 * torch.rand(50, 3, generator=stream(0, "test"), dtype=torch.float64) - 5).requires_grad_()
    (expected,) = torch.autograd.grad(rastrigin(points).sum(), points)
    torch.testing.assert_close(rastrigin_gradient(points.detach()), expected)
    curvature = torch.autograd.functional.hessian(rastrigin, torch.zeros(1, dtype=torch.float64))
    assert curvature.item() == pytest.approx(RASTRIGIN_SMOOTHNESS)


def test_gradient_descent_contracts_a_quadratic_as_it_must():
    torch.testing.assert_close(gradient_descent(sphere_gradient, STARTS, 0.1, 25), 0.8**25 * STARTS)


def test_gradient_descent_ends_when_nothing_moves():
    calls = []
    ends = gradient_descent(lambda points: calls.append(1) or sphere_gradient(points), STARTS, 0.25, 10**6)
    assert len(calls) < 100
    assert ends.abs().max() < 1e-12


def test_graduated_descent_is_one_descent_after_another():
    ends = graduated_descent(smoothed_rastrigin, STARTS, (1.0, 0.2), (0.01, 0.002), (30, 20))
    first = gradient_descent(lambda points: smoothed_rastrigin(points, 1.0), STARTS, 0.01, 30)
    second = gradient_descent(lambda points: smoothed_rastrigin(points, 0.2), first, 0.002, 20)
    torch.testing.assert_close(ends, torch.stack([first, second]))


def test_eight_halved_levels_solve_rastrigin_from_everywhere():
    starts = torch.linspace(-5, 5, 201, dtype=torch.float64)[:, None]
    levels = [2.0**-level for level in range(8)]
    ends = graduated_descent(smoothed_rastrigin, starts, levels, [0.0025] * 8, [1500] * 8)
    assert ends[-1].abs().max() < 1e-6


def test_grad_opt_averages_the_last_half_of_its_iterates():
    drift = torch.tensor([[2.0, -1.0]], dtype=torch.float64)
    (solution,) = grad_opt(
        lambda points: drift.expand_as(points), STARTS, (1e6,), 4.0, (5,), (-1e6, 1e6), stream(0, "test")
    )
    harmonic = np.cumsum(1 / np.arange(1, 6))[2:].mean()
    torch.testing.assert_close(solution, STARTS - drift / 4 * harmonic)


def test_grad_opt_stays_in_ball_and_box():
    away = torch.tensor([[-50.0, 30.0]], dtype=torch.float64)
    (solution,) = grad_opt(
        lambda points: away.expand_as(points), STARTS, (0.4,), 1.0, (40,), (-3.2, 1.0), stream(0, "test")
    )
    assert (torch.linalg.vector_norm(solution - STARTS.clamp(-3.2, 1.0), dim=1) <= 0.6 + 1e-12).all()
    assert solution.min() >= -3.2
    assert solution.max() <= 1.0


def test_descents_without_noise_are_gradient_descent():
    rates, steps = (0.01, 0.02), (7, 5)
    arguments = (sphere_gradient, STARTS, (0.0, 0.0), rates, steps, scaled_gaussian)
    expected = torch.stack([0.98**7 * STARTS, 0.96**5 * 0.98**7 * STARTS])
    for descent in (stochastic_descent, perturbed_descent):
        torch.testing.assert_close(descent(*arguments, stream(0, "test")), expected)


def test_noise_floor_of_sgd_on_a_quadratic():
    """Known: E x² = ασ²/(bλ(2 − αλ)) = 0.0131579 at λ = 1, α = 0.1, σ² = 1, b = 4."""
    starts = torch.zeros(20_000, 1, dtype=torch.float64)
    ends = stochastic_descent(
        lambda points: points, starts, (0.5,), (0.1,), (100,), scaled_gaussian, stream(0, "test")
    )
    assert ends[-1].square().mean().item() == pytest.approx(0.0131579, rel=0.05)


def test_auxiliary_point_is_a_step_of_gradient_descent():
    torch.testing.assert_close(auxiliary(sphere_gradient, STARTS, 0.1), 0.8 * STARTS)
