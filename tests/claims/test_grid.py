import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import world

from graduated.claims import grid
from graduated.claims.grid import NotEnoughDataError

DELTA = {"of": "sharpness", "along": "smoothing"}


def with_ratio(runs):
    return runs.assign(ratio=runs["learning_rate"] / runs["batch_size"])


def test_trend_is_spearman_s_of_one_seed():
    runs = world(noise=0.5)
    mine = runs[runs["seed"] == 2]
    expected = np.corrcoef(mine["sharpness"].rank(), mine["smoothing"].rank())[0, 1]
    assert grid.trend(runs, 2, **DELTA) == pytest.approx(expected)


def test_trends_within_see_through_a_third_quantity():
    runs = world(sharpness=lambda rate, size, delta: size * 1e4**rate, noise=0)
    within = {"of": "sharpness", "along": "batch_size", "within": "learning_rate"}
    assert grid.trend_within(runs, 0, **within) == pytest.approx(1)
    assert grid.trend(runs, 0, of="sharpness", along="batch_size") < 0.9


def test_a_partial_trend_vanishes_where_the_third_quantity_explains_all():
    generator = np.random.default_rng(0)
    cause = generator.normal(size=4000)
    runs = pd.DataFrame(
        {
            "seed": 0,
            "status": "finished",
            "sharpness": np.exp(cause + generator.normal(size=4000)),
            "smoothing": np.exp(cause + generator.normal(size=4000)),
            "train_loss": cause,
        }
    )
    assert grid.trend(runs, 0, **DELTA) > 0.4
    assert grid.partial_trend(runs, 0, **DELTA, given="train_loss") == pytest.approx(0, abs=0.05)


def test_a_partial_trend_is_the_textbook_formula_on_ranks():
    runs = world(noise=0.3)
    mine = runs[runs["seed"] == 1]
    (ab, ac, bc) = (
        stats.spearmanr(mine[one], mine[other]).statistic
        for one, other in (
            ("sharpness", "smoothing"),
            ("sharpness", "train_loss"),
            ("smoothing", "train_loss"),
        )
    )
    expected = (ab - ac * bc) / np.sqrt((1 - ac**2) * (1 - bc**2))
    assert grid.partial_trend(runs, 1, **DELTA, given="train_loss") == pytest.approx(expected)


@pytest.mark.parametrize(
    "statistic, extra", [("trend_advantage", {}), ("fit_advantage", {"shape": "monotone"})]
)
def test_the_quantity_that_rules_is_the_better_one(statistic, extra):
    function = grid.STATISTICS[statistic]
    rules = {"smoothing": lambda rate, size, delta: 1 / delta, "ratio": lambda rate, size, delta: size / rate}
    for ruling, law in rules.items():
        runs = with_ratio(world(sharpness=law, noise=0.05))
        value = function(runs, 0, **DELTA, over=["ratio"], **extra)
        assert (value > 0) == (ruling == "smoothing")


def test_two_lines_tell_an_inverted_u_from_a_rise():
    options = {"of": "test_accuracy", "along": "smoothing"}
    assert grid.two_lines(world(), 0, **options) > 0.05
    rising = world(accuracy=lambda rate, size, delta: 0.5 + 0.1 * np.log10(delta))
    assert grid.two_lines(rising, 0, **options) < -0.05


def test_the_slopes_are_those_of_the_two_sides():
    tent = world(accuracy=lambda rate, size, delta: 0.5 - 0.1 * abs(np.log10(delta / 0.1)), noise=1e-9)
    assert grid.two_lines(tent, 0, of="test_accuracy", along="smoothing") == pytest.approx(0.1, rel=0.1)


def test_the_optimum_is_found():
    value = grid.optimum(world(noise=0.001), 0, of="test_accuracy", along="smoothing")
    assert 10**value == pytest.approx(0.3, rel=0.15)


def test_the_best_inside_is_compared_with_the_best_beyond():
    runs = world(noise=0).assign(test_accuracy=lambda runs: runs["smoothing"])
    inside = grid.best_inside(runs, 0, of="test_accuracy", along="smoothing", inside=[0.1, 1])
    deltas = runs.loc[runs["seed"] == 0, "smoothing"]
    assert inside == pytest.approx(deltas[deltas <= 1].max() - deltas.max())
    with pytest.raises(NotEnoughDataError, match="no run with smoothing within"):
        grid.best_inside(runs, 0, of="test_accuracy", along="smoothing", inside=[100, 1000])


def test_a_partial_trend_given_a_cubic_is_that_of_its_residuals():
    runs = world(sharpness=lambda rate, size, delta: abs(np.log10(delta) + 0.3) + 0.01, noise=0.3)
    runs["train_loss"] = runs["smoothing"] * np.exp(0.3 * np.random.default_rng(0).normal(size=len(runs)))
    ranks = runs[runs["seed"] == 1][["sharpness", "smoothing", "train_loss"]].rank()
    cubic = np.vander(ranks["train_loss"], 4)
    one, other = (
        ranks[name] - cubic @ np.linalg.lstsq(cubic, ranks[name])[0] for name in ("sharpness", "smoothing")
    )
    expected = np.corrcoef(one, other)[0, 1]
    given = {**DELTA, "given": "train_loss"}
    assert grid.partial_trend(runs, 1, **given, degree=3) == pytest.approx(expected)
    assert grid.partial_trend(runs, 1, **given) != pytest.approx(expected, abs=0.02)


def test_divergence_is_the_share_of_ordered_pairs():
    runs = world(seeds=[0])
    runs.loc[runs["smoothing"].nlargest(3).index, "status"] = "diverged"
    assert grid.divergence(runs, 0, along="smoothing") == 1
    runs["smoothing"] = -runs["smoothing"]
    assert grid.divergence(runs, 0, along="smoothing") == 0


def test_diverged_and_missing_runs_do_not_count():
    runs = world()
    runs.loc[0, ["status", "sharpness"]] = ["diverged", 1e9]
    runs.loc[1, "sharpness"] = np.nan
    assert grid.trend(runs, 0, **DELTA) == grid.trend(runs.drop([0, 1]), 0, **DELTA)


@pytest.mark.parametrize(
    "statistic, change, options, reason",
    [
        ("trend", {"status": "diverged"}, DELTA, "0 finished runs"),
        ("trend", {"sharpness": 1.0}, DELTA, "does not vary"),
        ("optimum", {"smoothing": -1.0}, {"of": "sharpness", "along": "smoothing"}, "not positive"),
        ("trend_within", {"learning_rate": 0.1}, {**DELTA, "within": "learning_rate"}, "fewer than 2 values"),
        ("divergence", {}, {"along": "smoothing"}, "no run diverged"),
        ("divergence", {"status": "diverged"}, {"along": "smoothing"}, "no run finished"),
        ("two_lines", {"smoothing": 0.1}, {"of": "test_accuracy", "along": "smoothing"}, "fewer than 8"),
    ],
)
def test_what_cannot_be_worked_out_says_why(statistic, change, options, reason):
    with pytest.raises(NotEnoughDataError, match=reason):
        grid.STATISTICS[statistic](world().assign(**change), 0, **options)
