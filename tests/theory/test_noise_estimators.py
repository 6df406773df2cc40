import math
from itertools import product

import numpy as np
import pandas as pd
import pytest

from graduated.noise.along_training import networks
from graduated.noise.minibatches import training_set_variance
from graduated.plots.theory.noise_estimators import FIGURES
from graduated.resume import Resume
from graduated.storage import to_json
from graduated.studies.settings import NoiseEstimators
from graduated.theory.noise_estimators import measure
from graduated.theory.noise_estimators_verdicts import verdicts
from toys import toy_data, toy_training

SETTINGS = NoiseEstimators(
    batch_size=16, seed=(0, 1), epochs=(0, 2), small_batch_size=5, large_batch_size=20, pairs=12
)
SERIES = (("per sample", "evaluation"), ("two batch sizes", "evaluation"), ("two batch sizes", "training"))


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def findings():
    return measure(SETTINGS, toy_training(), quiet)


def made_up(growth=1.0, in_training=1.0, spread=0.01, seeds=(0, 1, 2)):
    """C² that grows by a factor over the epochs, and differs by another between the modes."""
    generator, rows = np.random.default_rng(0), []
    for seed, epoch, (estimator, mode) in product(seeds, (0, 10, 50), SERIES):
        value = 5 * growth ** (epoch / 50) * (in_training if mode == "training" else 1)
        value *= np.exp(generator.normal(0, spread))
        names = {"seed": seed, "epoch": epoch, "estimator": estimator, "mode": mode}
        scale = None if epoch == 50 else 2 * value
        rows.append({**names, "gradient_variance": value, "noise_scale": scale, "averaged": 30})
    return pd.DataFrame(rows)


def test_every_estimator_is_applied_to_every_network(findings):
    table = findings.tables["estimates"]
    assert len(table) == 2 * 2 * len(SERIES)
    assert not table.duplicated(["seed", "epoch", "estimator", "mode"]).any()
    low, high = table["gradient_variance_low"], table["gradient_variance_high"]
    assert (low <= table["gradient_variance"]).all() and (table["gradient_variance"] <= high).all()
    np.testing.assert_allclose(table["smoothing"], 0.1 * np.sqrt(table["gradient_variance"] / 16))


def test_per_sample_estimates_are_those_of_the_untrained_networks(findings):
    table = findings.tables["estimates"].query("epoch == 0 and estimator == 'per sample'")
    expected = [
        training_set_variance(network, toy_data(), None, 45).value for _, network in networks(toy_training())
    ]
    np.testing.assert_allclose(table["gradient_variance"], expected, rtol=1e-5)


def test_two_batch_sizes_in_evaluation_mode_agree_with_per_sample(findings):
    wide = findings.tables["estimates"].pivot(index=["seed", "epoch"], columns=["estimator", "mode"])
    exact = wide["gradient_variance"][SERIES[0]]
    half = (wide["gradient_variance_high"] - wide["gradient_variance_low"])[SERIES[1]] / 2
    assert ((wide["gradient_variance"][SERIES[1]] - exact).abs() < 2 * half).all()


def test_an_interrupted_study_goes_on_to_the_same_rows(findings, tmp_path):
    def stop_late(share, _detail):
        if share > 0.6:
            raise KeyboardInterrupt

    with Resume(tmp_path, "key", interval=0.0) as resume, pytest.raises(KeyboardInterrupt):
        measure(SETTINGS, toy_training(), stop_late, resume)
    with Resume(tmp_path, "key", interval=0.0) as resume:
        again = measure(SETTINGS, toy_training(), quiet, resume)
    pd.testing.assert_frame_equal(again.tables["estimates"], findings.tables["estimates"])
    assert to_json(again.records) == to_json(findings.records)


@pytest.mark.parametrize(
    ("growth", "in_training", "outcomes"),
    [
        (1.0, 1.0, ["supported", "supported", "supported", "supported"]),
        (5.0, 1.0, ["contradicted", "contradicted", "supported", "supported"]),
        (1.0, 0.3, ["supported", "supported", "supported", "contradicted"]),
    ],
)
def test_verdicts_follow_the_numbers(growth, in_training, outcomes):
    found = verdicts(made_up(growth, in_training))
    assert [verdict.outcome for verdict in found] == outcomes
    assert found[0].value == pytest.approx(growth, rel=0.05)
    assert found[3].value == pytest.approx(in_training, rel=0.05)


def test_noisy_estimates_decide_nothing():
    assert {verdict.outcome for verdict in verdicts(made_up(spread=0.5))[2:]} == {"inconclusive"}


def test_an_estimate_that_is_not_positive_spoils_nothing():
    table = made_up()
    table.loc[
        (table["mode"] == "training") & (table["epoch"] == 10) & (table["seed"] == 1), "gradient_variance"
    ] = -1.0
    assert [verdict.outcome for verdict in verdicts(table)] == ["supported"] * 4
    left, _ = FIGURES["noise_estimators"]({"estimates": table}).axes
    assert [len(container[0].get_xdata()) for container in left.containers] == [3, 3, 2]


def test_a_network_without_batch_norm_has_no_training_mode():
    table = made_up()
    found = verdicts(table[table["mode"] == "evaluation"])
    assert len(found) == 2


def test_the_figure_draws_all_series_and_leaves_out_what_is_not_known():
    figure = FIGURES["noise_estimators"]({"estimates": made_up(growth=3.0, in_training=0.5)})
    left, right = figure.axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == [
        "per sample, evaluation mode",
        "two batch sizes, evaluation mode",
        "two batch sizes, training mode",
    ]
    assert [len(container[0].get_xdata()) for container in left.containers] == [3, 3, 3]
    assert [len(container[0].get_xdata()) for container in right.containers] == [2, 2, 2]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rate": math.nan}, "learning_rate = nan"),
        ({"epochs": (3,)}, "two or more"),
        ({"samples": 3}, "samples = 3"),
        ({"pairs": 1}, "pairs = 1"),
        ({"small_batch_size": 1}, "small_batch_size = 1"),
        ({"small_batch_size": 256}, "multiple of small_batch_size = 256"),
        ({"large_batch_size": 100}, "large_batch_size = 100"),
        ({"samples": 200}, "at most samples = 200"),
        ({"chunk_size": 0}, "chunk_size = 0"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        NoiseEstimators(**values)
