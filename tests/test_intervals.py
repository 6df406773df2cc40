import numpy as np
import pytest
from scipy import stats

from graduated.intervals import mean_interval, median_interval
from graduated.proportions import difference_interval, share_interval


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_interval_of_a_mean_is_that_of_scipys_t_test(level):
    values = np.random.default_rng(0).normal(3, 2, 30)
    expected = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert mean_interval(values, level) == pytest.approx((values.mean(), expected.low, expected.high))


def test_the_interval_of_a_median_is_between_order_statistics():
    assert stats.binom.cdf(1, 10, 0.5) < 0.025 < stats.binom.cdf(2, 10, 0.5)
    assert median_interval([7, 1, 9, 3, 5, 2, 8, 4, 10, 6]) == (5.5, 2, 9)


def test_equal_numbers_have_an_interval_without_width():
    assert mean_interval([2.0, 2.0]) == (2, 2, 2)


def test_the_interval_of_a_share_is_exact():
    assert share_interval(0, 20) == pytest.approx((0, 1 - 0.025 ** (1 / 20)))
    exact = stats.binomtest(7, 20).proportion_ci(method="exact")
    assert share_interval(7, 20) == pytest.approx((exact.low, exact.high))


def test_the_interval_of_a_difference_is_newcombes():
    assert difference_interval(9, 3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)  # Newcombe (1998)
