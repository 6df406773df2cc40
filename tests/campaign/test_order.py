"""The order of a campaign: properties for any grid, any packs and any costs."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduated.campaign.order import Candidate, coarse_grid, rank, value

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


def in_turn(candidates: list[Candidate]) -> list[Candidate]:
    """Do the first of the ranks again and again, each time in the light of what has been done."""
    left, counts, done = list(candidates), Counter(), []
    while left:
        done.append(rank(left, counts, COARSE)[0])
        left.remove(done[-1])
        counts.update(cell for cell in done[-1].cells if cell)
    return done


def test_at_equal_cost_the_coarse_grid_comes_first_then_its_seeds_then_the_rest():
    ordered = [one.cells[0] for one in in_turn(single_runs(seeds=3))]
    first, more = ordered[: len(COARSE)], ordered[len(COARSE) : 3 * len(COARSE)]
    assert set(first) == COARSE
    assert Counter(more) == dict.fromkeys(COARSE, 2)
    assert not set(ordered[3 * len(COARSE) :]) & COARSE


def test_what_costs_many_times_as_much_waits():
    ordered = rank(single_runs(lambda size: 50.0 if size == 16 else 1.0), {}, COARSE)
    assert {one.cells[0][1] for one in ordered[-8:]} == {16}


def test_seeds_that_are_done_are_not_first_any_more():
    candidates = [Candidate("a", ((0.01, 16),), 1.0), Candidate("b", ((0.1, 16),), 1.0)]
    assert [one.name for one in rank(candidates, {}, COARSE)] == ["a", "b"]
    assert [one.name for one in rank(candidates, {(0.01, 16): 1}, COARSE)] == ["b", "a"]


@given(packs)
def test_every_task_comes_once(candidates):
    assert sorted(one.name for one in rank(candidates, {}, COARSE)) == [one.name for one in candidates]


@given(packs, st.randoms())
def test_the_order_depends_on_values_and_costs_alone(candidates, random):
    shuffled = random.sample(candidates, len(candidates))
    assert rank(shuffled, {}, COARSE) == rank(candidates, {}, COARSE)


@given(packs, st.floats(0.1, 10))
def test_a_faster_device_changes_no_order(candidates, factor):
    seconds = {one.name: one.seconds * 2.0 ** round(factor) for one in candidates}
    faster = [Candidate(one.name, one.cells, seconds[one.name]) for one in candidates]
    names = [one.name for one in rank(candidates, {}, COARSE)]
    assert [one.name for one in rank(faster, {}, COARSE)] == names


@given(packs)
def test_the_first_is_worth_most_per_second(candidates):
    worth = [value(one, {}, COARSE) / one.seconds for one in rank(candidates, {}, COARSE)]
    assert worth == sorted(worth, reverse=True)


@given(packs, st.lists(st.sampled_from(CELLS)))
def test_a_task_is_never_worth_more_for_what_is_done(candidates, done):
    for one in candidates:
        assert 0 < value(one, Counter(done), COARSE) <= value(one, {}, COARSE)


def test_a_bonus_counts_like_runs():
    assert value(Candidate("probe", (), 1.0, bonus=9.0), {}, COARSE) == pytest.approx(9.0)
