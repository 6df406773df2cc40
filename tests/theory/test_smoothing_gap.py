import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import integrate, stats

from graduated.smoothing.landscapes import drop_wave
from graduated.smoothing.laws import ball, scaled_gaussian
from graduated.streams import stream
from graduated.studies import CONTRADICTED, SUPPORTED
from graduated.studies.settings import SmoothingGap
from graduated.theory.smoothing_gap import (
    BALL,
    PRINTED,
    SCALED,
    drop_wave_lipschitz,
    mean_norm,
    measure,
    sine_factor,
    smoothed_cone,
)

SMALL = SmoothingGap(smoothings=(0.05, 0.5, 5.0), dimensions=(1, 2, 100), draws=2000)


@pytest.fixture(scope="module")
def findings():
    return measure(SMALL, lambda fraction, detail: None)


def test_the_cone_in_one_dimension_is_a_folded_normal():
    for radius, smoothing in ((0.0, 0.3), (0.7, 0.9), (2.0, 0.4)):
        folded = stats.foldnorm(radius / smoothing, scale=smoothing).mean()
        assert smoothed_cone(radius, smoothing, 1) == pytest.approx(folded, rel=1e-10)


@pytest.mark.parametrize("dimension", [2, 100, 1000])
def test_the_cone_agrees_with_monte_carlo(dimension):
    noise = scaled_gaussian((20_000, dimension), stream(0, "cone"))
    noise[:, 0] = 0.8 - 0.5 * noise[:, 0]
    noise[:, 1:] *= 0.5
    distances = torch.linalg.vector_norm(noise, dim=1)
    error = distances.std().item() / math.sqrt(len(distances))
    assert smoothed_cone(0.8, 0.5, dimension) == pytest.approx(distances.mean().item(), abs=4.5 * error)


@pytest.mark.parametrize("t", [0.3, 2.0, 20.0])
def test_the_factor_of_the_sines_under_uniform_noise(t):
    assert sine_factor(BALL, t, 1) == pytest.approx(math.sin(t) / t, abs=1e-12)
    assert sine_factor(BALL, t, 3) == pytest.approx(3 * (math.sin(t) - t * math.cos(t)) / t**3, abs=1e-12)
    wide = np.cos(t * ball((50_000, 10), stream(0, "sines"))[:, 0].numpy())
    assert sine_factor(BALL, t, 10) == pytest.approx(wide.mean(), abs=4.5 * wide.std() / math.sqrt(50_000))


def test_the_lipschitz_constant_of_drop_wave_is_its_steepest_secant():
    grid = torch.linspace(-10, 10, 2_000_001, dtype=torch.float64)
    secants = drop_wave(grid.unsqueeze(1)).diff().abs() / grid.diff()
    assert drop_wave_lipschitz() == pytest.approx(secants.max().item(), rel=1e-6)
    assert drop_wave_lipschitz() >= secants.max().item() * (1 - 1e-9)


@pytest.mark.parametrize("dimension", [1, 2, 3, 8])
def test_mean_norms_are_integrals_over_the_radius(dimension):
    surface = 2 * math.pi ** (dimension / 2) / math.gamma(dimension / 2)

    def density(r: float) -> float:
        return surface * r ** (dimension - 1) * (2 * math.pi) ** (-dimension / 2) * math.exp(-r * r / 2)

    standard = integrate.quad(lambda r: r * density(r), 0, 40)[0]
    assert mean_norm("N(0, I)", dimension) == pytest.approx(standard, rel=1e-8)
    assert mean_norm(SCALED, dimension) == pytest.approx(standard / math.sqrt(dimension), rel=1e-8)
    assert mean_norm(PRINTED, dimension) == pytest.approx(standard / dimension**0.25, rel=1e-8)
    uniform = integrate.quad(lambda r: dimension * r**dimension, 0, 1)[0]
    assert mean_norm(BALL, dimension) == pytest.approx(uniform, rel=1e-8)


def test_samples_have_the_norms_in_the_table(findings):
    norms = findings.tables["norms"]
    deviations = (norms["sampled_mean_norm"] - norms["mean_norm"]) / norms["standard_error"]
    assert len(norms) == 12 and deviations.abs().max() < 4.5
    printed = norms[norms["law"] == PRINTED].set_index("dimension")["mean_square"]
    assert printed.to_dict() == pytest.approx({1: 1, 2: math.sqrt(2), 100: 10})


def test_gaps_of_the_sines_in_closed_form(findings):
    gaps = findings.tables["gaps"].set_index(["function", "law", "dimension", "smoothing"])
    for dimension in SMALL.dimensions:
        row = gaps.loc[("sines", SCALED, dimension, 0.5)]
        expected = math.sqrt(dimension) * (1 - math.exp(-0.125 / dimension))
        assert row["gap"] == pytest.approx(expected, rel=1e-9)
        assert row["bound"] == pytest.approx(0.5 * mean_norm(SCALED, dimension), rel=1e-12)


def test_verdicts(findings):
    lemma, printed, scaled = findings.verdicts
    assert lemma.outcome == SUPPORTED and lemma.value == pytest.approx(1)
    assert findings.tables["gaps"].query("function != 'cone'")["ratio"].max() < 1
    assert printed.outcome == CONTRADICTED and printed.value == pytest.approx(3.15438, abs=1e-5)
    assert scaled.outcome == SUPPORTED and scaled.value < 1


def test_the_same_settings_give_the_same_tables(findings):
    for name, table in measure(SMALL, lambda fraction, detail: None).tables.items():
        pd.testing.assert_frame_equal(table, findings.tables[name], check_exact=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"smoothings": (0.1, 0)}, "smoothings = .*: expected positive numbers"),
        ({"smoothings": ()}, "smoothings = .*: expected positive numbers"),
        ({"dimensions": (0,)}, "dimensions = .*: expected numbers from 1 on"),
        ({"draws": 1}, "draws = 1: expected at least 2"),
    ],
)
def test_refuses_settings_out_of_range(values, message):
    with pytest.raises(ValueError, match=message):
        SmoothingGap(**values)
