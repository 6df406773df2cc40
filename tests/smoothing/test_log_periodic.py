import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from graduated.smoothing.log_periodic import REACH, LogPeriodic

NICE = LogPeriodic()


def by_quadrature(x, smoothing):
    """Return E f(x − δu) with SciPy, the range cut where f is not analytic."""

    def integrand(u):
        y = x - smoothing * u
        wave = math.cos(12 * math.log(abs(y))) if y else 0.0
        return y * y * (1 + 0.25 * wave) * math.exp(-u * u / 2) / math.sqrt(2 * math.pi)

    cuts = sorted({-9.0, min(max(x / smoothing, -9.0), 9.0), 9.0})
    parts = pairwise(cuts)
    return sum(integrate.quad(integrand, *part, limit=1000)[0] for part in parts)


@pytest.mark.parametrize(("x", "smoothing"), [(1.3, 0.5), (-0.01, 0.2), (2.0, 0.7), (0.37, 0.05), (0.0, 1.0)])
def test_smoothed_function_by_quadrature(x, smoothing):
    point = torch.tensor([[x]], dtype=torch.float64)
    assert NICE.smoothed(point, smoothing).item() == pytest.approx(by_quadrature(x, smoothing), rel=1e-8)


def test_gradients_are_derivatives():
    points = torch.linspace(-3, 3, 41, dtype=torch.float64)[:, None].requires_grad_()
    (expected,) = torch.autograd.grad(NICE.value(points).sum(), points)
    torch.testing.assert_close(NICE.gradient(points.detach()), expected)
    points, step = points.detach(), 1e-5
    for smoothing in (0.4, 1.0):
        difference = NICE.smoothed(points + step, smoothing) - NICE.smoothed(points - step, smoothing)
        found = NICE.smoothed_gradient(points, smoothing).squeeze(1)
        torch.testing.assert_close(found, difference / (2 * step), atol=1e-7, rtol=1e-7)


def test_is_a_sum_over_coordinates():
    points = torch.tensor([[0.3, -1.2, 0.0]], dtype=torch.float64)
    for function in (NICE.value, lambda point: NICE.smoothed(point, 0.5)):
        torch.testing.assert_close(function(points), function(points.T).sum()[None])


def test_constants_bound_the_derivatives_and_are_attained():
    points = torch.linspace(0.1, 5, 20_001, dtype=torch.float64)[:, None]
    slope = NICE.gradient(points)
    curvature = (slope.diff(dim=0) / points.diff(dim=0)).abs().max().item()
    assert slope.abs().max().item() <= NICE.lipschitz(5.0)
    assert NICE.lipschitz(5.0) < 1.3 * slope.abs().max().item()
    assert NICE.smoothness == pytest.approx(curvature, rel=1e-3)


def test_has_local_minima():
    slope = NICE.gradient(torch.linspace(0.5, 5, 10_001, dtype=torch.float64)[:, None])
    assert ((slope[:-1] < 0) & (slope[1:] > 0)).sum() >= 3


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 10.0), st.floats(0.0, 3.0))
def test_is_strongly_convex_within_three_smoothings(smoothing, distance):
    points = smoothing * torch.tensor([[distance], [distance + 1e-4]], dtype=torch.float64)
    slopes = NICE.smoothed_gradient(points, smoothing)
    curvature = ((slopes[1] - slopes[0]) / (points[1] - points[0])).item()
    lowest, highest = (float(end) for end in NICE.curvature_range(np.array(distance + 5e-5)))
    assert lowest - 1e-5 <= curvature <= highest + 1e-5
    assert curvature >= NICE.strong_convexity - 1e-3
    assert NICE.strong_convexity > 1


def test_refuses_points_out_of_reach():
    with pytest.raises(ValueError, match=f"expected at most {REACH:g} δ"):
        NICE.smoothed_gradient(torch.tensor([[5.0]], dtype=torch.float64), 0.1)
