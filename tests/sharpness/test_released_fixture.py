"""Twelve values computed by the released code itself on a network of 51 parameters."""

import math

import pytest
import torch
from torch import nn

from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.released import checkpoints
from graduated.sharpness.settings import ReleasedSearch

# norm, adaptive, normalised logits, ρ, loss increase (float64), error increase, largest ‖Δ‖₂
ROWS = [
    ("linf", False, False, 0.0002, 0.0008124915162, 0, 0.0014282843),
    ("linf", False, False, 0.01, 0.04165380688, 0, 0.071414216),
    ("linf", False, True, 0.0002, 0.000627998994, 0, 0.0014282843),
    ("linf", False, True, 0.1, 0.3848170643, 0.25, 0.6104546),
    ("linf", True, False, 0.01, 0.01946299086, 0, 0.040868885),
    ("linf", True, False, 0.1, 0.2144094788, 0.09375, 0.40868885),
    ("linf", True, True, 0.01, 0.01581007108, 0.03125, 0.040868885),
    ("l2", False, False, 0.05, 0.03701967575, 0, 0.049999952),
    ("l2", False, False, 0.5, 0.4700537999, 0.0625, 0.49999929),
    ("l2", True, False, 0.05, 0.01827487525, 0, 0.03794875),
    ("l2", False, True, 0.5, 0.4269582401, 0.25, 0.4990742),
    ("l2", True, True, 0.5, 0.1816708326, 0.125, 0.36733428),
]
FLIPS_IN_FLOAT32 = ROWS[10]


def measure(row, dtype, device="cpu"):
    network = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).to(device, dtype)
    for k, tensor in enumerate(network.state_dict().values()):
        element = torch.arange(1, tensor.numel() + 1, dtype=torch.float64)
        tensor.copy_(0.8 * torch.sin(1.7 * element + k).view(tensor.shape))
    element = torch.arange(128, dtype=torch.float64)
    inputs = torch.cos(0.37 * element**2 / 7 + 0.11 * element).view(32, 4).to(device, dtype)
    targets = torch.arange(32, device=device) % 3
    options = dict(zip(("norm", "adaptive", "normalise_logits", "radius"), row[:4], strict=True))
    settings = ReleasedSearch(samples=32, batch_size=16, **options)
    return network_sharpness(network, [(inputs, targets)], settings)


@pytest.mark.parametrize("row", ROWS)
def test_float64(row):
    result = measure(row, torch.float64)
    assert result.sharpness.tolist() == pytest.approx([row[4]], rel=1e-9)
    assert result.error_increase.tolist() == [row[5]]
    assert result.perturbation_norm.tolist() == pytest.approx([row[6]], rel=2e-8)
    if not row[2]:
        assert result.clean_loss.item() == pytest.approx(
            (1.205728082269849 + 1.2087602493913676) / 2, rel=1e-14
        )


@pytest.mark.parametrize("row", ROWS)
def test_float32(row):
    result = measure(row, torch.float32)
    tolerance = 2e-7 if row[3] < 0.01 else 1e-6
    if row is FLIPS_IN_FLOAT32:
        tolerance = 2e-3
    assert result.sharpness.item() == pytest.approx(row[4], abs=tolerance)
    assert result.error_increase.item() == row[5]
    assert result.perturbation_norm.item() == pytest.approx(row[6], rel=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("row", ROWS)
def test_float64_on_a_gpu(row):
    assert measure(row, torch.float64, "cuda").sharpness.item() == pytest.approx(row[4], rel=1e-8)


def test_checkpoints_of_twenty_steps_and_of_few():
    assert checkpoints(20) == (5, 9, 12, 15, 16, 18, 19)
    assert [checkpoints(steps) for steps in (1, 2, 5)] == [(), (1,), (2, 3)]


@pytest.mark.parametrize("steps", [40, 100, 1000])
def test_checkpoints_are_the_published_ones_but_for_rounding(steps):
    percent, gap = [22], 22
    while percent[-1] < 93:
        gap = max(gap - 3, 6)
        percent.append(percent[-1] + gap)
    exact = [math.ceil(share * steps / 100) for share in percent]
    assert all(found - step in (0, 1) for found, step in zip(checkpoints(steps), exact, strict=False))
    assert len(checkpoints(steps)) >= len(exact)
