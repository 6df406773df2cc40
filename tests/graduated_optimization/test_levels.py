from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.graduated_optimization.levels import (
    decaying_levels,
    geometric_levels,
    halving_levels,
    polynomial_levels,
)


def test_sequence_of_the_released_code():
    levels = polynomial_levels(1.0, 0.01, 51, 1.0)
    assert len(levels) == 51
    assert levels[:2] == pytest.approx((1.0, 0.98039), abs=5e-6)
    assert levels[-2:] == pytest.approx((0.03922, 0.01), abs=5e-6)


@given(st.integers(3, 60), st.floats(0.1, 1.0), st.floats(0.5, 20.0))
def test_polynomial_levels_follow_the_papers_factors(levels, power, first):
    values = polynomial_levels(first, 1e-6, levels, power)
    last = levels - 1
    for m, (earlier, later) in enumerate(pairwise(values[:-1])):
        assert later / earlier == pytest.approx(((last - m) / (last - m + 1)) ** power)


def test_equal_ratios():
    assert halving_levels(2.0, 4) == (2.0, 1.0, 0.5, 0.25)
    assert decaying_levels(1.0, 0.1, 3) == pytest.approx((1.0, 0.1, 0.01))
    assert geometric_levels(1.0, 0.01, 5) == pytest.approx((1.0, 10**-0.5, 0.1, 10**-1.5, 0.01))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: halving_levels(0.0, 3), "first = 0.0"),
        (lambda: halving_levels(1.0, 0), "levels = 0"),
        (lambda: decaying_levels(1.0, 1.0, 3), "decay = 1.0"),
        (lambda: geometric_levels(1.0, 2.0, 3), "each less than the one before"),
        (lambda: geometric_levels(1.0, 0.5, 1), "levels = 1"),
        (lambda: geometric_levels(float("nan"), 0.5, 3), "first = nan"),
        (lambda: polynomial_levels(1.0, 0.1, 3, 0.0), "power = 0.0"),
        (lambda: polynomial_levels(1.0, 0.5, 51, 1.0), "each less than the one before"),
    ],
)
def test_refuses_levels_that_are_none(make, message):
    with pytest.raises(ValueError, match=message):
        make()
