import pytest
import torch

from graduated.smoothing.landscapes import rastrigin
from graduated.smoothing.laws import LAWS
from graduated.smoothing.smoothed import monte_carlo_gradient
from graduated.smoothing.unit_noise import UnitNoise
from graduated.streams import stream

LIGHT = ["gaussian", "uniform", "exponential", "rayleigh"]


@pytest.mark.parametrize("law", LIGHT)
@pytest.mark.parametrize("dimension", [1, 3])
def test_has_mean_zero_and_expected_square_one(law, dimension):
    draws = UnitNoise(LAWS[law], dimension).sample((100_000, dimension), stream(0, law))
    assert draws.mean(0).abs().max() < 5 / 100_000**0.5
    squares = draws.square().sum(1)
    assert abs(squares.mean() - 1) < 5 * squares.std() / 100_000**0.5


@pytest.mark.parametrize("law", LIGHT)
def test_closed_form_against_monte_carlo(law):
    noise = UnitNoise(LAWS[law], 2)
    points = torch.tensor([[0.3, -1.2], [2.4, 0.05]], dtype=torch.float64)
    mean, error = monte_carlo_gradient(rastrigin, points, 0.3, noise.sample((50_000, 2), stream(1, law)))
    assert ((noise.smoothed_rastrigin_gradient(points, 0.3) - mean).abs() < 5 * error).all()


def test_refuses_noise_without_a_variance():
    with pytest.raises(ValueError, match="cauchy noise is heavy-tailed"):
        UnitNoise(LAWS["cauchy"])
