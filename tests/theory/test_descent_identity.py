import itertools

import pytest
import torch

from graduated.plots.theory import descent_identity as drawing
from graduated.smoothing.gradients import rastrigin_gradient
from graduated.studies.settings import DescentIdentity
from graduated.theory import descent_identity as study
from graduated.theory.finite_sum import (
    all_batches,
    batch_noise,
    gradient_variance,
    identity_residual,
    random_finite_sum,
)

SMALL = DescentIdentity(
    laws=("gaussian", "exponential"), learning_rates=(0.005, 0.02), smoothings=(0.3,), points=15, draws=2000
)
PROBLEM = random_finite_sum(6, 2, 0)
POINT = torch.tensor([0.7, -1.1], dtype=torch.float64)


def ignore(fraction, detail):
    pass


@pytest.fixture(scope="module")
def findings():
    return study.measure(SMALL, ignore)


def test_finite_sum_has_the_gradient_of_its_value():
    point = POINT.clone().requires_grad_()
    (expected,) = torch.autograd.grad(PROBLEM.value(point), point)
    torch.testing.assert_close(PROBLEM.gradient(POINT), expected)


def test_all_batches_are_all_batches():
    with_replacement = all_batches(4, 2, replacement=True).tolist()
    assert sorted(with_replacement) == sorted(map(list, itertools.product(range(4), range(4))))
    without = {frozenset(batch) for batch in all_batches(4, 2, replacement=False).tolist()}
    assert without == {frozenset(pair) for pair in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))}


def test_known_ratio_without_replacement():
    """Known: 0.8 of C²/b for n = 6, b = 2."""
    noise = batch_noise(PROBLEM, POINT, all_batches(6, 2, replacement=False))
    ratio = noise.square().sum(1).mean() * 2 / gradient_variance(PROBLEM, POINT)
    assert ratio.item() == pytest.approx(0.8, rel=1e-12)


def test_identity_needs_the_noise_to_have_mean_zero():
    batches = all_batches(6, 2, replacement=False)
    assert identity_residual(PROBLEM, POINT, 0.05, batches) < 1e-13
    assert identity_residual(PROBLEM, POINT, 0.05, batches[:5]) > 1e-3


def test_supports_what_holds(findings):
    assert [verdict.outcome for verdict in findings.verdicts] == ["supported"] * 3
    exact, coverage, variance = findings.verdicts
    assert exact.value < 1e-12
    assert variance.value < 1e-12
    assert coverage.n == len(findings.tables["comparisons"]) == 2 * 2 * 2 * 15 * 2


def test_contradicts_a_step_on_the_function_itself(monkeypatch):
    wrong = (rastrigin_gradient, lambda noise, points, smoothing: rastrigin_gradient(points))
    monkeypatch.setitem(study._FUNCTIONS, "rastrigin", wrong)
    _, coverage, _ = study.measure(SMALL, ignore).verdicts
    assert coverage.outcome == "contradicted"


def test_same_settings_same_tables(findings):
    again = study.measure(SMALL, ignore)
    for name, table in findings.tables.items():
        assert table.to_csv() == again.tables[name].to_csv()


def test_figure_is_drawn(findings):
    (figure,) = (draw(findings.tables) for draw in drawing.FIGURES.values())
    sides, quantiles, variance = figure.axes
    drawn = sum(len(line.get_xdata()) for line in quantiles.lines[:2])
    assert drawn == len(findings.tables["comparisons"])
    assert variance.get_xlabel() == "batch size $b$"
    assert sides.get_legend() is not None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"laws": ("cauchy",)}, "laws = .*expected some of gaussian"),
        ({"learning_rates": ()}, "learning_rates"),
        ({"smoothings": (0.1, -1.0)}, "smoothings"),
        ({"draws": 10}, "draws = 10: expected at least 100"),
        ({"samples": 20, "largest_batch": 6}, "largest_batch = 6"),
    ],
)
def test_refuses_wrong_settings(wrong, message):
    with pytest.raises(ValueError, match=message):
        DescentIdentity(**wrong)
