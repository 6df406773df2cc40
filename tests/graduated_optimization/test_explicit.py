import math

import numpy as np
import pytest
import torch

from graduated.graduated_optimization import explicit
from graduated.graduated_optimization.functions import FUNCTIONS
from graduated.graduated_optimization.levels import polynomial_levels
from graduated.streams import stream

NICE = polynomial_levels(1.0, 0.01, 51, 1.0)
LEVELS = (1.0, 0.5, 0.1)
SPHERE, RASTRIGIN = FUNCTIONS["sphere"].evaluate, FUNCTIONS["rastrigin"]


def starts(function, seeds, dimension):
    draws = [torch.rand(dimension, dtype=torch.float64, generator=stream(seed, "test")) for seed in seeds]
    return function.low + (function.high - function.low) * torch.stack(draws)


def by_central_differences(function, start, seed, levels, learning_rate, steps, draws):
    """The same algorithm, draw by draw and coordinate by coordinate."""
    x, size = start.numpy().copy(), 1e-6
    for number, smoothing in enumerate(levels):
        generator = stream(seed, "explicit graduated optimization", number)
        for _ in range(steps):
            noise = torch.randn(draws, len(x), dtype=torch.float64, generator=generator).numpy()
            gradient = np.zeros_like(x)
            for u in noise:
                for i, axis in enumerate(np.eye(len(x)) * size):
                    ends = [function(torch.from_numpy(x + smoothing * u + s * axis)).item() for s in (1, -1)]
                    gradient[i] += (ends[0] - ends[1]) / (2 * size) / draws
            x -= learning_rate * smoothing * gradient
    return x


@pytest.mark.parametrize("name", ["rastrigin", "ackley", "griewank"])
def test_a_run_is_that_of_a_plain_loop_with_central_differences(name):
    function, seeds = FUNCTIONS[name], [3, 8]
    first = starts(function, seeds, 3)
    path = explicit.minimise(function.evaluate, first, seeds, LEVELS, 0.02, steps=3, draws=4)
    for run, seed in enumerate(seeds):
        expected = by_central_differences(function.evaluate, first[run], seed, LEVELS, 0.02, 3, 4)
        np.testing.assert_allclose(path[-1, run], expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.05, 0.2, 1.0])
def test_the_gradient_tends_to_that_of_the_smoothed_function(smoothing):
    x, draws = torch.tensor([[0.3, -1.2, 2.6]], dtype=torch.float64), 200_000
    noise = torch.randn(1, draws, 3, dtype=torch.float64, generator=stream(0, "test"))
    found = explicit.smoothed_gradient(RASTRIGIN.evaluate, x, smoothing * noise)
    damping = math.exp(-2 * math.pi**2 * smoothing**2)
    expected = 2 * x + 20 * math.pi * damping * torch.sin(2 * math.pi * x)
    largest_error = 5 * (20 * math.pi + 2 * smoothing) / math.sqrt(draws)
    torch.testing.assert_close(found, expected, atol=largest_error, rtol=0)


def test_without_noise_it_is_gradient_descent_with_steps_that_shrink_as_the_levels():
    first = starts(FUNCTIONS["sphere"], [0], 4)
    path = explicit.minimise(SPHERE, first, [0], LEVELS, 0.1, steps=2, draws=1, std=0.0)
    shrinking = np.cumprod([(1 - 2 * 0.1 * level) ** 2 for level in LEVELS])
    torch.testing.assert_close(path[:, 0], torch.tensor(shrinking)[:, None] * first)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("draws", [1, 7])
def test_a_run_is_the_same_to_the_last_bit_whatever_is_run_beside_it(name, draws, monkeypatch):
    function, seeds = FUNCTIONS[name], list(range(11))
    first = starts(function, seeds, 13)
    options = {"steps": 2, "draws": draws}
    rest = LEVELS, function.learning_rate
    together = explicit.minimise(function.evaluate, first, seeds, *rest, **options)
    for run in (0, 4, 10):
        alone = explicit.minimise(function.evaluate, first[[run]], [run], *rest, **options)
        assert torch.equal(together[:, [run]], alone)
    monkeypatch.setattr(explicit, "_GROUP", 3 * draws * 13)
    assert torch.equal(together, explicit.minimise(function.evaluate, first, seeds, *rest, **options))


def test_seeds_draw_noise_of_their_own():
    first = starts(RASTRIGIN, [0], 5).repeat(2, 1)
    path = explicit.minimise(RASTRIGIN.evaluate, first, [0, 1], LEVELS, 0.01, steps=1, draws=2)
    assert not torch.isclose(path[0, 0], path[0, 1]).any()


def test_rastrigin_ends_where_the_released_script_does():
    seeds = range(3)
    first = starts(RASTRIGIN, seeds, 50)
    path = explicit.minimise(RASTRIGIN.evaluate, first, seeds, NICE, RASTRIGIN.learning_rate)
    assert (path[-1].abs() < 0.5).all()
    np.testing.assert_allclose(RASTRIGIN.evaluate(path[-1]), 0.00238, rtol=0.5)
    steps, error = 20, 0.01 * math.sqrt(20 * ((20 * math.pi) ** 2 / 2 + 4) / 100)
    parabola = (1 - 2 * 0.01) ** steps * first  # at δ = 1 nothing is left of the cosine
    torch.testing.assert_close(path[0], parabola, atol=5 * error, rtol=0)


@pytest.mark.parametrize(
    ("first", "seeds", "options", "message"),
    [
        (torch.zeros(2, 3), [0], {}, r"starts of shape \(2, 3\): expected \[1, D\]"),
        (torch.zeros(3), [0, 1, 2], {}, r"starts of shape \(3,\)"),
        (torch.zeros(1, 3), [0], {"draws": 0}, "draws = 0: expected at least 1"),
        (torch.zeros(1, 3), [0], {"steps": 0}, "steps = 0"),
    ],
)
def test_what_makes_no_sense_is_refused(first, seeds, options, message):
    with pytest.raises(ValueError, match=message):
        explicit.minimise(SPHERE, first, seeds, LEVELS, 0.1, **options)
