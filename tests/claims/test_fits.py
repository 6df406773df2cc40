from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduated.claims.fits import cross_validated_error, mode, monotone_fit, unimodal_fit

VALUES = st.lists(st.integers(-3, 3), min_size=3, max_size=5)
CANDIDATES = {n: np.array(list(product(range(-3, 4), repeat=n)), float) for n in (3, 4, 5)}


def squares(fit, y):
    return np.sum((fit - y) ** 2, axis=-1)


def is_monotone(fits):
    steps = np.diff(np.round(fits, 9), axis=-1)
    return (steps >= 0).all(axis=-1) | (steps <= 0).all(axis=-1)


def is_unimodal(fits):
    steps = np.sign(np.diff(np.round(fits, 9), axis=-1))
    has_fallen = np.maximum.accumulate(-steps, axis=-1) > 0
    return ~(has_fallen & (steps > 0)).any(axis=-1)


@pytest.mark.parametrize("fit, has_shape", [(monotone_fit, is_monotone), (unimodal_fit, is_unimodal)])
@settings(max_examples=60, deadline=None)
@given(values=VALUES)
def test_a_fit_has_its_shape_and_nothing_of_that_shape_is_closer(fit, has_shape, values):
    y = np.array(values, float)
    _, fitted = fit(np.arange(len(y), dtype=float), y)
    assert has_shape(fitted)
    rivals = CANDIDATES[len(y)]
    assert squares(fitted, y) <= squares(rivals[has_shape(rivals)], y).min() + 1e-9


def test_equal_places_share_their_mean():
    points, fit = monotone_fit(np.array([1.0, 1.0, 2.0]), np.array([0.0, 2.0, 5.0]))
    assert points.tolist() == [1, 2]
    assert fit.tolist() == [1, 5]


def test_the_mode_of_a_plateau_is_its_middle():
    assert mode(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 5.0, 5.0, 2.0])) == 1.5


def test_cross_validation_by_hand():
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0, 3.0])
    assert cross_validated_error("monotone", x, y) == pytest.approx((1 + 0 + 0 + 1) / 4)


def test_what_determines_the_values_predicts_better_than_what_does_not():
    generator = np.random.default_rng(1)
    x = generator.uniform(size=40)
    y = np.exp(x) + 0.01 * generator.normal(size=40)
    other = generator.permutation(x)
    assert cross_validated_error("monotone", x, y) < 0.1 * cross_validated_error("monotone", other, y)
