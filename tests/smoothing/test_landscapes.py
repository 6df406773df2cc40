import pytest
import torch

from graduated.smoothing.landscapes import LANDSCAPES


@pytest.mark.parametrize("landscape", LANDSCAPES.values(), ids=lambda landscape: landscape.name)
@pytest.mark.parametrize("dimension", [1, 2])
def test_nothing_on_a_grid_of_the_box_lies_below_the_minimum(landscape, dimension):
    axis = torch.linspace(
        landscape.lower, landscape.upper, 1001 if dimension == 1 else 201, dtype=torch.float64
    )
    grid = torch.cartesian_prod(*[axis] * dimension).reshape(-1, dimension)
    lowest = torch.full((dimension,), landscape.minimiser, dtype=torch.float64)
    assert landscape.function(lowest).item() == pytest.approx(landscape.minimum, abs=1e-12)
    values = landscape.function(grid)
    assert values.shape == grid.shape[:-1] and values.min() >= landscape.minimum - 1e-12


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("rastrigin", 0.5, 20.25),
        ("rastrigin", 1.0, 1.0),
        ("drop_wave", 0.5, -0.9412),
        ("drop_wave", 1.0, -0.8),
        ("drop_wave", 5.0, -0.1379),
        ("sphere", 3.0, 9.0),
        ("negative_logarithm", 0.1, 2.302585),
    ],
)
def test_published_values_in_one_dimension(name, x, expected):
    value = LANDSCAPES[name].function(torch.tensor([x], dtype=torch.float64))
    assert value.item() == pytest.approx(expected, abs=5e-5)
