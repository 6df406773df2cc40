import numpy as np
import pytest
from scipy import stats

from graduated.claims.regions import Region

SAMPLE = [0.9, 1.1, 1.3, 0.8]


@pytest.mark.parametrize("text", ["above 0.5", "below -1", "within -0.3 0.3", "outside -1 0"])
def test_a_region_reads_back_as_it_was_written(text):
    assert str(Region.parse(text)) == text


@pytest.mark.parametrize("text", ["", "over 1", "above", "above 1 2", "within 1", "within 2 1", "below x"])
def test_what_is_no_region_is_refused(text):
    with pytest.raises(ValueError, match="expected above x"):
        Region.parse(text)


def t_statistic(bound):
    return (np.mean(SAMPLE) - bound) / (np.std(SAMPLE, ddof=1) / 2)


def test_p_values_are_those_of_student():
    above = stats.t.sf(t_statistic(0.5), 3)
    assert Region.parse("above 0.5").p_value(SAMPLE) == pytest.approx(above)
    assert Region.parse("below 0.5").p_value(SAMPLE) == pytest.approx(1 - above)


def test_within_needs_both_bounds_and_outside_one():
    low, high = stats.t.sf(t_statistic(0.5), 3), stats.t.cdf(t_statistic(1.2), 3)
    assert Region.parse("within 0.5 1.2").p_value(SAMPLE) == pytest.approx(max(low, high))
    assert Region.parse("outside 1.2 3").p_value(SAMPLE) == pytest.approx(2 * high)


def test_equal_numbers_are_beyond_a_bound_or_not():
    assert Region.parse("above 0").p_value([1.0, 1.0, 1.0]) == 0
    assert Region.parse("above 0").p_value([1.0, 1.0 + 1e-15, 1.0]) == 0
    assert Region.parse("above 1").p_value([1.0, 1.0, 1.0]) == 1


def test_false_alarms_are_as_rare_as_they_should_be():
    generator = np.random.default_rng(0)
    p_values = [Region.parse("above 0").p_value(generator.normal(0, 1, 5)) for _ in range(2000)]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize(
    "text, missed, met",
    [
        ("above 1", (0, 1), (0, 1.5)),
        ("below 1", (1, 2), (0.5, 2)),
        ("within 0 1", (1, 2), (0.5, 2)),
        ("outside 0 1", (0, 1), (0.5, 2)),
    ],
)
def test_an_interval_misses_a_region_or_not(text, missed, met):
    region = Region.parse(text)
    assert region.misses(*missed) and not region.misses(*met)
