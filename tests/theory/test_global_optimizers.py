from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from graduated.graduated_optimization.functions import FUNCTIONS
from graduated.plots.style import save
from graduated.plots.theory.global_optimizers import FIGURES
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from graduated.studies.catalogue import STUDIES, make_settings
from graduated.studies.settings import GlobalOptimizers
from graduated.theory import global_optimizers as study
from graduated.theory import optimizer_comparison as comparison
from graduated.theory.optimizer_verdicts import verdicts

SMALL = GlobalOptimizers(
    functions=("rastrigin", "sphere", "rosenbrock", "schwefel", "alpine1"),
    dimension=2,
    seeds=3,
    evaluations=900,
    levels=6,
    last=0.05,
    steps=4,
    draws=8,
)
EXPLICIT = ("explicit_nice", "explicit_geometric", "explicit_reverse", "explicit_differences")


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def findings(told):
    return study.measure(SMALL, lambda fraction, detail: told.append(fraction))


def test_every_optimizer_runs_on_every_function_within_its_budget(findings, told):
    runs = findings.tables["runs"]
    assert len(runs) == 5 * 9 * 3 and not runs[["gap", "evaluations"]].isna().any().any()
    own = runs["optimizer"].isin(["explicit_nice", "explicit_geometric"])
    assert (runs.loc[own, "evaluations"] == 6 * 4 * 8 * 4).all()
    assert (runs.loc[~own, "evaluations"] <= 900).all()
    assert (runs["gap"] <= runs["final_gap"]).all()
    solved = runs["gap"] <= SMALL.success
    assert (runs["solved_after"].notna() == solved).all() and 0 < solved.mean() < 1
    assert (runs.loc[solved, "solved_after"] <= runs.loc[solved, "evaluations"]).all()
    assert told == sorted(told) and told[-1] == 1.0
    assert set(findings.tables) == set(STUDIES["global_optimizers"].tables)


def test_the_same_settings_give_the_same_runs(findings):
    settings = replace(SMALL, functions=("alpine1",))
    again = study.measure(settings, lambda fraction, detail: None).tables["runs"]
    runs = findings.tables["runs"]
    pd.testing.assert_frame_equal(again, runs[runs["function"] == "alpine1"].reset_index(drop=True))


def test_the_authors_setting_costs_what_their_script_takes():
    settings = GlobalOptimizers()
    levels, draws, evaluations = study.plan(study.VARIANTS["explicit_nice"], settings)
    assert levels[:50] == pytest.approx([(51 - m) / 51 for m in range(50)]) and levels[50] == 0.01
    assert (draws, evaluations) == (100, 51 * 20 * 100 * 2 * 50)


@pytest.mark.parametrize(
    ("name", "evaluations", "expected"),
    [
        ("explicit_reverse", 102_000, (51, 25, 102_000)),
        ("explicit_differences", 102_000, (51, 1, 102_000)),
        ("explicit_differences", 50_000, (25, 1, 50_000)),
        ("explicit_reverse", 50_000, (51, 12, 48_960)),
        ("explicit_differences", 6_000, (3, 1, 6_000)),
        ("gradient_descent", 50_000, (51, 1, 102_000)),
    ],
)
def test_a_budget_buys_draws_and_failing_that_levels(name, evaluations, expected):
    settings = GlobalOptimizers(evaluations=evaluations)
    levels, *rest = study.plan(study.VARIANTS[name], settings)
    assert (len(levels), *rest) == expected and levels[-1] == 0.01


def test_points_outside_the_box_are_judged_by_the_nearest_in_it():
    schwefel = FUNCTIONS["schwefel"]
    outside = torch.tensor([[-559.0, 420.9687], [np.nan, 0.0]], dtype=torch.float64)
    found = study.gaps(schwefel, outside)
    assert found[0].item() == pytest.approx(418.98288727 + 500 * np.sin(np.sqrt(500)), abs=1e-6)
    assert found[1] == torch.inf


def test_a_neighbouring_basin_of_rastrigin_costs_about_one():
    rastrigin = FUNCTIONS["rastrigin"]
    ends = torch.tensor([[0.0, 0.0, 0.0], [0.9949586, 0.0, -1.9899], [np.nan, 0.0, 0.0]], dtype=torch.float64)
    assert study.misplaced(rastrigin, ends).tolist() == [0, 2, 1]
    one = torch.tensor([0.9949586, 0.0], dtype=torch.float64)
    assert study.gaps(rastrigin, one).item() == pytest.approx(0.99496, abs=1e-5)


def made_up(gaps):
    """Runs of all optimizers: gaps[optimizer] per function and seed; 1 where nothing is said."""
    shape = next(iter(gaps.values())).shape
    rows = [
        {"function": list(FUNCTIONS)[function], "optimizer": name, "seed": seed, "evaluations": 10}
        | {"gap": value[function, seed], "final_gap": value[function, seed], "misplaced": 0}
        | {"solved_after": 5.0 if value[function, seed] <= 0.01 else np.nan}
        for name in study.labels()
        for value in [gaps.get(name, np.ones(shape))]
        for function in range(shape[0])
        for seed in range(shape[1])
    ]
    return pd.DataFrame(rows)


def test_a_duel_is_the_share_of_pairs_won():
    random = np.random.default_rng(0)
    own, other = 10.0 ** random.integers(-4, 2, (2, 1, 20))
    runs = made_up({"explicit_nice": own, "cma_es": other})
    table = comparison.duels(runs, 0.01).set_index(["optimizer", "rival"])
    pairs = [
        (max(a, 0.01) < max(b, 0.01)) + 0.5 * (max(a, 0.01) == max(b, 0.01)) for a in own[0] for b in other[0]
    ]
    assert table.loc[("explicit_nice", "cma_es"), "probability"] == pytest.approx(np.mean(pairs))


def test_ranks_are_averaged_over_functions_with_ties_shared():
    gaps = {"cma_es": np.full((2, 3), 1e-9), "dual_annealing": np.array([[1e-3] * 3, [np.inf] * 3])}
    runs = made_up(gaps)
    rank = comparison.ranks(runs, 1e-8).set_index("optimizer")["mean_rank"]
    assert rank["cma_es"] == 1 and rank["dual_annealing"] == (2 + 9) / 2
    assert rank["basin_hopping"] == (np.mean(range(3, 10)) + np.mean(range(2, 9))) / 2
    assert comparison.ranks(runs, 1e-2).set_index("optimizer")["mean_rank"]["cma_es"] == (1.5 + 1) / 2


def test_schedules_are_compared_seed_by_seed():
    random = np.random.default_rng(1)
    starts = 10.0 ** random.uniform(-3, 3, (3, 6))
    factors = np.array([[0.1], [1.001], [100.0]])
    table = comparison.schedules(
        made_up({"explicit_nice": starts * factors, "explicit_geometric": starts}), 1e-8
    )
    np.testing.assert_allclose(table["median"], [-1, 0, 2], atol=1e-9)
    assert table["probability"].tolist() == [1, 0.5, 0]
    assert table["p"].tolist() == pytest.approx([2 / 2**6, 1, 2 / 2**6])
    assert table["holm_p"].tolist() == pytest.approx([6 / 2**6, 1, 6 / 2**6])


def judged(gaps):
    """The verdicts on made-up gaps."""
    functions, seeds = next(iter(gaps.values())).shape
    settings = GlobalOptimizers(functions=tuple(FUNCTIONS)[:functions], seeds=seeds)
    return verdicts(comparison.compare(made_up(gaps), study.labels(), settings), settings)


@pytest.mark.parametrize(
    ("factors", "outcome"),
    [
        ([0.1] * 6, SUPPORTED),
        ([10.0] * 6, CONTRADICTED),
        ([0.1] * 4, INCONCLUSIVE),
        ([0.1, 10.0] * 3, INCONCLUSIVE),
    ],
)
def test_the_verdicts_follow_the_gaps(factors, outcome):
    others = 10 ** np.random.default_rng(2).uniform(0, 0.5, (len(factors), 5))
    gaps = dict.fromkeys(study.labels(), others) | dict.fromkeys(
        EXPLICIT, others * np.array(factors)[:, None]
    )
    gaps["explicit_geometric"] = others
    assert [verdict.outcome for verdict in judged(gaps)] == [outcome] * 5


def test_one_strong_rival_is_enough_to_contradict():
    others = 10 ** np.random.default_rng(2).uniform(0, 0.5, (6, 5))
    gaps = dict.fromkeys(study.labels(), others) | dict.fromkeys(EXPLICIT, others / 10)
    first = judged(gaps | {"dual_annealing": others / 100})[0]
    assert first.outcome == CONTRADICTED and "dual_annealing" in first.statistic and first.value == 0


@pytest.mark.parametrize(("both", "outcome"), [(20, SUPPORTED), (11, INCONCLUSIVE), (1, CONTRADICTED)])
def test_the_regimes_of_rastrigin(both, outcome):
    gaps = 10 ** np.random.default_rng(2).uniform(0, 0.5, (9, 20))
    runs = made_up({"explicit_nice": gaps})
    beside = (runs["optimizer"] == "explicit_geometric") & (runs["seed"] < both)
    runs.loc[beside, "misplaced"] = 1
    settings = GlobalOptimizers(functions=tuple(FUNCTIONS)[:9])
    verdict = verdicts(comparison.compare(runs, study.labels(), settings), settings)[-1]
    assert verdict.outcome == outcome and verdict.value == both / 20
    assert f"1 in {both}" in verdict.remark


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn(name, findings, tmp_path):
    figure = FIGURES[name](findings.tables)
    save(figure, tmp_path / "figure.png")
    assert ("Alpine 1" in texts(figure)) == (name != "optimizer_profiles")
    assert ("CMA-ES" in texts(figure)) == (name != "optimizer_schedules")
    assert set(STUDIES["global_optimizers"].figures) == set(FIGURES)


def test_a_figure_without_rastrigin_says_so(findings):
    runs = findings.tables["runs"]
    tables = comparison.compare(runs[runs["function"] != "rastrigin"], study.labels(), SMALL)
    assert "not measured" in texts(FIGURES["optimizer_schedules"](tables))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seeds": 1}, "seeds = 1: expected at least 2"),
        ({"dimension": 1}, "dimension = 1"),
        ({"functions": []}, "expected at least one"),
        ({"functions": ["sphere", "sphere"]}, "each once"),
        ({"precision": 0.1}, r"precision = 0.1: expected in \(0, success = 0.01\]"),
        ({"last": 2.0}, "expected first > last > 0"),
        ({"power": 0.0}, "power = 0.0"),
        ({"evaluations": 5999}, "evaluations = 5999: three levels of smoothing take 6000"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        make_settings("global_optimizers", values)


def test_an_unknown_function_is_refused_before_any_run(told):
    with pytest.raises(ValueError, match="'sphere2' is unknown; expected some of ackley"):
        study.measure(replace(SMALL, functions=("sphere", "sphere2")), None)
