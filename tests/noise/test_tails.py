import numpy as np
import pytest
from scipy import stats

from graduated.noise.tails import (
    UNBOUNDED,
    block_index,
    excess_kurtosis,
    hill_index,
    pooled_block_index,
)


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("index", [0.8, 2.0, 5.0])
def test_hill_finds_the_exponent_of_a_power_law(index):
    values = generator(1).pareto(index, (400, 20)) + 1
    found = hill_index(values * generator(2).choice([-1, 1], values.shape), 0.1, generator())
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(index, rel=4 / np.sqrt(800))
    assert (found.high - found.low) / found.value == pytest.approx(2 * 1.96 / np.sqrt(800), rel=0.3)


def test_hill_is_the_mean_excess_of_the_logarithms_over_the_threshold():
    values = np.array([[8.0, 1.0], [-4.0, 0.5], [2.0, 0.25], [1.0, 0.1]])
    found = hill_index(values, 3 / 8, generator())
    assert found.value == pytest.approx(3 / (np.log(8) + np.log(4) + np.log(2)))


def test_an_index_interval_covers_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(100):
        found = hill_index(generator(seed).pareto(2, (200, 4)) + 1, 0.2, generator(seed))
        hits += found.low <= 2 <= found.high
    assert stats.binomtest(hits, 100, 0.95).pvalue > 1e-3


def test_dependent_columns_widen_the_interval():
    rows = generator().pareto(2, (300, 1)) + 1
    alone, copied = (hill_index(np.tile(rows, times), 0.1, generator()) for times in (1, 16))
    assert copied.high - copied.low > 0.7 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("law", "expected"), [(stats.norm, 0), (stats.laplace, 3), (stats.uniform(-1, 2), -1.2)]
)
def test_excess_kurtosis_of_known_laws(law, expected):
    found = excess_kurtosis(law.rvs(size=(500, 20), random_state=generator()), generator())
    assert found.low < expected < found.high
    assert found.high - found.low < 2.5


@pytest.mark.parametrize("estimator", [block_index, pooled_block_index])
@pytest.mark.parametrize(
    ("law", "index"), [(stats.norm, 2), (stats.cauchy, 1), (stats.levy_stable(1.5, 0), 1.5)]
)
def test_block_estimators_find_the_index_of_stable_laws(estimator, law, index):
    found = estimator(law.rvs(size=(400, 49), random_state=generator()))
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(index, abs=0.12)


def test_block_estimators_take_students_t_for_a_stable_law_and_hill_does_not():
    values = stats.t(3).rvs(size=(400, 64), random_state=generator())
    assert block_index(values).high < 2
    assert hill_index(values, 0.02, generator()).value == pytest.approx(3, abs=0.3)


def test_pooling_normal_coordinates_of_unequal_scales_looks_heavy_tailed():
    scales = np.exp(2 * generator(1).normal(size=256))
    values = generator().normal(size=(300, 256)) * scales
    assert pooled_block_index(values).high < 1.8
    assert hill_index(values, 0.05, generator()).value < 2
    assert block_index(values / values.std(0)).value == pytest.approx(2, abs=0.1)


def test_a_sample_without_a_tail_has_an_unbounded_index():
    values = np.ones((60, 1))
    values[0] = 2
    found = hill_index(values, 1 / 60, generator())
    assert found.value == pytest.approx(1 / np.log(2)) and found.high == UNBOUNDED


def test_zeros_are_no_obstacle():
    values = generator().normal(size=(100, 20))
    values[:, 0] = 0
    assert 1 < pooled_block_index(values).value < 3
