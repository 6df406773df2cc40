import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import integrate, optimize, stats

from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import OptimizerLaws
from graduated.theory.optimizer_laws import measure
from graduated.theory.optimizer_laws_escape import (
    SPREAD,
    STEPS,
    TIME,
    escapes,
    kramers_rate,
    slope,
    stationary_points,
)
from graduated.theory.optimizer_laws_noise import SCHEDULES, noise_floor, noisy_descent
from graduated.theory.optimizer_laws_noise_verdicts import noise_verdicts
from graduated.theory.optimizer_laws_rules import (
    ADAM,
    EMA,
    GRADIENT_DESCENT,
    HEAVY_BALL,
    NESTEROV,
    RULES,
    ema_momentum,
    growth,
    printed_nesterov,
    run,
    stability_edge,
)
from graduated.theory.optimizer_laws_surfaces import SURFACES, booth, gradient_of, grid, rosenbrock
from graduated.theory.optimizer_laws_verdicts import verdicts

SMALL = OptimizerLaws(
    starts=6,
    steps=80,
    learning_rates=(0.001, 0.01, 0.1, 1.0),
    conditions=(100.0,),
    floor_learning_rates=(0.1, 1.0),
    floor_batch_sizes=(1, 4),
    replicas=2000,
    escape_learning_rates=(0.1, 0.2, 0.4),
    escape_batch_sizes=(2, 4, 8, 16, 32),
    escape_time=40.0,
    escape_steps=200,
    runs=200,
)
LINEAR = (GRADIENT_DESCENT, HEAVY_BALL, NESTEROV, EMA)


def say_nothing(*_: object) -> None:
    pass


def point(*coordinates: float) -> torch.Tensor:
    return torch.tensor(coordinates, dtype=torch.float64)


def booth_gradient(points: torch.Tensor) -> torch.Tensor:
    x, y = points.unbind(-1)
    return torch.stack([10 * x + 8 * y - 34, 8 * x + 10 * y - 38], -1)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, say_nothing)


def test_ends_in_the_valley_as_in_the_book(findings):
    paths = findings.tables["valley"]
    ends = paths[paths["step"] == 30].set_index("method")
    assert ends.loc[GRADIENT_DESCENT, "x"] == pytest.approx(-7 * 0.905**30, rel=1e-12)
    assert ends.loc[GRADIENT_DESCENT, "y"] == pytest.approx(2 * 0.9**30, rel=1e-12)
    assert ends.loc[HEAVY_BALL, ["x", "y"]].tolist() == pytest.approx([0.896414, 0.088086], abs=1e-6)
    assert ends.loc["AdaGrad", "x"] == pytest.approx(-0.120162, abs=1e-6)
    assert ends.loc["RMSprop", "x"] == pytest.approx(-0.697420, abs=1e-5)
    assert ends.loc[ADAM, ["x", "y"]].tolist() == pytest.approx([0.136014, 0.318245], abs=2e-6)


def test_ema_momentum_is_the_rule_as_slides_print_it():
    here, update, expected = point(-1, 2), point(0, 0), []
    for _ in range(20):
        update = 0.9 * update - 0.1 * 0.05 * booth_gradient(here)
        here = here + update
        expected.append(here)
    path = run(ema_momentum, booth_gradient, point(-1, 2), 0.05, 20)
    torch.testing.assert_close(path[1:], torch.stack(expected), rtol=1e-13, atol=1e-13)


def test_nesterov_of_torch_moves_the_points_that_look_ahead():
    here, update, ahead = point(-1, 2), point(0, 0), [point(-1, 2)]
    for _ in range(20):
        update = 0.9 * update - 0.01 * booth_gradient(here + 0.9 * update)
        here = here + update
        ahead.append(here + 0.9 * update)
    path = run(RULES[NESTEROV], booth_gradient, point(-1, 2), 0.01, 20)
    torch.testing.assert_close(path, torch.stack(ahead), rtol=1e-12, atol=1e-12)


def test_nesterov_as_printed_ends_beside_the_minimum():
    end = printed_nesterov(booth_gradient, point(-5, 4), 0.05, 0.9, 4000)
    assert end.tolist() == pytest.approx([1 / 1.9, 3 / 1.9], abs=1e-12)
    assert booth(end).item() == pytest.approx(16.604, abs=1e-3)
    root = optimize.root(lambda x: booth_gradient(1.9 * torch.from_numpy(x)).numpy(), [0, 0]).x
    assert end.tolist() == pytest.approx(root.tolist(), abs=1e-8)
    right = run(RULES[NESTEROV], booth_gradient, point(-5, 4), 0.005, 4000)[-1]
    assert right.tolist() == pytest.approx([1, 3], abs=1e-8)


def test_step_sizes_are_those_of_the_papers(findings):
    table = findings.tables["step_sizes"].set_index(["method", "step"])["measured"]
    assert table["RMSprop", 1] == pytest.approx(10, rel=1e-12)
    corrections = [1 / table[EMA, step] for step in (1, 10, 100)]
    assert corrections == pytest.approx([10, 1.53534, 1.0000266], rel=1e-5)
    assert table["AdaGrad"].sum() == pytest.approx(2 * math.sqrt(1000), rel=0.03)
    assert table[ADAM].to_numpy() == pytest.approx(np.ones(1000), rel=1e-12)
    assert table[HEAVY_BALL, 50] == pytest.approx(sum(0.9**t for t in range(50)), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "minimiser"), [("Booth", (1, 3)), ("Beale", (3, 0.5)), ("Himmelblau", (3, 2))]
)
def test_surfaces_are_least_where_textbooks_say(name, minimiser):
    function = SURFACES[name].function
    assert function(point(*minimiser)).item() == 0
    assert gradient_of(function, point(*minimiser)).tolist() == [0, 0]
    found = optimize.minimize(lambda x: function(torch.from_numpy(x)).item(), np.add(minimiser, 0.1))
    assert found.x == pytest.approx(minimiser, abs=1e-3)


def test_gradients_of_booth():
    points = torch.linspace(-4, 4, 10, dtype=torch.float64).view(5, 2)
    torch.testing.assert_close(gradient_of(booth, points), booth_gradient(points))


@pytest.mark.parametrize(
    ("method", "rate", "value", "first"),
    [(GRADIENT_DESCENT, 1e-3, 1.975e-3, None), (HEAVY_BALL, 1e-4, 8.486e-5, 4793), (ADAM, 0.1, None, 1789)],
)
def test_rosenbrock_from_minus_one(method, rate, value, first):
    def gradient(points: torch.Tensor) -> torch.Tensor:
        x, y = points.unbind(-1)
        return torch.stack([-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)], -1)

    values = rosenbrock(run(RULES[method], gradient, point(-1, -1), rate, 5000))
    if value:
        assert values[-1].item() == pytest.approx(value, rel=1e-3)
    if first:
        assert int((values < 1e-4).int().argmax()) == first


def test_a_learning_rate_is_chosen_and_works_by_the_starts_to_choose_from():
    steps = pd.DataFrame(
        [
            (rate, "valley", start, purpose, taken)
            for purpose, taken_at in (
                ("choose", {0.1: [50, 60], 1.0: [10, 20], 10.0: [5, np.inf]}),
                ("measure", {0.1: [1, 1], 1.0: [99, 99], 10.0: [1, 1]}),
            )
            for rate, both in taken_at.items()
            for start, taken in enumerate(both)
        ],
        columns=["learning_rate", "surface", "start", "purpose", "steps"],
    )
    table = grid(steps.assign(method="any"), replace(SMALL, steps=100))
    assert table["mean_steps"].tolist() == [55, 15, 52.5]
    assert table["works"].tolist() == [True, True, False]
    assert table["chosen"].tolist() == [False, True, False]


def test_rates_at_condition_100(findings):
    table = findings.tables["rates"].set_index("method")
    expected = {GRADIENT_DESCENT: 0.980198, HEAVY_BALL: 0.818182, NESTEROV: 0.9}
    for method, rate in expected.items():
        assert table.loc[method, "predicted"] == pytest.approx(rate, abs=1e-6)
        assert table.loc[method, "measured"] == pytest.approx(rate, rel=1e-3)
    assert table.loc[[GRADIENT_DESCENT, HEAVY_BALL], "predicted_steps"].tolist() == pytest.approx(
        [690.75, 68.85], abs=0.01
    )
    assert table.loc[GRADIENT_DESCENT, "steps"] == 691


@pytest.mark.parametrize("method", LINEAR)
@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_the_edge_is_where_the_spectral_radius_is_one(method, momentum):
    edge = stability_edge(method, momentum)
    products = edge * np.array([0.1, 0.5, 0.9, 0.999999])
    assert max(growth(method, product, momentum) for product in products) < 1
    assert growth(method, edge * 1.000001, momentum) > 1


def test_growth_is_that_of_a_thousand_steps_of_gradient_descent(findings):
    def error(rate: float) -> float:
        return run(RULES[GRADIENT_DESCENT], lambda x: 100 * x, point(1), rate, 1000)[-1].abs().item()

    assert [error(rate) for rate in (0.0199, 0.02, 0.0201)] == pytest.approx([4.3e-5, 1, 2.1e4], rel=0.02)
    table = findings.tables["stability"]
    assert ((table["measured"] < 1) == (table["relative_rate"] < 1)).all()
    unstable = table[table["relative_rate"] > 1]
    assert unstable["measured"].to_numpy() == pytest.approx(unstable["predicted"].to_numpy(), rel=1e-6)


def test_the_noise_floor(findings):
    assert noise_floor(0.1, 4) == pytest.approx(0.0131579, abs=1e-7)
    floor = findings.tables["floor"]
    deviations = (floor["measured"] / floor["predicted"] - 1) / math.sqrt(2 / SMALL.replicas)
    assert len(floor) == 4 and deviations.abs().max() < 4.5


def test_schedules_are_those_of_torch_in_closed_form():
    laws = {
        "constant": lambda t: 0.1,
        "halved every 100": lambda t: 0.1 * 0.5 ** (t // 100),
        "× 0.98 a step": lambda t: 0.1 * 0.98**t,
        "1/(1 + t/20)": lambda t: 2 / (t + 20),
    }
    for name, law in laws.items():
        path = noisy_descent(0.1, 4, SCHEDULES[name], 301, 1, torch.Generator().manual_seed(0))
        assert [rate for rate, _ in path] == pytest.approx([law(t) for t in range(301)], rel=1e-12)


def test_decreasing_learning_rates(findings):
    decay = findings.tables["decay"]
    deviations = (decay["measured"] / decay["exact"] - 1) / math.sqrt(2 / SMALL.replicas)
    assert deviations.abs().max() < 4.5
    ends = decay.groupby("schedule")["exact"].last()
    assert ends["constant"] == pytest.approx(0.0131579, abs=1e-7)
    assert ends["1/(1 + t/20)"] == pytest.approx(4 / (4 * 3 * 2020), rel=0.01)


def test_the_double_well():
    ends = stationary_points()
    assert ends == tuple(sorted(ends))
    assert slope(point(*ends)).abs().max() < 1e-12


@pytest.mark.parametrize("temperature", [0.03, 0.04])
def test_kramers_rate_is_one_over_the_mean_first_passage_time(temperature):
    better, _, poor = stationary_points()

    def well(x: float) -> float:
        return x**4 / 4 - x**2 / 2 + 0.1 * x

    def inner(y: float) -> float:
        return integrate.quad(lambda z: math.exp((well(y) - well(z)) / temperature), y, 3)[0]

    exact = integrate.quad(inner, better, poor, epsrel=1e-4)[0] / temperature
    assert kramers_rate(temperature) * exact == pytest.approx(1, abs=0.25)


def test_the_noise_of_a_mini_batch_has_the_variance_c_squared_over_b(findings):
    for row in findings.tables["escape"].itertuples():
        law = stats.binom(row.batch_size, 0.5)
        counts = np.arange(row.batch_size + 1)
        variance = law.pmf(counts) @ (SPREAD * (2 * counts / row.batch_size - 1)) ** 2
        assert row.smoothing == pytest.approx(row.learning_rate * math.sqrt(variance), rel=1e-9)


def test_without_noise_nothing_leaves():
    quiet = replace(SMALL, escape_batch_sizes=(10**8, 2 * 10**8, 4 * 10**8), runs=10)
    assert (escapes(quiet, say_nothing)["left"] == 0).all()


def test_leaving_goes_with_the_temperature_at_equal_time(findings):
    table = findings.tables["escape"]
    runs, steps = (table[table["horizon"] == horizon] for horizon in (TIME, STEPS))
    spreads = {
        parameter: runs.groupby(runs[parameter].round(9))["share"].agg(np.ptp).max()
        for parameter in ("smoothing", "noise_ratio")
    }
    assert spreads["noise_ratio"] < 0.2 < 0.4 < spreads["smoothing"]
    assert (runs["share"] - runs["kramers"]).abs().max() < 0.2
    assert steps.loc[steps["batch_size"] == 8, "share"].is_monotonic_increasing


def test_verdicts(findings):
    outcomes = [verdict.outcome for verdict in findings.verdicts]
    identity, forms, printed, limit, sizes, *linear, edges = outcomes[:9]
    assert (identity, forms, printed, limit) == (SUPPORTED, SUPPORTED, CONTRADICTED, SUPPORTED)
    assert (sizes, edges) == (SUPPORTED, SUPPORTED) and linear == [SUPPORTED] * 3
    by_smoothing = next(v for v in findings.verdicts if "δ = αC/√b" in v.claim)
    assert by_smoothing.outcome == CONTRADICTED and by_smoothing.n == SMALL.runs


def test_verdicts_fail_where_the_laws_do(findings):
    wrong = {name: table.copy() for name, table in findings.tables.items()}
    wrong["identities"]["deviation"] = 1e-6
    wrong["step_sizes"]["deviation"] = 1e-6
    wrong["rates"]["ratio"] *= 1.02
    wrong["stability"]["measured"] = 1.01
    assert {verdict.outcome for verdict in verdicts(wrong, SMALL)[:9]} == {CONTRADICTED}
    for column in ("measured", "low", "high"):
        wrong["floor"][column] *= 1.2
    wrong["decay"]["measured"] *= 2.0 ** -np.arange(len(wrong["decay"]))
    assert {verdict.outcome for verdict in noise_verdicts(wrong)[:3]} == {CONTRADICTED}


def test_the_same_settings_give_the_same_tables(findings):
    again = escapes(SMALL, say_nothing)
    pd.testing.assert_frame_equal(again, findings.tables["escape"], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"starts": 1}, "starts = 1: expected at least 2"),
        ({"learning_rates": (0.1, 0.01)}, "learning_rates = .*: expected two or more ascending"),
        ({"conditions": (1.0,)}, "conditions = .*: expected numbers above 1"),
        ({"floor_learning_rates": (2.0,)}, r"floor_learning_rates = .*: expected in \(0, 2\)"),
        ({"floor_batch_sizes": ()}, "floor_batch_sizes = .*: expected numbers from 1 on"),
        ({"escape_batch_sizes": (1, 2, 3)}, "escape_batch_sizes = .*: expected three or more, each twice"),
        ({"escape_learning_rates": (0.25, 0.5, 1.0)}, "escape_learning_rates = .*: expected at most 0.5"),
        ({"escape_time": 0.0}, "escape_time = 0.0: expected a positive number"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        OptimizerLaws(**values)
