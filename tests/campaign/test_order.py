"""The order of a campaign: properties for any grid, any packs and any costs."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.campaign.order import Candidate, coarse_grid, order, value

RATES, SIZES = (0.01, 0.05, 0.1, 0.5), tuple(2**power for power in range(4, 14))
COARSE = coarse_grid(RATES, SIZES)
CELLS = [(rate, size) for rate in RATES for size in SIZES]

cells = st.one_of(st.none(), st.sampled_from(CELLS))
packs = st.lists(
    st.tuples(st.lists(cells, min_size=1, max_size=8), st.floats(0.1, 1e4)), min_size=1, max_size=12
).map(lambda some: [Candidate(f"{n:02d}", tuple(runs), seconds) for n, (runs, seconds) in enumerate(some)])


def single_runs(seconds=lambda size: 1.0, seeds: int = 2) -> list[Candidate]:
    """Every run of the grid as a pack of its own."""
    return [
        Candidate(f"{rate}/{size}/{seed}", ((rate, size),), seconds(size))
        for rate, size in CELLS
        for seed in range(seeds)
    ]


def test_the_coarse_grid_is_every_other_value_and_the_extremes():
    assert {size for _, size in COARSE} == {16, 64, 256, 1024, 4096, 8192}
    assert {rate for rate, _ in COARSE} == {0.01, 0.1, 0.5}
    assert len(COARSE) == 18
    assert coarse_grid([0.1], [8, 4]) == {(0.1, 4), (0.1, 8)}


def test_at_equal_cost_the_coarse_grid_comes_first_then_its_seeds_then_the_rest():
    ordered = [one.cells[0] for one in order(single_runs(seeds=3), {}, COARSE)]
    first, more = ordered[: len(COARSE)], ordered[len(COARSE) : 3 * len(COARSE)]
    assert set(first) == COARSE
    assert Counter(more) == dict.fromkeys(COARSE, 2)
    assert not set(ordered[3 * len(COARSE) :]) & COARSE


def test_what_costs_many_times_as_much_waits():
    ordered = order(single_runs(lambda size: 50.0 if size == 16 else 1.0), {}, COARSE)
    assert {one.cells[0][1] for one in ordered[-8:]} == {16}


def test_seeds_that_are_done_are_not_first_any_more():
    candidates = [Candidate("a", ((0.01, 16),), 1.0), Candidate("b", ((0.1, 16),), 1.0)]
    assert [one.name for one in order(candidates, {}, COARSE)] == ["a", "b"]
    assert [one.name for one in order(candidates, {(0.01, 16): 1}, COARSE)] == ["b", "a"]


@given(packs)
def test_every_task_comes_once(candidates):
    assert sorted(one.name for one in order(candidates, {}, COARSE)) == [one.name for one in candidates]


@given(packs, st.randoms())
def test_the_order_depends_on_values_and_costs_alone(candidates, random):
    shuffled = random.sample(candidates, len(candidates))
    assert list(order(shuffled, {}, COARSE)) == list(order(candidates, {}, COARSE))


@given(packs, st.floats(0.1, 10))
def test_a_faster_device_changes_no_order(candidates, factor):
    seconds = {one.name: one.seconds * 2.0 ** round(factor) for one in candidates}
    faster = [Candidate(one.name, one.cells, seconds[one.name]) for one in candidates]
    names = [one.name for one in order(candidates, {}, COARSE)]
    assert [one.name for one in order(faster, {}, COARSE)] == names


@given(packs)
def test_each_is_worth_most_per_second_when_its_turn_comes(candidates):
    counts, left = Counter(), list(order(candidates, {}, COARSE))
    while left:
        best = max(value(one, counts, COARSE) / one.seconds for one in left)
        assert value(left[0], counts, COARSE) / left[0].seconds == best
        counts.update(cell for cell in left.pop(0).cells if cell)


@given(packs, st.lists(st.sampled_from(CELLS)))
def test_a_task_is_never_worth_more_for_what_is_done(candidates, done):
    for one in candidates:
        assert 0 < value(one, Counter(done), COARSE) <= value(one, {}, COARSE)


def test_a_bonus_counts_like_runs():
    assert value(Candidate("probe", (), 1.0, bonus=9.0), {}, COARSE) == pytest.approx(9.0)
