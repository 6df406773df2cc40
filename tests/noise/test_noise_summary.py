import numpy as np
import pandas as pd
import pytest
from scipy import stats

from graduated.noise.summary import summarize


def estimates(values, epochs, error=0.5):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    rows = [
        {"seed": seed, "epoch": epoch, "gradient_variance": row[index], "standard_error": error}
        for seed, row in enumerate(values)
        for index, epoch in enumerate(epochs)
    ]
    return pd.DataFrame(rows)


def test_student_interval_over_seeds():
    values = np.array([[10.0, 20.0], [14.0, 22.0], [9.0, 27.0]])
    found = summarize(estimates(values, [0, 10]).sample(frac=1, random_state=0))
    interval = stats.ttest_1samp(values.mean(1), 0).confidence_interval(0.95)
    assert found.value == pytest.approx(17)
    assert found.interval == pytest.approx(tuple(interval))
    assert (found.seeds, found.interval_from) == (3, "seeds")


def test_checkpoints_have_their_own_intervals():
    values = np.array([[10.0, 20.0], [14.0, 22.0], [9.0, 27.0]])
    table = summarize(estimates(values, [0, 10]), level=0.5).checkpoints
    assert table.columns.tolist() == ["epoch", "gradient_variance", "low", "high"]
    assert table["epoch"].tolist() == [0, 10]
    for row, column in zip(table.itertuples(), values.T, strict=True):
        interval = stats.ttest_1samp(column, 0).confidence_interval(0.5)
        assert (row.gradient_variance, row.low, row.high) == pytest.approx((column.mean(), *interval))


def test_time_average_does_not_depend_on_the_spacing_of_checkpoints():
    epochs = np.array([0, 1, 3, 4, 20])
    assert summarize(estimates(5 + 2 * epochs, epochs)).value == pytest.approx(25)


def test_one_seed_has_the_interval_of_its_samples():
    found = summarize(estimates([10, 20], [0, 10], error=2.0))
    assert (found.seeds, found.interval_from) == (1, "samples")
    assert found.value == pytest.approx(15)
    assert found.interval == pytest.approx((15 - 1.959964 * 2, 15 + 1.959964 * 2))
    assert found.checkpoints["low"].tolist() == pytest.approx([10 - 1.959964 * 2, 20 - 1.959964 * 2])


def test_one_checkpoint_of_one_seed():
    found = summarize(estimates([10], [5]))
    assert found.value == 10
    assert found.interval == pytest.approx((10 - 1.959964 / 2, 10 + 1.959964 / 2))


def test_a_variance_is_never_below_zero():
    assert summarize(estimates([[1.0], [9.0]], [5])).interval[0] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="epoch"), "at least one row, and the columns"),
        (lambda table: table.iloc[:0], "at least one row"),
        (lambda table: pd.concat([table, table]), "two rows"),
        (lambda table: table.iloc[1:], "same epochs"),
        (lambda table: table.assign(gradient_variance=[1, 2, 3, np.nan]), "finite"),
        (lambda table: table.assign(standard_error=-1.0), "finite"),
    ],
)
def test_refuses_unusable_tables(change, message):
    with pytest.raises(ValueError, match=message):
        summarize(change(estimates([[1, 2], [3, 4]], [0, 1])))


def test_refuses_an_impossible_level():
    with pytest.raises(ValueError, match="level"):
        summarize(estimates([1], [0]), level=0)
