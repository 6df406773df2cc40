import math

import numpy as np
import pandas as pd
import pytest
import torch

from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import TeleportationTheory
from graduated.teleportation.descents import ASCENT, BEST, PLAIN, ROTATED
from graduated.teleportation.functions import BOOTH, QUARTIC, ROSENBROCK, ascend, rotate, steepest
from graduated.teleportation.theorems import PLAIN_SGD, STEEPEST, TELEPORTED
from graduated.teleportation.theory import measure

SMALL = TeleportationTheory(learning_rates=(0.001,), seeds=30, horizons=(10, 50), levels=9, replicas=50)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def at(*point: float) -> torch.Tensor:
    return torch.tensor(point, dtype=torch.float64)


def test_the_functions_are_those_of_the_literature():
    x, y = 0.7, -1.3
    assert BOOTH.value(at(x, y)).item() == pytest.approx((x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2)
    assert ROSENBROCK.value(at(x, y)).item() == pytest.approx(100 * (y - x * x) ** 2 + (1 - x) ** 2)
    quadratic = (3 * x * x + 2 * x * y + y * y) / 2
    assert QUARTIC.value(at(x, y)).item() == pytest.approx(quadratic + 0.1 * (x**4 + y**4))
    assert BOOTH.gradient(at(x, y)).tolist() == pytest.approx([10 * x + 8 * y - 34, 8 * x + 10 * y - 38])
    assert torch.linalg.eigvalsh(BOOTH.hessian(at(x, y))).tolist() == pytest.approx([2, 18])
    expected = [[3 + 1.2 * x * x, 1], [1, 1 + 1.2 * y * y]]
    assert np.allclose(QUARTIC.hessian(at(x, y)), expected)


@pytest.mark.parametrize("function", [BOOTH, ROSENBROCK, QUARTIC], ids=lambda function: function.name)
def test_rotations_stay_on_the_level_set_and_the_steepest_point_is_steepest(function):
    point, angles = at(1.4, -0.6), torch.linspace(0, 2 * math.pi, 5001, dtype=torch.float64)
    around = rotate(function, point.expand(5001, 2), angles)
    level = function.value(point)
    assert torch.allclose(function.value(around), level.expand(5001), rtol=1e-12)
    assert torch.allclose(around[-1], point, atol=1e-12)
    norms = function.gradient(around).norm(dim=1)
    best = function.gradient(steepest(function, level.unsqueeze(0))).norm().item()
    assert norms.max().item() <= best * (1 + 1e-12) and best == pytest.approx(norms.max().item(), rel=1e-5)
    moved = ascend(function, point.unsqueeze(0), at(0.0), 1e-6, 3)
    assert function.gradient(moved).norm() > function.gradient(point).norm()


def test_booth_ends_at_the_published_codes_losses(findings):
    booth = findings.tables["booth"].set_index(["arm", "step", "learning_rate"])["loss"]
    assert booth[PLAIN, 4, 0.08] == pytest.approx(17.948211, abs=1e-6)
    assert booth[PLAIN, 9, 0.08] == pytest.approx(3.12150096, abs=1e-8)
    assert booth[BEST, 9, 0.08] == pytest.approx(17.948211369895528 * 0.44**10, rel=1e-9)
    assert booth[BEST, 4, 1 / 18] > 20 and booth[BEST, 5, 1 / 18] < 1e-25


def test_rosenbrock_has_the_published_setting(findings):
    ends = findings.tables["ends"]
    published = ends[ends["learning_rate"] == 0.001].groupby("arm")["loss"]
    lines = findings.tables["rosenbrock"].set_index(["arm", "learning_rate", "step"])
    assert lines.loc[(PLAIN, 0.001, 999), "median"] == pytest.approx(0.1115, abs=5e-5)
    assert 1e-11 < published.median()[ASCENT] < published.median()[ROTATED] < 1e-3
    assert published.max()[BEST] < 1e-25
    plain = published.get_group(PLAIN)
    assert (plain == plain.iloc[0]).all() and ends["arm"].nunique() == 4


def test_one_teleport_is_enough_only_on_the_quadratic(findings):
    least = findings.tables["after_one"].groupby("function")["ratio"].min()
    assert least["Booth"] == pytest.approx(1, abs=1e-9) and least["Rosenbrock"] < 0.05


def test_newtons_direction_and_its_order(findings):
    newton, orders = findings.tables["newton"], findings.tables["orders"]
    own = newton[newton["point"] == STEEPEST]
    assert own["cosine"].min() == pytest.approx(1, abs=1e-12)
    order = orders.set_index(["function", "point"])["order"]
    assert order["Rosenbrock", STEEPEST] == pytest.approx(2, abs=0.01)
    assert order["quartic", STEEPEST] == pytest.approx(3, abs=0.01)
    assert order.xs("random point", level="point").tolist() == pytest.approx([1, 1], abs=0.01)


def test_a_step_on_the_quartic_is_newtons_in_closed_form(findings):
    newton = findings.tables["newton"]
    row = newton[(newton["function"] == "quartic") & (newton["point"] == STEEPEST)].iloc[0]
    point = steepest(QUARTIC, at(row["level"]))[0]
    left = torch.linalg.solve(QUARTIC.hessian(point), 0.8 * point.pow(3))
    assert row["after"] == pytest.approx(left.norm().item(), rel=1e-9)


def test_without_noise_the_bounds_left_side_is_a_power(findings):
    bound = findings.tables["bound"].set_index(["noise", "arm", "horizon"])
    for horizon in SMALL.horizons:
        row = bound.loc[("without noise", TELEPORTED, horizon)]
        assert row["left"] == pytest.approx(
            2 * (1 - 1 / math.sqrt(horizon - 1)) ** (2 * horizon - 2), rel=1e-9
        )
        assert row["right"] == pytest.approx(2 / math.sqrt(horizon - 1))
        noisy = bound.loc[("with noise", TELEPORTED, horizon)]
        assert noisy["right"] == pytest.approx(3 / math.sqrt(horizon - 1)) and noisy["high"] < noisy["right"]
    own = bound.xs(PLAIN_SGD, level="arm")
    assert (own["own"] < own["right"]).all() and (own["left"] > own["right"]).any()


def test_contraction_is_the_closed_form(findings):
    table = findings.tables["contraction"]
    assert np.allclose(table["contraction"], table["predicted"], rtol=0, atol=1e-10)
    rate = table.set_index(["function", "arm", "relative_rate"])["contraction"]
    assert rate["Booth", BEST, 1.8] == pytest.approx(0.64) and rate["Booth", PLAIN, 1.8] == pytest.approx(
        0.64
    )
    assert rate["Booth", BEST, 0.5] == pytest.approx(0.25)
    assert rate["Booth", PLAIN, 0.5] == pytest.approx((17 / 18) ** 2)


def test_verdicts(findings):
    outcomes = [verdict.outcome for verdict in findings.verdicts]
    expected = [SUPPORTED] * 10
    expected[4] = expected[8] = CONTRADICTED
    assert outcomes == expected
    assert "Rosenbrock" in findings.verdicts[4].claim and "without teleports" in findings.verdicts[8].claim


def test_the_same_settings_give_the_same_tables(findings):
    for name, table in measure(SMALL, lambda fraction, detail: None).tables.items():
        pd.testing.assert_frame_equal(table, findings.tables[name], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rates": (0.0,)}, "learning_rates = .*: expected positive numbers"),
        ({"steps": 99}, "steps = 99: expected at least 100"),
        ({"horizons": (30, 10)}, "horizons = .*: expected two or more ascending numbers from 2 on"),
        ({"condition": 0.5}, "condition = 0.5: expected a number from 1 on"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        TeleportationTheory(**values)
