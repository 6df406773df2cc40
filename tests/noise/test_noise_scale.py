import numpy as np
import pytest
import torch
from torch import nn

from graduated.noise.noise_scale import per_sample_noise_scale, scale_of
from graduated.noise.per_sample import gradient_variance
from graduated.streams import stream


class Quadratic(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, inputs):
        return self.weights - inputs


def half_square(outputs, targets):
    return 0.5 * outputs.square().sum() / len(targets)


def measured(centres, distance=0.5, chunk_size=64):
    batches = [(centres, torch.zeros(len(centres)))]
    weights = torch.full(centres.shape[1:], distance, dtype=centres.dtype)
    return per_sample_noise_scale(Quadratic(weights), batches, chunk_size, half_square)


def test_quadratic_has_its_closed_form():
    centres = torch.randn(50, 6, generator=stream(0, "centres"), dtype=torch.float64)
    found = measured(centres)
    square = (0.5 - centres.mean(0)).square().sum().item()
    assert found.gradient_variance == pytest.approx(centres.var(0).sum().item())
    assert found.squared_gradient_norm == pytest.approx(square)
    assert found.noise_scale == pytest.approx(found.gradient_variance / square)
    assert found.averaged == 50


def test_intervals_cover_as_often_as_they_say():
    """Centres of variance 1 in 4 dimensions, from w = 0.5: C² = 4, ‖∇f‖² = 1 + 4/n, B = 4."""
    inside, repetitions = np.zeros(3), 300
    for number in range(repetitions):
        centres = torch.randn(400, 4, generator=stream(number, "centres"), dtype=torch.float64)
        found = measured(centres, chunk_size=400)
        intervals = (
            found.gradient_variance_interval,
            found.squared_gradient_norm_interval,
            found.noise_scale_interval,
        )
        inside += [low < value < high for (low, high), value in zip(intervals, (4, 1, 4), strict=True)]
    assert (inside / repetitions > 0.91).all() and (inside / repetitions < 0.98).all()


def test_variance_and_its_interval_are_those_of_the_variance_alone():
    network, batches = (
        nn.Linear(3, 2).double(),
        [(torch.randn(200, 3, generator=stream(0, "inputs")).double(), torch.arange(200) % 2)],
    )
    found, variance = per_sample_noise_scale(network, batches), gradient_variance(network, batches)
    assert found.gradient_variance == pytest.approx(variance.value)
    assert found.gradient_variance_interval == pytest.approx(variance.interval(), rel=0.01)


@pytest.mark.parametrize("chunk_size", [1, 7])
def test_chunks_do_not_matter(chunk_size):
    centres = torch.randn(20, 3, generator=stream(0, "centres"), dtype=torch.float64)
    parts, whole = measured(centres, chunk_size=chunk_size), measured(centres)
    assert parts.noise_scale_interval == pytest.approx(whole.noise_scale_interval)


def test_refuses_too_little_and_what_is_not_finite():
    with pytest.raises(ValueError, match="1 sample"):
        measured(torch.zeros(1, 3))
    with pytest.raises(ValueError, match="1 and 1 estimates"):
        scale_of(np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="level = 1"):
        scale_of(np.ones(2), np.ones(2), 1)
    with pytest.raises(ValueError, match="not finite"):
        measured(torch.full((5, 3), torch.inf))


@pytest.mark.gpu
def test_a_gpu_measures_the_same():
    network, inputs = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2)).double(), torch.rand(90, 3)
    batches = [(inputs.double(), torch.arange(90) % 2)]
    here = per_sample_noise_scale(network, batches)
    there = per_sample_noise_scale(network.to("cuda"), batches)
    for name in ("gradient_variance", "squared_gradient_norm", "noise_scale"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-9)
