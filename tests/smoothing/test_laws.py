import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from graduated.smoothing.laws import HEAVY, LAWS, LIGHT, UNIT_BALL, ball, scaled_gaussian
from graduated.streams import stream

EVERY = [*LAWS.values(), UNIT_BALL]
LIGHT_TAILED = [law for law in EVERY if law.tail == LIGHT]


def named(law) -> str:
    return law.name


@pytest.mark.parametrize("law", EVERY, ids=named)
def test_samples_follow_the_distribution(law):
    sample = law.sample((200, 100), stream(0, law.name))
    assert sample.shape == (200, 100) and sample.dtype == torch.float64
    assert stats.kstest(sample.flatten().numpy(), law.distribution.cdf).pvalue > 1e-3


@pytest.mark.parametrize("law", EVERY, ids=named)
def test_the_quantile_function_inverts_scipys_distribution_function(law):
    probability = np.array([1e-12, 1e-3, 0.1, 0.5, 0.9, 0.999])
    values = law.quantile(torch.from_numpy(probability)).numpy()
    np.testing.assert_allclose(law.distribution.cdf(values), probability, rtol=1e-9, atol=1e-15)


def test_the_pareto_law_is_numpys_shifted_by_one():
    ours = LAWS["pareto"].sample((5000,), stream(0, "pareto")).numpy()
    assert stats.ks_2samp(ours, np.random.default_rng(0).pareto(1.0, 5000) + 1).pvalue > 1e-3


@pytest.mark.parametrize("law", LIGHT_TAILED, ids=named)
def test_moments_and_characteristic_function_are_integrals_of_the_density(law):
    low, high = law.distribution.ppf(1e-16), law.distribution.isf(1e-16)

    def expectation(function) -> float:
        points = [0.0] if low < 0 < high else None
        return integrate.quad(
            lambda u: function(u) * law.distribution.pdf(u), low, high, points=points, limit=200
        )[0]

    assert law.mean == pytest.approx(expectation(lambda u: u), abs=1e-8)
    assert law.second_moment == pytest.approx(expectation(np.square), rel=1e-8)
    assert law.mean_absolute == pytest.approx(expectation(abs), rel=1e-8)
    for t in (0.0, 0.7, -3.0):
        wave = expectation(lambda u, t=t: math.cos(t * u)) + 1j * expectation(lambda u, t=t: math.sin(t * u))
        assert law.characteristic(torch.tensor(t)).item() == pytest.approx(wave, abs=1e-7)


@pytest.mark.parametrize("name", ["cauchy", "levy", "pareto"])
def test_heavy_tails_have_no_moments_but_a_characteristic_function(name):
    law = LAWS[name]
    assert law.tail == HEAVY and not math.isfinite(law.mean)
    assert law.second_moment == law.mean_absolute == math.inf
    frequency = torch.tensor([0.0, 0.3, -2.0, 9.0], dtype=torch.float64)
    waves = torch.exp(1j * frequency * law.sample((100_000, 1), stream(0, name)))
    error = torch.sqrt(waves.real.var(0) + waves.imag.var(0)) / math.sqrt(len(waves))
    distance = (waves.mean(0) - law.characteristic(frequency)).abs()
    assert (distance <= 4.5 * error).all()


@pytest.mark.parametrize("dimension", [1, 3, 50])
def test_noise_in_many_dimensions_has_the_norm_that_the_papers_assume(dimension):
    inside = torch.linalg.vector_norm(ball((20_000, dimension), stream(0, "ball")), dim=-1)
    assert inside.max() <= 1
    assert stats.kstest(inside.numpy() ** dimension, stats.uniform.cdf).pvalue > 1e-3
    gaussian = scaled_gaussian((20_000, dimension), stream(0, "gaussian"))
    squares = gaussian.square().sum(-1) * dimension
    assert stats.kstest(squares.numpy(), stats.chi2(dimension).cdf).pvalue > 1e-3


def test_directions_in_the_ball_are_uniform():
    draws = ball((20_000, 3), stream(1, "ball"))
    heights = (draws / torch.linalg.vector_norm(draws, dim=-1, keepdim=True)).numpy()
    for coordinate in heights.T:  # Archimedes: a coordinate of a uniform point on the sphere is uniform
        assert stats.kstest(coordinate, stats.uniform(-1, 2).cdf).pvalue > 1e-3
