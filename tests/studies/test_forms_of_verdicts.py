from dataclasses import asdict

import pandas as pd
import pytest

from graduated.proportions import share_interval
from graduated.storage import to_json
from graduated.studies.verdicts import interval_verdict, number_verdict, share_verdict


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(0.0, "supported"), (1.0, "supported"), (-1e-12, "contradicted"), (1 + 1e-12, "contradicted")],
)
def test_a_number_without_an_interval_may_reach_its_bounds(value, outcome):
    found = number_verdict("claim", "source", "number", value, 3, "runs", "", least=0.0, most=1.0)
    assert (found.outcome, found.low, found.value, found.high) == (outcome, value, value, value)


def test_a_share_is_judged_by_its_exact_interval():
    found = share_verdict("claim", "source", "share", [True] * 9 + [False], "runs", "", above=0.5)
    assert (found.value, found.n, found.outcome) == (0.9, 10, "supported")
    assert (found.low, found.high) == share_interval(9, 10)


def test_the_row_of_a_table_gives_a_verdict_that_can_be_written():
    row = pd.DataFrame({"ratio": [0.5], "low": [0.4], "high": [1], "runs": [7]}).iloc[0]
    found = interval_verdict(
        "claim", "source", "ratio", row[["ratio", "low", "high"]], row["runs"], "runs", "", below=1.0
    )
    assert (found.outcome, found.n) == ("inconclusive", 7)
    assert to_json(asdict(found))
