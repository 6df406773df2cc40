import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from graduated.descent import batch_means, batch_norm, contraction, initialisation, inputs, momentum
from graduated.descent.descent_theory import measure
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import DescentTheory

SMALL = DescentTheory(
    conditions=(1.0, 10.0, 100.0),
    steps=200,
    dimension=4,
    scales=(1.0, 10.0, 30.0),
    samples=4,
    widths=(50, 400),
    depth=6,
)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def test_one_eigenvector_shrinks_by_one_factor_a_step():
    for curvature in (0.1, 1.0, 1.7, 2.1):
        assert contraction.predicted_coefficient(curvature, 0.0, 7) == pytest.approx((1 - curvature) ** 7)


@pytest.mark.parametrize(("learning_rate", "end"), [(0.0199, 4.3171e-5), (0.02, 1.0), (0.0201, 2.0959e4)])
def test_the_edge_of_a_quadratic_of_condition_100(learning_rate, end):
    hessian = torch.diag(torch.tensor([1.0, 100.0], dtype=torch.float64))
    way = contraction.descend(hessian, torch.ones(2, dtype=torch.float64), learning_rate, 0.0, 1000)
    assert abs(way[-1, 1].item()) == pytest.approx(end, rel=1e-4)


def test_rates_with_momentum_are_roots_of_a_quadratic_equation():
    curvature, mu = 0.001, 0.9
    middle = 1 + mu - curvature
    assert contraction.rate(curvature, mu) == pytest.approx((middle + math.sqrt(middle**2 - 4 * mu)) / 2)
    for oscillating in (0.01, 1.0, 3.7):
        assert contraction.rate(oscillating, mu) == pytest.approx(math.sqrt(mu))
    assert contraction.rate(contraction.largest_stable_rate(1.0, mu), mu) == pytest.approx(1)


def test_steps_at_the_best_learning_rate(findings):
    steps = findings.tables["steps"].set_index("condition")["steps"]
    assert steps.to_dict() == {1.0: 1, 10.0: 69, 100.0: 691}


def test_momentum_by_hand(findings):
    speeds = findings.tables["speeds"].set_index(["gradient", "step"])["speed"]
    assert speeds["constant", 1] == pytest.approx(1)
    assert speeds["constant", 3] == pytest.approx(1 + 0.9 + 0.81)
    assert speeds["alternating", 3] == pytest.approx(1 - 0.9 + 0.81)
    assert speeds["constant", 200] == pytest.approx(10 * (1 - 0.9**200), rel=1e-12)
    assert momentum.predicted_speed("alternating", 0.9, 1000) == pytest.approx(1 / 1.9)


def test_steps_of_a_regression_are_those_of_torch():
    design = stats.norm.rvs(size=(30, 2), random_state=0) * [1, 3]
    targets = design @ [1.0, 0.3]
    hessian = torch.from_numpy(design.T @ design / 30)
    rate = 1 / torch.linalg.eigvalsh(hessian)[-1].item()
    weights = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer, losses = torch.optim.SGD([weights], lr=rate), []
    for _ in range(400):
        loss = (torch.from_numpy(design) @ weights - torch.from_numpy(targets)).square().mean() / 2
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert inputs.steps_to_minimum(design, targets) == sum(loss > 1e-6 * losses[0] for loss in losses)


def test_steps_grow_with_the_square_of_the_scale(findings):
    table = findings.tables["input_scales"]
    raw = table[~table["standardised"]].groupby("scale")["steps"].mean()
    assert raw[30] / raw[10] == pytest.approx(9, rel=0.05)
    assert raw[10] == pytest.approx(100 * math.log(0.5e6) / 2, rel=0.05)


def test_mini_batches_of_six_by_twos():
    table = batch_means.errors(6).set_index(["replacement", "batch_size"])["error"]
    assert 2 * table[True, 2] ** 2 == pytest.approx(1)
    assert 2 * table[False, 2] ** 2 == pytest.approx(0.8)
    assert table[False, 6] == pytest.approx(0, abs=1e-12)


def test_activations_of_wide_layers_of_rectifiers(findings):
    table = findings.tables["activations"]
    wide = table[(table["width"] == 400) & (table["layer"] == SMALL.depth)]
    he = wide[wide["scale"] == 2]
    assert (he["variance"] / he["mean_square"]).mean() == pytest.approx(1 - 1 / math.pi, abs=0.02)
    start = table[(table["width"] == 400) & (table["layer"] == 0)].set_index(["scale", "network"])[
        "mean_square"
    ]
    growth = np.log2(wide.set_index(["scale", "network"])["mean_square"] / start).groupby("scale").mean()
    assert growth.to_dict() == pytest.approx({1.0: -SMALL.depth, 2.0: 0, 4.0: SMALL.depth}, abs=0.3)
    assert initialisation.HE == 2


def test_the_default_epsilon_breaks_the_invariance_of_batch_norm():
    table = batch_norm.residuals().set_index("epsilon")["residual"]
    assert table[1e-12].max() < 1e-6 < table[1e-5].max()


def test_verdicts(findings):
    outcomes = [verdict.outcome for verdict in findings.verdicts]
    assert outcomes.count(CONTRADICTED) == 1
    second_moment = next(verdict for verdict in findings.verdicts if verdict.outcome == CONTRADICTED)
    assert "is the variance of the activations" in second_moment.claim


def test_a_wrong_contraction_is_contradicted(findings):
    modes = findings.tables["coefficients"].copy()
    modes["coefficient"] += 1e-6
    first, edge, _ = contraction.verdicts(modes, findings.tables["steps"])
    assert first.outcome == CONTRADICTED and edge.outcome == SUPPORTED
    modes.loc[modes["relative_rate"] == 1.1, "relative_rate"] = 0.95
    assert contraction.verdicts(modes, findings.tables["steps"])[1].value == 6


def test_the_same_settings_give_the_same_tables(findings):
    again = initialisation.activations(SMALL)
    pd.testing.assert_frame_equal(again, findings.tables["activations"], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"conditions": (0.5,)}, "conditions = .*: expected numbers from 1 on"),
        ({"relative_rates": (0.5, 1.0)}, "relative_rates = .*: expected in"),
        ({"momentum": 1.0}, "momentum = 1.0: expected in"),
        ({"scales": (1.0,)}, "scales = .*: expected two or more"),
        ({"samples": 8}, "samples = 8: expected at most 7"),
        ({"seeds": 1}, "seeds = 1: expected at least 2"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        DescentTheory(**values)
