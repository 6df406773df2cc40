import niapy.problems
import numpy as np
import pytest
import torch

from graduated.graduated_optimization.functions import FUNCTIONS

DIMENSION = 50

WAVES = np.stack([np.sin(1.7 * np.arange(1, 51)), 5 * np.cos(0.9 * np.arange(1, 51) + 1)])

RELEASED = {
    "ackley": (4.0972896879720295, 11.601191644699188),
    "alpine1": (22.085114310833127, 130.58623559912502),
    "drop_wave": (0.996013195892472, 0.999052724484231),
    "ellipsoid": (626.3459381540343, 15547.369402627775),
    "griewank": (0.764228101487453, 1.1538274721506223),
    "happycat": (3.0014085031200484, 11.486807438673287),
    "hgbat": (25.780430542680243, 621.9169579765426),
    "modified_ridge": (3.7403785624862858, 5.4161938649286245),
    "rastrigin": (409.5355755090404, 1023.6077599783639),
    "rosenbrock": (4413.205965024565, 1207358.1174332085),
    "rotated_ellipsoid": (650.0188796372216, 15833.434916482682),
    "salomon": (0.5004088247883913, 3.139202119271375),
    "schaffer_f7": (1.5054996300106727, 7.668370533950557),
    "schwefel": (20948.381903152713, 20949.625516008742),
    "schwefel221": (0.9997929001426692, 4.965924593790963),
    "sphere": (25.02676113316188, 615.3098886100091),
}
"""Of the authors' functions.py (commit 1849b3a) at the two points of WAVES."""

LIBRARY = {
    "ackley": "Ackley",
    "ellipsoid": "SumSquares",
    "griewank": "Griewank",
    "hgbat": "HGBat",
    "rastrigin": "Rastrigin",
    "rosenbrock": "Rosenbrock",
    "rotated_ellipsoid": "Sphere3",
    "salomon": "Salomon",
    "schwefel": "Schwefel",
    "schwefel221": "Schwefel221",
    "sphere": "Sphere",
}
"""Those of the same form in niapy."""

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def points_in_box(name, number, dimension=DIMENSION, seed=0):
    function = FUNCTIONS[name]
    share = torch.rand(number, dimension, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return function.low + (function.high - function.low) * share


@every_function
def test_values_are_those_of_the_released_code(name):
    values = FUNCTIONS[name].evaluate(torch.from_numpy(WAVES))
    np.testing.assert_allclose(values, RELEASED[name], rtol=1e-12)


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("dimension", [2, 7, DIMENSION])
def test_values_are_those_of_a_library(name, dimension):
    problem = getattr(niapy.problems, LIBRARY[name])(dimension=dimension)
    points = points_in_box(name, 20, dimension)
    expected = [problem.evaluate(point) for point in points.numpy()]
    np.testing.assert_allclose(FUNCTIONS[name].evaluate(points), expected, rtol=1e-10)


@every_function
@pytest.mark.parametrize("dimension", [2, 5, DIMENSION])
def test_the_minimum_is_at_the_minimiser_and_nowhere_undercut_in_the_box(name, dimension):
    function = FUNCTIONS[name]
    minimiser = torch.full((dimension,), float(function.minimiser), dtype=torch.float64)
    assert function.evaluate(minimiser).item() == pytest.approx(function.minimum, abs=1e-9)
    far, radii = points_in_box(name, 200, dimension), torch.logspace(-6, 0, 200, dtype=torch.float64)
    near = minimiser + radii[:, None] * torch.sin(
        torch.outer(torch.arange(200.0), torch.arange(1.0, dimension + 1))
    )
    near = near.clamp(function.low, function.high)
    assert (function.evaluate(torch.cat([far, near])) > function.minimum - 1e-9).all()


@every_function
def test_gradients_are_those_of_central_differences(name):
    points = points_in_box(name, 3, 4, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(FUNCTIONS[name].evaluate, points, eps=1e-7, atol=1e-3, rtol=1e-4)


@every_function
def test_batches_of_any_shape_give_the_values_of_their_points(name):
    points = points_in_box(name, 12, 5).reshape(2, 3, 2, 5)
    values = FUNCTIONS[name].evaluate(points)
    assert values.shape == (2, 3, 2)
    torch.testing.assert_close(values[1, 2, 0], FUNCTIONS[name].evaluate(points[1, 2, 0]))


def test_schwefel_is_lower_outside_its_box_than_at_its_minimum():
    beyond = torch.full((DIMENSION,), -559.15, dtype=torch.float64)
    assert FUNCTIONS["schwefel"].evaluate(beyond) < FUNCTIONS["schwefel"].minimum - 1000
