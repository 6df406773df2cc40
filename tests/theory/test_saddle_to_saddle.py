"""Stage-wise learning against closed forms, brute force, and the laws of the linear dynamics."""

import numpy as np
import pandas as pd
import pytest
import torch

from graduated.saddle_to_saddle.alignment import unit_coefficients
from graduated.saddle_to_saddle.descent import (
    descend,
    initial_units,
    outputs_of,
    product,
    stacked_units,
    two_layers,
)
from graduated.saddle_to_saddle.fast import fast, run_fast
from graduated.saddle_to_saddle.predictions import (
    alignment_exponent,
    escape_slopes,
    leading_direction,
    lemma_matrix,
    misalignment,
    rates,
)
from graduated.saddle_to_saddle.regression import (
    CORRELATED,
    NEARLY_EQUAL,
    SYMMETRIC,
    WHITENED,
    Regression,
    make_regression,
)
from graduated.saddle_to_saddle.stages import first_below, follow
from graduated.saddle_to_saddle.study import measure
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import SaddleToSaddle

SMALL = SaddleToSaddle(
    sets=4,
    samples=60,
    dimension=6,
    units=24,
    teacher=(4.0, 1.5),
    learning_rate=0.05,
    alignment_rates=(0.05, 0.02),
    scales=(1e-4, 1e-6, 1e-8),
    relu_samples=(60, 120),
    deep_scales=(0.1, 0.05, 0.025),
)


def weights_of(scales, settings=SMALL):
    units = initial_units(settings.sets, settings.units, settings.dimension, settings.dimension, 0)
    return two_layers(units, scales, settings.dimension)


def one_mode(target: float) -> Regression:
    """One input and one output, L = ½(s − w₂w₁)²."""
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    return Regression(one, target * one, 1, one.new_zeros(1))


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def test_whitened_inputs_have_the_identity_as_covariance_and_symmetric_ones_mean_zero():
    whitened = make_regression(SMALL, WHITENED).inputs
    torch.testing.assert_close(whitened @ whitened.mT / SMALL.samples, torch.eye(6).double().expand(4, 6, 6))
    symmetric = make_regression(SMALL, SYMMETRIC)
    assert symmetric.samples == 2 * SMALL.samples
    assert symmetric.inputs.sum(-1).abs().max() < 1e-12 and symmetric.targets.sum(-1).abs().max() < 1e-12


def test_coefficients_of_whitened_data_have_the_teachers_singular_values():
    settings = SaddleToSaddle(sets=3, noise=0.0)
    for kind, expected in ((WHITENED, (4, 2, 1)), (NEARLY_EQUAL, (4, 3.8, 1))):
        data = make_regression(settings, kind)
        values = torch.linalg.svdvals(data.coefficients(torch.zeros_like(data.targets)))
        torch.testing.assert_close(values[:, :3], torch.tensor(expected).double().expand(3, 3))
        assert values[:, 3:].max() < 1e-12


def test_coefficients_are_minus_the_gradient_with_respect_to_the_map():
    data = make_regression(SMALL, CORRELATED)
    maps = torch.randn(4, 6, 6, dtype=torch.float64, generator=torch.manual_seed(0)).requires_grad_()
    (gradient,) = torch.autograd.grad(data.loss(maps @ data.inputs).sum(), maps)
    torch.testing.assert_close(data.coefficients(maps.detach() @ data.inputs), -gradient.mT)


def test_fewer_columns_keep_the_loss_of_every_linear_map():
    data = make_regression(SMALL, CORRELATED)
    maps = torch.randn(5, 4, 6, 6, dtype=torch.float64, generator=torch.manual_seed(1))
    short = data.for_linear_networks()
    assert short.inputs.shape == (4, 6, 6)
    torch.testing.assert_close(
        short.loss(maps @ short.inputs), data.loss(maps @ data.inputs), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_no_map_found_by_search_beats_reduced_rank_regression(rank):
    data = make_regression(SMALL, CORRELATED)
    maps, losses = data.reduced_rank(rank)
    assert (torch.linalg.svdvals(maps)[:, rank:] < 1e-10).all()
    if rank == 0:
        expected = data.targets.square().sum((-2, -1)) / (2 * data.samples)
        torch.testing.assert_close(losses, expected)
        return
    generator = torch.manual_seed(2)
    factors = [
        torch.randn(4, 6, rank, dtype=torch.float64, generator=generator).requires_grad_() for _ in "ab"
    ]
    search = torch.optim.LBFGS(factors, max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure():
        search.zero_grad()
        loss = data.loss(factors[0] @ factors[1].mT @ data.inputs).sum()
        loss.backward()
        return loss

    search.step(closure)
    torch.testing.assert_close(closure().detach(), losses.sum(), rtol=1e-5, atol=0)
    assert closure() >= losses.sum() * (1 - 1e-12)


def test_reduced_rank_losses_of_whitened_data_fall_by_half_the_squared_singular_values():
    data = make_regression(SMALL, WHITENED)
    values = torch.linalg.svdvals(data.coefficients(torch.zeros_like(data.targets)))
    losses = data.reduced_rank_losses(2)
    torch.testing.assert_close(losses[:-1] - losses[1:], values[:, :2].T.square() / 2)


def test_the_longest_unit_has_the_scale_as_its_norm():
    weights = weights_of((1e-3, 1e-9))
    norms = stacked_units(weights).norm(dim=-1).amax(-1)
    torch.testing.assert_close(norms, torch.tensor([[1e-3], [1e-9]]).double().expand(2, 4))


def test_descent_of_one_mode_follows_the_sigmoid_of_saxe():
    target, rate = 3.0, 1e-3
    start = torch.full((1, 1, 1, 1), 0.05, dtype=torch.float64)
    states = descend([start, start], one_mode(target), "linear", rate)
    for state in states:
        time, initial = state.step * rate, 0.05**2
        grown = np.exp(2 * target * time)
        expected = target * grown / (grown - 1 + target / initial)
        assert product(state.weights).item() == pytest.approx(expected, rel=2e-2)
        if state.step == 2000:
            break
    assert expected == pytest.approx(target, rel=1e-2)


def test_descent_takes_the_steps_of_gradient_descent_written_out():
    data = make_regression(SMALL, CORRELATED)
    weights = weights_of((0.3,))
    first, second = (matrix[0, 0].numpy().copy() for matrix in weights)
    x, y, n = data.inputs[0].numpy(), data.targets[0].numpy(), data.samples
    states = descend(weights, data, "ReLU", 0.05)
    for _ in range(3):
        state = next(states)
        hidden = np.maximum(first @ x, 0)
        error = second @ hidden - y
        assert state.loss[0, 0].item() == pytest.approx((error**2).sum() / (2 * n), rel=1e-12)
        gradients = (second.T @ error * (first @ x > 0)) @ x.T / n, error @ hidden.T / n
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
        assert state.gradient_norm[0, 0].item() == pytest.approx(norm, rel=1e-12)
        first, second = first - 0.05 * gradients[0], second - 0.05 * gradients[1]


def test_descent_says_when_it_diverges():
    states = descend(weights_of((1.0,)), make_regression(SMALL, CORRELATED), "linear", 50.0)
    with pytest.raises(RuntimeError, match=r"gradient descent, linear: not settled after \d+ steps"):
        list(states)


def test_the_matrix_of_the_lemma_has_eigenvalues_1_plus_minus_the_singular_values():
    data = make_regression(SMALL, CORRELATED)
    coefficients = data.coefficients(torch.zeros_like(data.targets))
    values = 0.05 * torch.linalg.svdvals(coefficients)
    expected = torch.cat([1 - values, 1 + values], -1).sort().values
    matrix = lemma_matrix(coefficients, 0.05)
    torch.testing.assert_close(torch.linalg.eigvalsh(matrix), expected)
    leading = leading_direction(coefficients)
    stretched = (matrix @ leading.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(stretched, (1 + values[:, :1]) * leading)


def test_coefficients_of_units_sum_over_the_samples_in_their_half_space():
    data = make_regression(SMALL, CORRELATED)
    weights = weights_of((0.5,))
    found = unit_coefficients(weights, data, "ReLU")[0, 1, 3]
    errors = data.targets[1] - outputs_of(weights, "ReLU", data.inputs)[0, 1]
    active = weights[0][0, 1, 3] @ data.inputs[1] > 0
    torch.testing.assert_close(found, data.inputs[1][:, active] @ errors[:, active].T / data.samples)


def test_misalignment_is_the_tangent_of_an_angle():
    direction = torch.tensor([1.0, 0, 0]).double()
    assert misalignment(torch.tensor([[2.0, 0, 0]]).double(), direction) == 0
    one = misalignment(torch.tensor([[-3.0, 0, 4.0]]).double(), direction)
    assert one.item() == pytest.approx(4 / 3)


def test_predictions_in_numbers():
    values = torch.tensor([4.0, 2.0, 1.0]).double()
    assert alignment_exponent(values, 1e-9).item() == pytest.approx(0.5, abs=1e-6)
    assert alignment_exponent(values, 0.02).item() == pytest.approx(1 - np.log(1.04) / np.log(1.08))
    measured = 1 / rates(torch.tensor([3.9936, 1.9988, 0.9983]).double(), 0.02)
    assert measured.tolist() == pytest.approx([13.014, 25.512, 50.582], abs=2e-2)


def test_escapes_at_unchanged_rates_come_at_their_inverses_and_later_at_slower_ones():
    speed = torch.tensor([0.08, 0.04, 0.02]).double()
    unchanged = escape_slopes([speed, speed[1:], speed[2:]])
    assert unchanged.tolist() == pytest.approx([12.5, 25, 50])
    slower = escape_slopes([speed, speed[1:] / 2, speed[2:]])
    assert slower.tolist() == pytest.approx([12.5, 12.5 + 0.5 / 0.02, 37.5 + (1 - 0.25 - 0.25) / 0.02])


def test_plateaus_are_where_the_gradient_is_least():
    data = make_regression(SMALL, WHITENED).for_linear_networks()
    optima = data.reduced_rank_losses(2)
    states = descend(weights_of((1e-8,)), data, "linear", SMALL.learning_rate)
    path = follow(states, optima, 1.01 * optima[-1])
    for member in range(SMALL.sets):
        start, between = path.plateaus(0, member)
        assert start <= 1 and path.escapes[0, 0, member] < between < path.escapes[1, 0, member]
        assert path.loss[between, 0, member].item() == pytest.approx(optima[1, member].item(), rel=1e-3)
    with pytest.raises(RuntimeError, match="a level was not reached"):
        first_below(path.loss, optima[-1] / 2)


def test_the_fast_algorithm_moves_once_for_every_rank_whatever_the_scale():
    data = make_regression(SMALL, WHITENED).for_linear_networks()
    losses, moves = run_fast(weights_of((1e-8, 1e-14)), data, SMALL, tolerance=0.01)
    assert (moves == 2).all()
    torch.testing.assert_close(losses[-1], data.reduced_rank_losses(2)[-1].expand(2, 4), rtol=1e-2, atol=0)
    torch.testing.assert_close(losses[:, 0].log(), losses[:, 1].log(), rtol=0, atol=0.2)


def test_verdicts(findings):
    outcomes = {verdict.claim: verdict.outcome for verdict in findings.verdicts}
    for end, outcome in {
        "regression of that rank": SUPPORTED,
        "steps, whitened inputs": SUPPORTED,
        "homogeneous activations": SUPPORTED,
        "tanh activations": CONTRADICTED,
        "linear networks, whitened inputs": SUPPORTED,
        "tanh networks, correlated inputs": SUPPORTED,
        "ReLU networks, correlated inputs": CONTRADICTED,
        "ReLU networks, symmetric inputs": SUPPORTED,
        "in proportion to 1/ε": SUPPORTED,
    }.items():
        (claim,) = [claim for claim in outcomes if claim.endswith(end)]
        assert outcomes[claim] == outcome, claim


def test_tanh_departs_from_the_lemma_with_the_square_of_the_scale(findings):
    lemma = findings.tables["lemma"].groupby(["activation", "scale"])["residual"].mean()
    assert lemma["tanh"][0.1] / lemma["tanh"][0.01] == pytest.approx(100, rel=0.05)
    assert lemma[["linear", "ReLU", "leaky ReLU"]].max() < 1e-13


def test_tables_bear_what_the_linear_dynamics_predict(findings):
    tables = findings.tables
    whitened = tables["slopes"].query("data == 'whitened'")
    assert np.allclose(whitened["slope"], whitened["predicted"], rtol=0.02)
    assert np.allclose(whitened["predicted"], whitened["predicted_at_saddles"], rtol=1e-9)
    stages = tables["stages"].query("data == 'whitened' and rank == 1")
    distances = stages.groupby("scale")["distance"].max()
    assert distances.is_monotonic_increasing and distances.iloc[0] < 1e-2 * distances.iloc[-1]
    deep = tables["deep"].groupby(["updates", "scale"])["second_over_first"].max()
    assert (deep.xs(0.025, level="scale") < 0.1).all()


def test_the_same_settings_give_the_same_tables(findings):
    for name, table in fast(SMALL).items():
        pd.testing.assert_frame_equal(table, findings.tables[name], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sets": 1}, "sets = 1: expected at least 2"),
        ({"teacher": (1.0, 2.0)}, "teacher = .*: expected two or more descending singular values"),
        ({"units": 4}, "units = 4: expected at least 6"),
        ({"samples": 12}, "samples: expected at least twice the dimension, 20"),
        ({"learning_rate": 0.3}, "learning rates: expected positive numbers below 1 over"),
        ({"scales": (1e-6, 1e-4)}, "scales = .*: expected to descend from 0.01"),
        ({"deep_scales": (0.1,)}, "deep_scales = .*: expected two or more"),
        ({"tolerances": (0.2,)}, "tolerances = .*: expected positive numbers up to 0.1"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        SaddleToSaddle(**values)
