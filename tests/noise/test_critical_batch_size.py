from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graduated.noise.critical_batch_size import RunningMeanGradientNorm, critical_batch_size

# Complexity T(b)·b in millions for b = 2^3 ... 2^13, heavy ball, read off the authors' figure.
REPORTED = {
    0.5: [43.25, 32.44, 22.43, 18.31, 17.69, 17.42, 16.50, 16.36, 18.11, 25.12, 48.70],
    0.7: [26.66, 19.56, 13.46, 10.81, 10.26, 10.00, 9.65, 9.83, 11.47, 16.01, 31.55],
    1.0: [15.24, 10.79, 7.35, 5.73, 5.33, 5.15, 5.17, 5.44, 6.57, 9.72, 18.72],
}
SIZES = [2**power for power in range(3, 14)]


def runs(complexity, sizes=SIZES, threshold=0.5):
    complexity = np.atleast_2d(np.asarray(complexity, dtype=float))
    rows = [
        {"batch_size": size, "seed": seed, "steps": row[index] / size}
        for seed, row in enumerate(complexity)
        for index, size in enumerate(sizes)
    ]
    return pd.DataFrame(rows).assign(learning_rate=0.1, threshold=threshold)


def authors_rule(norms, epochs, threshold, first_epoch):
    seen = []
    for step, (norm, epoch) in enumerate(zip(norms, epochs, strict=True), start=1):
        seen.append(norm)
        if sum(seen) / len(seen) <= threshold and epoch >= first_epoch:
            return step
    return 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_stopping_rule_is_the_authors_loop(data):
    replicas, per_epoch, epochs = (data.draw(st.integers(1, limit)) for limit in (4, 5, 6))
    values = st.integers(0, 6).map(lambda quarter: quarter / 4)
    rows = data.draw(
        st.lists(
            st.lists(values, min_size=replicas, max_size=replicas),
            min_size=per_epoch * epochs,
            max_size=per_epoch * epochs,
        )
    )
    first_epoch = data.draw(st.integers(0, epochs))
    norms = torch.tensor(rows)
    whole, single = (RunningMeanGradientNorm(replicas, 0.75, first_epoch) for _ in range(2))
    for epoch, part in enumerate(norms.split(per_epoch)):
        whole.update(part, epoch)
        for step in part:
            single.update(step, epoch)
    numbers = [step // per_epoch for step in range(per_epoch * epochs)]
    expected = [authors_rule(column, numbers, 0.75, first_epoch) for column in norms.T.tolist()]
    assert whole.steps.tolist() == single.steps.tolist() == expected
    assert whole.reached.tolist() == [step > 0 for step in expected]


def test_known_number_of_steps():
    # Norms 4 then 0: the mean over t steps is 4 / t, at most 1/2 from step 8 on.
    rule = RunningMeanGradientNorm(2, 0.5, first_epoch=0)
    rule.update(torch.tensor([[4.0, 4.0], [0.0, 4.0]]), 0)
    rule.update(torch.zeros(10, 2), 1)
    assert rule.steps.tolist() == [8, 0]
    rule.update(torch.zeros(10, 2), 2)
    assert rule.steps.tolist() == [8, 16]


def test_earlier_epochs_count_but_are_not_checked():
    rule = RunningMeanGradientNorm(1, 0.5)
    for epoch in range(11):
        rule.update(torch.zeros(3, 1), epoch)
    assert not rule.reached.any()
    rule.update(torch.tensor([[20.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]), 11)
    assert rule.steps.tolist() == [40]


def test_a_diverged_replica_never_reaches_the_threshold():
    rule = RunningMeanGradientNorm(2, 0.5, first_epoch=0)
    rule.update(torch.tensor([[float("nan"), 0.1], [0.0, 0.1]]), 0)
    assert rule.steps.tolist() == [0, 1]


@pytest.mark.parametrize(("threshold", "steps"), [(0.1 + 1e-10, 100_001), (0.1 - 1e-10, 0)])
def test_sums_are_kept_in_float64(threshold, steps):
    rule = RunningMeanGradientNorm(1, threshold, first_epoch=1)
    rule.update(torch.full((100_000, 1), 0.1, dtype=torch.float64), 0)
    rule.update(torch.full((1, 1), 0.1, dtype=torch.float64), 1)
    assert rule.steps.tolist() == [steps]


def test_stopping_rule_refuses_what_it_cannot_use():
    with pytest.raises(ValueError, match="threshold"):
        RunningMeanGradientNorm(2, 0.0)
    with pytest.raises(ValueError, match="norms"):
        RunningMeanGradientNorm(2, 0.5).update(torch.zeros(5, 3), 0)


def test_papers_gradient_variance():
    complexity = [3.0 if size != 512 else 2.0 for size in SIZES]
    found = critical_batch_size(runs(complexity))
    assert (found.critical_batch_size, found.interval, found.reason) == (512, (512, 512), None)
    assert found.gradient_variance == pytest.approx(1280)
    assert found.gradient_variance_interval == pytest.approx((1280, 1280))
    assert (found.learning_rate, found.threshold, found.censored, found.at_edge) == (0.1, 0.5, (), False)


@pytest.mark.parametrize(
    ("threshold", "flatness", "best", "interval"),
    [
        (0.5, 0.10, 2**10, (2**7, 2**10)),
        (0.5, 0.12, 2**10, (2**6, 2**11)),
        (0.7, 0.10, 2**9, (2**7, 2**10)),
        (1.0, 0.10, 2**8, (2**7, 2**10)),
    ],
)
def test_reported_minima_are_flat(threshold, flatness, best, interval):
    found = critical_batch_size(runs(REPORTED[threshold], threshold=threshold), flatness)
    assert (found.critical_batch_size, found.interval) == (best, interval)


def test_complexity_table():
    found = critical_batch_size(runs([[8, 6, np.nan], [10, 7, 5]], [2, 4, 8]))
    expected = pd.DataFrame(
        {
            "batch_size": [2, 4, 8],
            "mean": [9.0, 6.5, 5.0],
            "min": [8.0, 6.0, 5.0],
            "max": [10.0, 7.0, 5.0],
            "reached": [2, 2, 1],
            "seeds": 2,
        }
    )
    pd.testing.assert_frame_equal(found.complexity, expected, check_names=False)
    assert (found.critical_batch_size, found.censored, found.at_edge) == (4, (8,), False)


def test_minimum_at_the_edge():
    assert critical_batch_size(runs([3, 2, 1], [2, 4, 8])).at_edge
    assert critical_batch_size(runs([1, 2, 3], [2, 4, 8])).at_edge
    assert not critical_batch_size(runs([2, 1, 3], [2, 4, 8])).at_edge
    assert not critical_batch_size(runs([2, 1, np.nan], [2, 4, 8])).at_edge


@pytest.mark.parametrize("missing", [np.nan, None])
def test_no_value_where_the_threshold_was_never_reached(missing):
    found = critical_batch_size(runs([1, 1], [2, 4]).assign(steps=missing))
    assert found.critical_batch_size is found.interval is found.gradient_variance is None
    assert found.gradient_variance_interval is None
    assert found.reason == "no batch size reached a mean gradient norm of 0.5 in every seed"
    assert (found.censored, found.complexity["reached"].tolist()) == ((2, 4), [0, 0])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.95]))
def test_interval_is_that_of_every_ordered_resample(seeds, sizes, entropy, level):
    complexity = np.random.default_rng(entropy).integers(5, 15, (seeds, sizes)).astype(float)
    tested = [2**power for power in range(sizes)]
    found = critical_batch_size(runs(complexity, tested), flatness=0.13, level=level)
    flat = []
    for draw in product(range(seeds), repeat=seeds):
        curve = complexity[list(draw)].mean(0)
        flat.append([size for size, y in zip(tested, curve, strict=True) if y <= 1.13 * curve.min()])
    tail = (1 - level) / 2
    low = np.quantile([sizes[0] for sizes in flat], tail, method="inverted_cdf")
    high = -np.quantile([-sizes[-1] for sizes in flat], tail, method="inverted_cdf")
    assert found.interval == (low, high)


def test_seeds_that_disagree_widen_the_interval():
    agree = critical_batch_size(runs([[9, 5, 9], [9, 5, 9], [9, 5, 9]], [2, 4, 8]))
    disagree = critical_batch_size(runs([[1, 5, 9], [9, 5, 9], [9, 5, 1]], [2, 4, 8]))
    assert agree.interval == (4, 4)
    assert disagree.interval == (2, 8)


def test_many_seeds_are_grouped():
    noise = np.random.default_rng(0).normal(0, 0.1, (30, 3))
    found = critical_batch_size(runs(np.array([9, 5, 9]) + noise, [2, 4, 8]))
    assert found.interval == (4, 4)
    assert found.complexity["seeds"].tolist() == [30, 30, 30]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="seed"), "at least one row, and the columns"),
        (lambda table: table.iloc[:0], "at least one row"),
        (lambda table: pd.concat([table, table]), "two rows"),
        (lambda table: table.iloc[1:], "same seeds"),
        (lambda table: table.assign(learning_rate=[0.1, 0.2, 0.1, 0.1]), "several values of learning_rate"),
        (lambda table: table.assign(steps=[0, 1, 1, 1]), "steps holds"),
        (lambda table: table.assign(threshold=np.nan), "threshold holds"),
    ],
)
def test_refuses_unusable_tables(change, message):
    with pytest.raises(ValueError, match=message):
        critical_batch_size(change(runs([[1, 1], [1, 1]], [2, 4])))


@pytest.mark.parametrize("options", [{"flatness": -0.1}, {"level": 1.0}])
def test_refuses_unusable_options(options):
    with pytest.raises(ValueError, match="flatness"):
        critical_batch_size(runs([1, 1], [2, 4]), **options)
