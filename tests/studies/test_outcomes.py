import math

import pytest

from graduated.studies import outcome_of


@pytest.mark.parametrize(
    "low, high, outcome",
    [
        (0.4, 0.6, "supported"),
        (-1.0, -0.1, "contradicted"),
        (1.1, 2.0, "contradicted"),
        (-0.1, 0.6, "inconclusive"),
        (0.4, 1.1, "inconclusive"),
        (-1.0, 2.0, "inconclusive"),
        (0.0, 0.0, "inconclusive"),
        (math.nan, math.nan, "inconclusive"),
    ],
)
def test_an_interval_judges_the_claim_that_a_number_is_between_0_and_1(low, high, outcome):
    assert outcome_of(low, high, above=0, below=1) == outcome


def test_a_claim_may_be_bounded_on_one_side():
    assert outcome_of(5, 6, above=4) == outcome_of(-6, -5, below=-4) == "supported"
    assert outcome_of(2, 3, above=4) == outcome_of(-3, -2, below=-4) == "contradicted"
