import pytest

from graduated.schedules.perturbation import build_perturbation


def test_halving_levels_last_equally_long():
    levels = build_perturbation(200, {"first": 1.0, "levels": 5, "factor": 0.5})
    values = [levels.at(epoch) for epoch in range(200)]
    assert values == [0.5**level for level in range(5) for _ in range(40)]


def test_polynomial_levels_are_those_of_the_released_script():
    """δ_m = (51 − m)/51 with power 1 (arXiv 2412.11501, released code)."""
    levels = build_perturbation(51, {"first": 1.0, "levels": 51, "power": 1.0})
    assert [levels.at(m) for m in range(51)] == pytest.approx([(51 - m) / 51 for m in range(51)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"first": 1.0}, "exactly one of them"),
        ({"first": 1.0, "factor": 0.5, "power": 1.0}, "exactly one of them"),
        ({"first": 0.0, "factor": 0.5}, "first: expected"),
        ({"first": 1.0, "factor": 1.0}, "factor: expected"),
        ({"first": 1.0, "power": -1}, "power: expected"),
        (
            {"first": 1.0, "levels": 11, "factor": 0.5},
            "levels: expected 1 to the number of epochs, 10, found 11",
        ),
        ({"factor": 0.5}, "first"),
        ({"first": 1.0, "gamma": 0.5}, "option 'gamma' is unknown; expected first, levels, factor, power"),
    ],
)
def test_wrong_levels_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_perturbation(10, options)
