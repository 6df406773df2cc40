import numpy as np
import pandas as pd
import pytest

from graduated.noise.smoothing import smoothing


@pytest.mark.parametrize(
    ("learning_rate", "batch_size", "expected"),
    [(0.1, 2, 2.5298), (0.1, 8, 1.2649), (0.05, 32, 0.3162), (0.01, 8192, 0.0040), (0.5, 128, 1.5811)],
)
def test_values_of_the_papers_axis(learning_rate, batch_size, expected):
    assert smoothing(learning_rate, batch_size, 1280) == pytest.approx(expected, abs=5e-5)


def test_numbers_arrays_and_columns():
    batch_size = np.array([2, 8, 32])
    expected = 0.1 * np.sqrt(1280 / batch_size)
    np.testing.assert_allclose(smoothing(0.1, batch_size, 1280), expected)
    table = pd.DataFrame({"learning_rate": 0.1, "batch_size": batch_size}, index=list("abc"))
    column = smoothing(table["learning_rate"], table["batch_size"], 1280.0)
    pd.testing.assert_series_equal(column, pd.Series(expected, index=list("abc")))
    assert smoothing(np.array([[0.1], [0.2]]), batch_size, 1.0).shape == (2, 3)
    assert smoothing(0.0, 2, 1280) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 2, 1), "learning_rate = -0.1"),
        ((0.1, [2, 0], 1), "batch_size = 0"),
        ((0.1, 2, -1), "gradient_variance = -1"),
        ((0.1, 2, np.nan), "gradient_variance = nan"),
        ((0.1, np.inf, 1), "batch_size = inf"),
    ],
)
def test_refuses_values_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        smoothing(*arguments)
