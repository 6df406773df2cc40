"""The spectrum of a Hessian by Lanczos quadrature, against all eigenvalues of the explicit matrix."""

import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from curvlinops import lanczos_approximate_spectrum
from scipy import stats
from torch import nn

from graduated.sharpness.hessian import hessian_operator
from graduated.sharpness.objective import Objective, stacked
from graduated.sharpness.spectrum import KAPPA, MARGIN, lanczos_spectrum
from graduated.streams import stream, stream_seed

STEPS, DRAWS, POINTS = 30, 80, 400


@pytest.fixture(scope="module")
def hessian():
    generator = stream(0, "data")
    network = nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Tanh(), nn.Linear(5, 3)).double()
    for tensor in network.parameters():
        tensor.data.copy_(torch.randn(tensor.shape, generator=generator))
    inputs = torch.randn(24, 6, generator=generator, dtype=torch.float64)
    parameters, outputs = stacked(network)
    return hessian_operator(
        Objective(outputs, parameters, loss=F.cross_entropy), [(inputs, torch.arange(24) % 3)]
    )


@pytest.fixture(scope="module")
def matrix(hessian):
    """The explicit matrix, whose products are quicker than the operator's."""
    matrix = hessian @ torch.eye(hessian.shape[0], dtype=torch.float64)
    torch.testing.assert_close(matrix, matrix.T)
    return matrix


@pytest.fixture(scope="module")
def eigenvalues(matrix):
    return torch.linalg.eigvalsh(matrix)


@pytest.fixture(scope="module")
def spectrum(matrix):
    return lanczos_spectrum(matrix, STEPS, DRAWS, POINTS)


def test_the_density_is_that_of_the_eigenvalues_each_blurred(spectrum, eigenvalues):
    low, high = spectrum.eigenvalues[0].item(), spectrum.eigenvalues[-1].item()
    margin = MARGIN * (eigenvalues[-1] - eigenvalues[0]).item()
    ends = eigenvalues[0].item() - margin, eigenvalues[-1].item() + margin
    assert (low, high) == pytest.approx(ends, rel=1e-4)
    width = (high - low) / 2 * 2 / (STEPS - 1) / math.sqrt(8 * math.log(KAPPA))
    grid = spectrum.eigenvalues.numpy()
    exact = stats.norm.cdf((grid[:, None] - eigenvalues.numpy()) / width).mean(1)
    found = torch.cumulative_trapezoid(spectrum.density, spectrum.eigenvalues).numpy()
    assert found[-1] == pytest.approx(1, abs=0.01)
    assert abs(found - exact[1:]).max() < 0.04


def test_ends_and_moments_are_those_of_the_eigenvalues(spectrum, eigenvalues):
    assert spectrum.top == pytest.approx(eigenvalues[-1].item())
    assert spectrum.bottom == pytest.approx(eigenvalues[0].item())
    torch.testing.assert_close(spectrum.weights.sum(1), torch.ones(DRAWS, dtype=torch.float64))
    number, spread = len(eigenvalues), eigenvalues.var(correction=0)
    moments = (spectrum.weights * spectrum.nodes).sum(1)  # vᵀHv of random unit vectors v: mean tr H / P
    error = (2 * spread / (number + 2)).sqrt() / math.sqrt(DRAWS)
    assert abs(moments.mean() - eigenvalues.mean()) < 4 * error
    assert moments.std().item() / math.sqrt(DRAWS) == pytest.approx(error.item(), rel=0.3)
    exact = -eigenvalues.clamp(max=0).sum() / eigenvalues.abs().sum()
    assert 0.02 < exact < 0.45
    assert spectrum.negative_share == pytest.approx(exact.item(), abs=0.03)


def test_it_is_curvlinops_own_density(hessian):
    found = lanczos_spectrum(hessian, 10, 3, 64, seed=7)
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed(7, "sharpness/spectrum"))
        ends = found.bottom, found.top
        expected = lanczos_approximate_spectrum(hessian, 10, 64, 3, boundaries=ends)
    torch.testing.assert_close((found.eigenvalues, found.density), expected)


def test_the_same_seed_gives_the_same_bytes_and_leaves_the_global_generator_alone(hessian):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (lanczos_spectrum(hessian, 8, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.density, again.density) and torch.equal(first.nodes, again.nodes)
    assert not torch.equal(first.nodes, other.nodes)
    assert torch.equal(torch.get_rng_state(), before)


def test_as_many_steps_as_parameters_are_refused(hessian):
    number = hessian.shape[0]
    message = f"^spectrum steps: expected fewer than the network's {number} parameters, got {number}$"
    with pytest.raises(ValueError, match=message):
        lanczos_spectrum(hessian, number)
