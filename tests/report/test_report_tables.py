import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.report.tables import counts, interval, number

ASCII = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
POWER = re.compile("(−?)(?:([0-9.]+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


def read(text: str) -> float:
    if match := POWER.fullmatch(text):
        sign, mantissa, exponent = match.groups()
        return float(f"{sign}{mantissa or 1}e{exponent}".translate(ASCII))
    return float(text.translate(ASCII).replace(",", ""))


@given(st.floats(min_value=1e-200, max_value=1e200) | st.floats(min_value=-1e200, max_value=-1e-200))
def test_numbers_are_written_to_three_digits(value):
    assert read(number(value)) == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.908, "−0.908"),
        (2.4e-13, "2.4·10⁻¹³"),
        (1e-7, "10⁻⁷"),
        (67_000, "67,000"),
        (7e17, "7·10¹⁷"),
        (math.nan, "–"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_read_as_in_print(value, text):
    assert number(value) == text


def test_an_interval_is_left_out_where_it_is_a_point_or_missing():
    assert interval(0.5, 0.25, 0.75) == "0.5 [0.25, 0.75]"
    assert interval(1, 1, 1) == "1"
    assert interval(0.5, math.nan, math.nan) == "0.5"


def test_counts_keep_the_order_asked_for():
    assert list(counts(["b", "a", "b"], ["a", "b", "c"]).items()) == [("a", 1), ("b", 2)]
