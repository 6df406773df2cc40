import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from graduated.sharpness.neighbourhoods import neighbourhood
from graduated.sharpness.settings import AutoPGD, ReleasedSearch
from graduated.streams import stream

RADIUS = 0.5


def normal(*shape, purpose):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


@pytest.fixture
def problem():
    weights, delta, gradient = (normal(3, 7, purpose=name) for name in ("weights", "delta", "gradient"))
    return weights, 0.1 * delta, gradient, torch.tensor([0.01, 1.0, 30.0], dtype=torch.float64)


def allowed(norm, adaptive, search=ReleasedSearch):
    return search(norm=norm, adaptive=adaptive, radius=RADIUS)


@pytest.mark.parametrize("adaptive", [False, True])
def test_box_clips_a_sign_step(problem, adaptive):
    weights, delta, gradient, step = problem
    unit = weights.abs() if adaptive else torch.ones_like(weights)
    delta = delta * unit
    ahead = neighbourhood(weights, allowed("linf", adaptive)).ascend(delta, gradient, step)
    free = delta + step[:, None] * gradient.sign() * unit
    expected = free.maximum(-RADIUS * unit).minimum(RADIUS * unit)
    torch.testing.assert_close(ahead, expected)


def test_ball_rescales_a_normalised_step(problem):
    weights, delta, gradient, step = problem
    ahead = neighbourhood(weights, allowed("l2", False)).ascend(delta, gradient, step)
    free = delta + step[:, None] * gradient / gradient.norm(dim=1, keepdim=True)
    norm = free.norm(dim=1, keepdim=True)
    torch.testing.assert_close(ahead, free / norm * norm.clamp(max=RADIUS))


def test_ellipsoid_projects_to_the_nearest_point(problem):
    weights, delta, gradient, step = problem
    ahead = neighbourhood(weights, allowed("l2", True)).ascend(delta, gradient, step)
    free = delta + step[:, None] * weights.abs() * gradient / gradient.norm(dim=1, keepdim=True)
    for weight, outer, projected in zip(weights.numpy(), free.numpy(), ahead.numpy(), strict=True):
        nearest = minimize(
            lambda point, outer=outer: ((point - outer) ** 2).sum(),
            projected,
            jac=lambda point, outer=outer: 2 * (point - outer),
            constraints={"type": "ineq", "fun": lambda point, w=weight: RADIUS**2 - ((point / w) ** 2).sum()},
            options={"ftol": 1e-14, "maxiter": 1000},
        )
        np.testing.assert_allclose(projected, nearest.x, atol=1e-4)
        assert np.linalg.norm(projected / weight) < RADIUS + 1e-5


def test_ellipsoid_never_perturbs_a_weight_of_zero(problem):
    weights, delta, gradient, step = problem
    weights[:, 2], delta[:, 2] = 0, 0
    kept = [0, 1, 3, 4, 5, 6]
    gradient[:, 2] = 0
    ahead = neighbourhood(weights, allowed("l2", True)).ascend(delta, gradient, step)
    without = neighbourhood(weights[:, kept], allowed("l2", True))
    assert (ahead[:, 2] == 0).all()
    torch.testing.assert_close(ahead[:, kept], without.ascend(delta[:, kept], gradient[:, kept], step))


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_adaptive_with_unit_weights_is_not_adaptive(problem, norm):
    weights, delta, gradient, step = problem
    signs = weights.sign()
    steps = (
        neighbourhood(signs, allowed(norm, adaptive)).ascend(delta, gradient, step)
        for adaptive in (False, True)
    )
    torch.testing.assert_close(*steps, rtol=0, atol=2e-5)


def test_the_scaled_ball_is_a_ball_in_units_of_the_weights(problem):
    weights, delta, gradient, step = problem
    scale = weights.abs()
    scaled = neighbourhood(weights, allowed("l2", True, AutoPGD))
    plain = neighbourhood(weights, allowed("l2", False))
    ahead = plain.ascend(delta / scale, gradient * scale, step)
    torch.testing.assert_close(scaled.ascend(delta, gradient, step), scale * ahead)
    torch.testing.assert_close(scaled.project(delta * 9), scale * plain.project(delta * 9 / scale))


@pytest.mark.parametrize(("norm", "adaptive"), [("linf", False), ("linf", True), ("l2", False), ("l2", True)])
def test_random_perturbations_are_allowed_and_the_same_for_all_in_their_units(norm, adaptive):
    weights = normal(3, 1000, purpose="weights")
    weights[:, 5] = 0
    region = neighbourhood(weights, allowed(norm, adaptive, AutoPGD))
    start = region.random(stream(0, "start"))
    torch.testing.assert_close(region.project(start.clone()), start)
    assert not torch.equal(start, region.random(stream(1, "start")))
    unit = weights.abs() if adaptive else torch.ones_like(weights)
    assert (start[:, 5] == 0).all() == adaptive
    share = torch.where(unit > 0, start / unit, 0)
    torch.testing.assert_close(share, share[:1].expand(3, -1))
    if norm == "l2":
        torch.testing.assert_close(share.norm(dim=1), torch.full((3,), RADIUS).double())
    else:
        assert share.std() == pytest.approx(RADIUS / 3**0.5, rel=0.05)
