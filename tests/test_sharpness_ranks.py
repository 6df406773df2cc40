from itertools import pairwise, product
from math import asin, pi

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from graduated.plots.sharpness.ranked import COMPANIONS as DRAWN
from graduated.sharpness_ranks import COMPANIONS, rank_sharpness

SEEDS, RATES, SIZES = range(4), (0.01, 0.1, 0.5), (8, 32, 128)


def results(seeds=SEEDS, noise=0.5, generator=0) -> pd.DataFrame:
    """A grid of runs, with ties in the accuracy."""
    rng = np.random.default_rng(generator)
    grid = list(product(RATES, SIZES, seeds))
    rates, sizes, seed = (np.array(column) for column in zip(*grid, strict=True))
    truth = np.log(sizes / rates)
    return pd.DataFrame(
        {
            "learning_rate": rates,
            "batch_size": sizes,
            "seed": seed,
            "status": "finished",
            "smoothing": rates / np.sqrt(sizes),
            "sharpness_main": np.exp(truth + noise * rng.standard_normal(len(truth))),
            "sharpness_other": truth + noise * rng.standard_normal(len(truth)),
            "train_loss": rng.random(len(truth)),
            "test_accuracy": rng.integers(90, 95, len(truth)) / 100,
        }
    )


def correlation(ranks: pd.DataFrame, measure: str, other: str) -> pd.Series:
    return ranks.set_index(["measure", "other"]).loc[(measure, other)]


def counted_ranks(values: np.ndarray) -> np.ndarray:
    """Mid-ranks by counting: half of those equal, and all of those below."""
    below, equal = values[:, None] > values, values[:, None] == values
    return below.sum(axis=1) + (equal.sum(axis=1) + 1) / 2


def test_a_row_for_every_pair_of_measures_and_for_every_companion():
    ranks = rank_sharpness(results(), ["main", "other"])
    expected = [("main", "other"), *product(["main"], COMPANIONS), *product(["other"], COMPANIONS)]
    assert list(zip(ranks["measure"], ranks["other"], strict=True)) == expected
    numbers = ["spearman", "low", "high", "n_runs", "n_seeds"]
    assert list(ranks) == ["measure", "other", *numbers, *(f"trained_{name}" for name in numbers)]
    assert (ranks["n_runs"] == 36).all() and (ranks["n_seeds"] == 4).all()
    assert tuple(DRAWN) == COMPANIONS


def test_correlations_are_those_of_counted_ranks_of_pandas_and_of_scipy():
    table = results()
    ranks = rank_sharpness(table, ["main", "other"])
    table = table.assign(learning_rate_over_batch_size=table["learning_rate"] / table["batch_size"])
    for row in ranks.itertuples():
        other = row.other if row.other in COMPANIONS else f"sharpness_{row.other}"
        pair = table[[f"sharpness_{row.measure}", other]]
        counted = np.corrcoef(*(counted_ranks(values) for values in pair.to_numpy().T))[0, 1]
        by_pandas = pair.corr("spearman").iloc[0, 1]
        by_scipy = stats.spearmanr(pair).statistic
        assert [row.spearman] * 3 == pytest.approx([counted, by_pandas, by_scipy])


def test_without_ties_the_textbook_formula_holds():
    table = results()
    differences = table["sharpness_main"].rank() - table["sharpness_other"].rank()
    expected = 1 - 6 * (differences**2).sum() / (36 * (36**2 - 1))
    assert correlation(rank_sharpness(table, ["main", "other"]), "main", "other")[
        "spearman"
    ] == pytest.approx(expected)


def test_only_order_counts_not_scale():
    table = results()
    before = rank_sharpness(table, ["main", "other"])
    after = rank_sharpness(table.assign(sharpness_main=np.log(table["sharpness_main"])), ["main", "other"])
    pd.testing.assert_frame_equal(before, after)


def test_rows_in_another_order_and_further_measures_change_no_number():
    table = results().assign(sharpness_third=lambda frame: -frame["sharpness_main"])
    shuffled = table.sample(frac=1, random_state=0)
    ranks, more = rank_sharpness(table, ["main"]), rank_sharpness(shuffled, ["third", "main"])
    kept = more[more["measure"] == "main"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, ranks)
    turned = correlation(more, "third", "main")
    assert turned["spearman"] == pytest.approx(-1)


def test_runs_that_diverged_or_lack_a_value_are_left_out_pair_by_pair():
    table = results()
    table.loc[[0, 7], "status"] = "diverged"
    table.loc[3, "sharpness_other"] = np.inf
    table.loc[table["seed"] == 2, "sharpness_other"] = np.nan
    ranks = rank_sharpness(table, ["main", "other"])
    both, one = correlation(ranks, "main", "other"), correlation(ranks, "main", "train_loss")
    assert (both["n_runs"], both["n_seeds"]) == (36 - 2 - 9 - 1, 3)
    assert (one["n_runs"], one["n_seeds"]) == (34, 4)
    kept = table[(table["status"] == "finished") & np.isfinite(table["sharpness_other"])]
    pair = kept[["sharpness_main", "sharpness_other"]]
    assert both["spearman"] == pytest.approx(pair.corr("spearman").iloc[0, 1])


def test_the_better_trained_half_is_ranked_by_itself():
    """A measure that orders the half below the median loss one way and the others the other way."""
    table = results(noise=0.1)
    half = table["train_loss"] <= table["train_loss"].median()
    table["sharpness_other"] = table["sharpness_main"].where(half, -table["sharpness_main"])
    table.loc[[0, 7], "status"] = "diverged"
    whole = rank_sharpness(table, ["main", "other"])
    finished = table[table["status"] == "finished"]
    own = finished[finished["train_loss"] <= finished["train_loss"].median()]
    alone = rank_sharpness(own, ["main", "other"])
    numbers = ["spearman", "low", "high", "n_runs", "n_seeds"]
    trained = whole[[f"trained_{name}" for name in numbers]].set_axis(numbers, axis=1)
    pd.testing.assert_frame_equal(trained, alone[numbers])
    row = correlation(whole, "main", "other")
    assert row["trained_n_runs"] == 17 and row["trained_spearman"] > 0.9 > 0.5 > row["spearman"]


def test_seeds_that_are_all_equal_leave_no_interval_however_many_runs():
    one = results(seeds=[0], noise=2.0)
    table = pd.concat([one.assign(seed=seed) for seed in range(5)], ignore_index=True)
    ranks = rank_sharpness(table, ["main", "other"])
    for end in ("low", "high"):
        np.testing.assert_allclose(ranks[end], ranks["spearman"], atol=1e-6)
    np.testing.assert_allclose(ranks["spearman"], rank_sharpness(one, ["main", "other"])["spearman"])


def test_seeds_that_differ_widen_the_interval_though_runs_are_as_many():
    table = results(noise=0.01)
    odd = table["seed"] % 2 == 1
    turned = table.assign(sharpness_other=table["sharpness_other"].where(~odd, -table["sharpness_other"]))
    alike, apart = (
        correlation(rank_sharpness(each, ["main", "other"]), "main", "other") for each in (table, turned)
    )
    assert alike["high"] - alike["low"] < 0.1
    assert apart["low"] < 0 < apart["high"] and apart["high"] - apart["low"] > 1


def test_the_interval_covers_the_known_value_about_as_often_as_it_says():
    """Normal pairs of correlation r have Spearman's ρ = 6/π·asin(r/2); a seed of its own adds to both."""
    within, between = 0.8, 0.0
    own, shared = 1.0, 0.25
    r = (own * within + shared * between) / (own + shared)
    truth = 6 / pi * asin(r / 2)
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(60):
        rows = []
        for seed in range(4):
            pairs = rng.multivariate_normal([0, 0], own * np.array([[1, within], [within, 1]]), 20)
            pairs += rng.normal(0, shared**0.5, 2)
            rows.append(pd.DataFrame(pairs, columns=["sharpness_a", "sharpness_b"]).assign(seed=seed))
        constant = dict.fromkeys(("train_loss", "test_accuracy", "smoothing", "learning_rate"), 1.0)
        table = pd.concat(rows, ignore_index=True).assign(status="finished", batch_size=1, **constant)
        row = correlation(rank_sharpness(table, ["a", "b"]), "a", "b")
        hits.append(row["low"] <= truth <= row["high"])
    assert 0.85 <= np.mean(hits) <= 1


def test_the_same_table_gives_the_same_numbers():
    pd.testing.assert_frame_equal(
        rank_sharpness(results(), ["main", "other"]), rank_sharpness(results(), ["main", "other"])
    )


def test_the_interval_holds_the_value_and_stays_within_minus_one_and_one():
    for generator, number in pairwise(range(2, 5)):
        ranks = rank_sharpness(results(range(number), 0.02, generator), ["main", "other"])
        assert (ranks["low"] <= ranks["spearman"]).all() and (ranks["spearman"] <= ranks["high"]).all()
        assert ranks[["low", "high"]].abs().max(axis=None) <= 1


def test_one_seed_has_no_interval_and_values_that_do_not_vary_no_correlation():
    ranks = rank_sharpness(results(seeds=[0]), ["main", "other"])
    assert ranks["spearman"].notna().all()
    assert ranks[["low", "high"]].isna().all(axis=None)
    ranks = rank_sharpness(results().assign(train_loss=0.0), ["main"])
    assert correlation(ranks, "main", "train_loss")[["spearman", "low", "high"]].isna().all()
    few = rank_sharpness(results()[:2], ["main"])
    assert few["spearman"].isna().all() and (few["n_runs"] == 2).all()


def test_no_finished_run_gives_rows_without_numbers():
    ranks = rank_sharpness(results().assign(status="diverged"), ["main", "other"])
    assert (ranks[["n_runs", "n_seeds"]] == 0).all(axis=None)
    assert ranks[["spearman", "low", "high"]].isna().all(axis=None)


def test_a_measure_that_the_table_lacks_is_named():
    with pytest.raises(ValueError, match=r"^table: no column sharpness_third; expected one for every"):
        rank_sharpness(results(), ["main", "third"])
