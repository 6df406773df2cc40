import numpy as np
import pytest
import torch
from scipy import optimize, stats
from sklearn.linear_model import Ridge

from graduated.descent import early_stopping, weight_decay
from graduated.descent.early_stopping import BOUND, decayed, risk, sharp_bound, stopped, widest_gap
from graduated.descent.regularisation import measure
from graduated.descent.weight_decay import Network
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import Regularisation

SMALL = Regularisation(data_sets=6, problems=6, times=40, signals=(0.01, 1.0))


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def network() -> tuple[Network, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((5, 3), (5,), (5,), (), (20, 3))
    *parts, inputs = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return Network(*parts), inputs


def test_a_mapped_network_is_the_same_function():
    original, inputs = network()
    mapped = original.mapped(SMALL)
    expected = SMALL.target_scale * original(inputs) + SMALL.target_shift
    seen = mapped(SMALL.input_scale * inputs + SMALL.input_shift)
    torch.testing.assert_close(seen, expected, rtol=1e-12, atol=1e-12)


def test_what_the_printed_exponents_make_of_the_regulariser():
    original, _ = network()
    a, c = SMALL.input_scale, SMALL.target_scale
    first, second = (part.square().sum() for part in (original.first, original.second))
    for name, exponents in {"a^½, c^−½": (-1.5, 1.5), "a², c⁻²": (0, 0), "unchanged": (-2, 2)}.items():
        factors = weight_decay.RESCALINGS[name](a, c)
        mapped = original.mapped(SMALL).regulariser((0.3 * factors[0], 0.2 * factors[1]))
        expected = (0.3 * first * a ** exponents[0] + 0.2 * second * c ** exponents[1]) / 2
        assert mapped.item() == pytest.approx(expected.item(), rel=1e-12)


def test_a_fit_is_a_minimum():
    start, inputs = network()
    targets = inputs[:, 0].sin()
    fitted = weight_decay.fit(start, inputs, targets, (0.3, 0.2))

    def objective(vector: np.ndarray) -> float:
        other = fitted.like(torch.from_numpy(vector))
        return ((other(inputs) - targets).square().sum() / 2 + other.regulariser((0.3, 0.2))).item()

    place = fitted.flat()
    assert np.abs(optimize.approx_fprime(place, objective, 1e-6)).max() < 1e-4
    shifts = 0.01 * stats.norm.rvs(size=(20, len(place)), random_state=0)
    assert min(objective(place + shift) for shift in shifts) > objective(place)


def test_only_one_rescaling_keeps_the_minimiser(findings):
    differences = findings.tables["rescalings"].groupby("rescaling")["difference"].agg(["min", "max"])
    assert differences.loc["a²c², 1", "max"] < 1e-6
    assert differences.drop(index="a²c², 1")["min"].min() > 0.01


def test_the_widest_gap_of_the_shrinkage_curves():
    x = np.linspace(0.01, 20, 2_000_001)
    gaps = 1 - np.exp(-x) - x / (1 + x)
    assert widest_gap() == pytest.approx((gaps.max(), x[gaps.argmax()]), abs=1e-5)
    assert widest_gap() == pytest.approx((0.2036, 2.513), abs=5e-4)


def test_the_published_bound_is_that_of_a_single_direction_without_signal():
    x = np.linspace(0.01, 20, 200_001)
    ratio = (stopped(x) / decayed(x)) ** 2
    assert sharp_bound() == pytest.approx((ratio.max(), x[ratio.argmax()]), abs=1e-4)
    assert BOUND - 0.005 < ratio.max() < BOUND
    assert (stopped(np.array(1.0), 1) / decayed(np.array(1.0))) ** 2 == pytest.approx(4)


def test_descent_tends_to_flow():
    x = np.linspace(0, 5, 11)
    assert stopped(x, 1e7) == pytest.approx(stopped(x), abs=1e-5)


def test_shrinkage_is_that_of_another_ridge_regression():
    design = stats.norm.rvs(size=(40, 3), random_state=0)
    targets = stats.norm.rvs(size=40, random_state=1)
    eigenvalues, axes = np.linalg.eigh(design.T @ design / 40)
    expected = axes @ (decayed(eigenvalues / 0.7) * (axes.T @ np.linalg.lstsq(design, targets)[0]))
    assert Ridge(alpha=0.7 * 40, fit_intercept=False).fit(design, targets).coef_ == pytest.approx(expected)


def test_the_risk_is_that_of_descents_on_noisy_targets():
    design = stats.norm.rvs(size=(30, 4), random_state=0)
    beta, steps, rate = np.array([1.0, -0.5, 0.2, 0.0]), 15, 0.3
    noise = stats.norm.rvs(size=(30, 20_000), random_state=1)
    weights = np.zeros((4, 20_000))
    for _ in range(steps):
        weights -= rate * design.T @ (design @ weights - (design @ beta)[:, None] - noise) / 30
    errors = np.square(weights - beta[:, None]).sum(0)
    eigenvalues, axes = np.linalg.eigh(design.T @ design / 30)
    expected = risk(stopped(steps * rate * eigenvalues, steps), eigenvalues, axes.T @ beta, 1 / 30)
    assert errors.mean() == pytest.approx(expected, abs=4.5 * stats.sem(errors))


def test_effective_parameters_fall_from_all_to_none(findings):
    table = findings.tables["effective_parameters"]
    assert table["parameters"].is_monotonic_decreasing
    assert 11 < table["parameters"].iloc[0] < 12 and table["parameters"].iloc[-1] < 0.1


def test_verdicts(findings):
    outcomes = [verdict.outcome for verdict in findings.verdicts]
    supported, contradicted = SUPPORTED, CONTRADICTED
    assert outcomes[:5] == [supported, contradicted, supported, supported, supported]
    gap, bound, _ = findings.verdicts[5:]
    assert gap.outcome == CONTRADICTED and bound.outcome == SUPPORTED and 1.4 < bound.value < BOUND


def test_a_risk_above_the_bound_is_contradicted(findings):
    risks = findings.tables["risks"].assign(flow=1.7 * findings.tables["risks"]["ridge"])
    _, bound, best = early_stopping.verdicts(findings.tables["shrinkage"], risks)
    assert bound.outcome == CONTRADICTED and best.outcome == CONTRADICTED


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data_sets": 5}, "data_sets = 5: expected at least 6"),
        ({"signals": (0.0,)}, "signals = .*: expected positive numbers"),
        ({"input_scale": 0.0}, "input_scale = 0.0: expected a number greater than 0"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        Regularisation(**values)
