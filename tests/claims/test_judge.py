from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from worlds import world

from graduated.claims import grid, methods
from graduated.claims.declarations import read_claims
from graduated.claims.judge import ALL_RUNS, COLUMNS, TRAINED_RUNS, WEAKER, Evidence, judge
from graduated.claims.markdown import BEGIN, END, describe_verdicts, insert, verdict_table
from graduated.claims.verdicts import Verdicts
from graduated.comparison import compare_verdicts
from paths import ROOT

CLAIMS = ROOT / "workflow/claims.yaml"


@pytest.fixture(autouse=True)
def _no_collections(monkeypatch):
    """statsmodels' multipletests collects garbage at each call, half a second in a process with torch."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)


@pytest.fixture(scope="module")
def declarations():
    return read_claims(CLAIMS)


def history(levels: dict[str, float], seeds=range(5)) -> pd.DataFrame:
    """Return histories of one epoch, methods differing by their level and seeds by a little more."""
    generator = np.random.default_rng(5)
    rows = [
        {
            "run": f"{method}/{seed}",
            "method": method,
            "seed": seed,
            "status": "finished",
            "epoch": 1,
            "updates": 10,
        }
        | {"test_accuracy": level + 0.01 * seed + 0.001 * generator.normal()}
        for method, level in levels.items()
        for seed in seeds
    ]
    return pd.DataFrame(rows)


def verdicts(declarations, runs, histories=None) -> pd.Series:
    table = judge(declarations, Evidence(runs, histories or {}))
    assert list(table) == COLUMNS
    return table.set_index(["claim", "runs"])["verdict"]


def test_a_world_as_the_paper_has_it_supports_its_claims(declarations):
    found = verdicts(declarations, world())
    for claim in (
        "sharpness_rises_with_batch_size",
        "sharpness_falls_with_learning_rate",
        "sharpness_falls_with_smoothing",
        "sharpness_smoothing_orders_better_than_parts",
        "sharpness_smoothing_orders_better_than_ratio",
        "accuracy_inverted_u",
        "accuracy_optimum",
    ):
        assert found[claim, ALL_RUNS] == "supported", claim


def test_a_world_upside_down_contradicts_them(declarations):
    upside_down = world(
        sharpness=lambda rate, size, delta: (rate / size) ** 0.7,
        accuracy=lambda rate, size, delta: 0.5 + 0.1 * np.log10(delta / 100),
    )
    found = verdicts(declarations, upside_down)
    for claim in (
        "sharpness_rises_with_batch_size",
        "sharpness_falls_with_learning_rate",
        "sharpness_falls_with_smoothing",
        "sharpness_smoothing_orders_better_than_ratio",
        "accuracy_inverted_u",
    ):
        assert found[claim, ALL_RUNS] == "contradicted", claim


def test_a_world_of_noise_gives_no_verdict(declarations):
    """Nothing depends on anything: no trend is claimed, and what is supported is that there is none."""
    noise = world(sharpness=lambda *_: 1.0, accuracy=lambda *_: 0.5, noise=1.0)
    found = verdicts(declarations, noise)
    trends = [name for name in found.index if name[0].startswith("sharpness_")]
    assert set(found[trends]) <= {"inconclusive", "contradicted"}
    assert found["accuracy_inverted_u", ALL_RUNS] == "inconclusive"


def test_false_verdicts_are_rare_over_all_claims_of_a_preset(declarations):
    """Holm's method keeps the chance of any false verdict on a true null below 5 %."""
    nulls = [claim for claim in declarations.claims if claim.statistic == "trend_advantage"]
    nulls = replace(declarations, claims=tuple(replace(claim, runs=(ALL_RUNS,)) for claim in nulls))
    alarms = 0
    for repetition in range(40):
        generator = np.random.default_rng(repetition)
        runs = world()
        runs["sharpness"] = np.exp(generator.normal(size=len(runs)))
        runs["smoothing"] = runs["learning_rate"] = np.exp(generator.normal(size=len(runs)))
        alarms += (judge(nulls, Evidence(runs, {}))["verdict"] == "supported").any()
    assert alarms <= 5


def test_few_seeds_or_cells_never_give_a_verdict(declarations):
    few_seeds = judge(declarations, Evidence(world(seeds=range(2)), {}))
    assert set(few_seeds["verdict"]) == {"inconclusive"}
    assert few_seeds.set_index("claim").loc["accuracy_optimum", "reason"].eq("2 seeds of at least 3").all()
    runs = world()
    few_cells = judge(declarations, Evidence(runs[runs["batch_size"] <= 32], {}))
    assert set(few_cells["verdict"]) == {"inconclusive"}
    assert few_cells["reason"].iloc[0] == "3 batch sizes of at least 4"
    nothing = "Claims: none can be judged on this preset (3 batch sizes of at least 4)"
    assert describe_verdicts(few_cells) == nothing


def test_repeated_claims_rest_on_the_better_trained_half(declarations):
    table = judge(declarations, Evidence(world(), {})).set_index(["claim", "runs"])
    assert table.at[("accuracy_optimum", TRAINED_RUNS), "n_runs"] == 60
    assert table.at[("accuracy_optimum", ALL_RUNS), "n_runs"] == 120
    assert ("divergence_at_large_smoothing", TRAINED_RUNS) not in table.index


def test_claims_declared_afterwards_are_adjusted_among_themselves(declarations):
    (one,) = [claim for claim in declarations.claims if claim.id == "sharpness_falls_at_equal_loss"]
    claims = [replace(one, id=f"before {number}") for number in range(3)]
    claims += [replace(one, id=f"after {number}", afterwards=(ALL_RUNS,)) for number in range(2)]
    table = judge(replace(declarations, claims=tuple(claims)), Evidence(world(noise=2), {}))
    factor = table["p_adjusted"] / table["p_value"]
    assert factor.tolist() == pytest.approx([3, 3, 3, 2, 2])
    assert table["declared"].tolist() == ["before"] * 3 + ["afterwards"] * 2


def test_a_trend_that_is_surely_there_and_surely_too_small_is_weaker_than_claimed(declarations):
    weak = world(sharpness=lambda rate, size, delta: rate**-0.3 * size**-0.5)
    row = judge(declarations, Evidence(weak, {})).set_index(["claim", "runs"])
    found = row.loc[("sharpness_falls_with_smoothing", ALL_RUNS)]
    assert -0.5 < found["low"] < found["high"] < 0, "a world to the purpose"
    assert (found["verdict"], found["reason"]) == ("inconclusive", WEAKER)


def test_methods_are_compared_within_their_seed(declarations):
    """Seeds differ ten times more than methods do; paired by seed, the difference is clear all the same."""
    better = history({"constant": 0.5, "decaying η": 0.51, "growing b": 0.52, "hybrid": 0.53})
    found = verdicts(declarations, world(), {"four_methods": better})
    assert found["decaying_beats_constant", ALL_RUNS] == found["hybrid_first", ALL_RUNS] == "supported"
    worse = history({"constant": 0.53, "decaying η": 0.52, "growing b": 0.51, "hybrid": 0.5})
    found = verdicts(declarations, world(), {"four_methods": worse})
    assert found["decaying_beats_constant", ALL_RUNS] == found["hybrid_first", ALL_RUNS] == "contradicted"


def test_methods_by_hand():
    standings = history({"one": 0.5, "two": 0.7, "three": 0.4}).assign(basis="epochs")
    values = standings[standings["seed"] == 1].set_index("method")["test_accuracy"]
    options = {"of": "test_accuracy", "at_equal": "epochs"}
    advantage = methods.advantage(standings, 1, better=["two"], worse=["one", "three"], **options)
    assert advantage == pytest.approx(values["two"] - (values["one"] + values["three"]) / 2)
    least = methods.least_advantage(standings, 1, better=["two", "three"], worse=["one"], **options)
    assert least == pytest.approx(values["three"] - values["one"])
    steps = methods.order(standings, 1, best_first=["two", "one", "three"], **options)
    assert steps == pytest.approx(values["one"] - values["three"])
    assert methods.spread(standings, 1, among=["one", "two", "three"], **options) == pytest.approx(
        values["two"] - values["three"]
    )
    with pytest.raises(grid.NotEnoughDataError, match="no finished run of method four"):
        methods.spread(standings, 1, among=["one", "four"], **options)


def test_every_declared_claim_can_be_worked_out(declarations):
    for claim in declarations.claims:
        if not claim.study:
            assert claim.statistic in (methods if claim.comparison else grid).STATISTICS, claim.id
            assert claim.supported and claim.contradicted and claim.measure


def test_claims_left_to_studies_are_those_that_studies_judge(declarations):
    judged = pd.read_csv(ROOT / "results/reference/digits-full/verdicts.csv")
    known = set(zip(judged["study"], judged["claim"], strict=True))
    assert {(claim.study, claim.verdict) for claim in declarations.claims if claim.study} <= known


def test_methods_of_the_claims_are_those_of_the_paper_s_preset(declarations):
    comparisons = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["comparisons"]
    for claim in declarations.claims:
        for option in ("better", "worse", "best_first", "among"):
            known = comparisons[claim.comparison]["methods"] if claim.comparison else {}
            assert set(claim.options.get(option, [])) <= set(known), claim.id


@pytest.mark.parametrize(
    "change, message",
    [
        ({"supported": "over 1"}, "claim c: 'over 1': expected above x"),
        ({"colour": "red"}, "claim c: unknown key colour"),
        ({"statistic": None}, "claim c: statistic missing"),
        ({"runs": ["half"]}, "claim c: runs: expected all, trained or both"),
        ({"afterwards": ["trained"]}, "claim c: runs: expected all, trained or both"),
    ],
)
def test_a_wrong_declaration_is_refused_in_one_line(tmp_path: Path, change, message):
    claim = {"id": "c", "statement": "s", "source": "p", "measure": "m", "statistic": "trend"}
    claim |= {"supported": "above 0", "contradicted": "below 0"} | change
    claim = {key: value for key, value in claim.items() if value is not None}
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"needs": {}, "claims": [claim]}))
    with pytest.raises(ValueError, match=message):
        read_claims(path)


def test_an_id_stands_once(tmp_path: Path):
    claim = {"id": "c", "statement": "s", "source": "p", "study": "x", "verdict": "y"}
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"needs": {}, "claims": [claim, claim]}))
    with pytest.raises(ValueError, match="id c: expected every id once"):
        read_claims(path)


def test_the_table_has_a_row_per_claim_and_a_column_per_preset(declarations):
    judged = judge(declarations, Evidence(world(), {}))
    studies = pd.read_csv(ROOT / "results/reference/digits-full/verdicts.csv")
    text = verdict_table(declarations.claims, Verdicts({"one": judged, "two": judged}, {"two": studies}))
    lines = text.splitlines()
    assert len(lines) == 2 + len(declarations.claims)
    assert all(line.count(" | ") == 3 for line in lines if "\\|" not in line)
    light_tailed = next(line for line in lines if "light-tailed" in line)
    assert light_tailed.count("contradicted") == 1
    assert "supported" in describe_verdicts(judged)


def test_the_table_goes_between_its_marks():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert insert(text, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    for wrong in ("no marks", f"{END} {BEGIN}", text + text):
        with pytest.raises(ValueError, match="once each"):
            insert(wrong, "new")


def test_seeds_that_agree_by_chance_tell_no_spread(declarations):
    equal = history({"decaying η": 0.6, "growing b": 0.6, "hybrid": 0.6, "constant": 0.5})
    equal["test_accuracy"] = equal["test_accuracy"].round(1)
    table = judge(declarations, Evidence(world(), {"four_methods": equal})).set_index(["claim", "runs"])
    row = table.loc[("decaying_beats_constant", ALL_RUNS)]
    assert row["value"] == pytest.approx(0.1) and row["verdict"] == "inconclusive"
    assert row["reason"] == "all seeds give the same number: no spread to judge by"


def test_changed_verdicts_are_listed(declarations):
    one = judge(declarations, Evidence(world(), {}))
    assert compare_verdicts(one, one) == []
    other = judge(declarations, Evidence(world(sharpness=lambda rate, size, delta: delta), {}))
    changes = compare_verdicts(one, other)
    assert any(
        line.startswith("claim sharpness_falls_with_smoothing (all runs): supported") for line in changes
    )
