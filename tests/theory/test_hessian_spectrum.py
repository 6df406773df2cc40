import copy
import math
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from scipy.sparse.linalg import LinearOperator, eigsh
from scipy.stats import t
from torch.func import functional_call

from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.plots.data import figure_data
from graduated.plots.theory.hessian_spectrum import FIGURES
from graduated.resume import Resume
from graduated.studies.settings import HessianSpectrum
from graduated.theory.hessian_spectrum import measure, verdicts
from graduated.training.pack import PackTraining
from toys import toy_data

SETTINGS = HessianSpectrum(
    batch_size=16, seed=(0, 1), epochs=(0, 2), samples=32, steps=12, draws=2, points=40, probes=4
)
RUN = Run("toy", "small_resnet", 0.1, 16, 0, 2, model_options=(("width", 2),))


def training():
    return PackTraining([replace(RUN, seed=seed) for seed in SETTINGS.seed], toy_data())


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def findings():
    return measure(SETTINGS, training(), quiet)


def test_every_network_is_measured_in_both_modes(findings):
    spectra, extremes = findings.tables["spectra"], findings.tables["extremes"]
    names = ["seed", "epoch", "mode"]
    assert len(extremes) == 2 * 2 * 2 and not extremes.duplicated(names).any()
    assert (spectra.groupby(names).size() == SETTINGS.points).all() and len(spectra) == 8 * SETTINGS.points
    for name, curve in spectra.groupby(names):
        row = extremes.set_index(names).loc[name]
        assert np.trapezoid(curve["density"], curve["eigenvalue"]) == pytest.approx(1, abs=0.05)
        assert curve["eigenvalue"].min() < row["bottom_eigenvalue"] < row["top_eigenvalue"]
        assert row["stability_ratio"] == pytest.approx(row["top_eigenvalue"] * 0.1 / 2)
        assert row["trace_low"] < row["trace"] < row["trace_high"] and 0 < row["negative_share"] < 1


@pytest.mark.parametrize("mode", ["evaluation", "training"])
def test_eigenvalues_and_trace_are_those_of_each_network_trained_alone(findings, mode):
    """Against products with the Hessian by torch's own function, of the module itself in either mode."""
    data, rows = toy_data(), findings.tables["extremes"]
    for seed in SETTINGS.seed:
        alone = PackTraining([replace(RUN, seed=seed)], data)
        for _ in range(2):
            alone.train_epoch()
        network = initialise(RUN.model, 1, 4, dict(RUN.model_options), seed)
        network.load_state_dict(replica(alone.state(), 0))
        network = copy.deepcopy(network).double().train(mode == "training")
        names, shapes = zip(*((name, value.shape) for name, value in network.named_parameters()), strict=True)
        weights = torch.cat([value.detach().flatten() for value in network.parameters()])
        inputs, labels = data.normalise(data.train_images[:32], torch.float64), data.train_labels[:32]

        def loss(weights, network=network, names=names, shapes=shapes, inputs=inputs, labels=labels):
            parts = weights.split([shape.numel() for shape in shapes])
            named = {n: part.view(shape) for n, part, shape in zip(names, parts, shapes, strict=True)}
            return F.cross_entropy(functional_call(network, named, (inputs,)), labels)

        def product(vector, weights=weights, loss=loss):
            direction = torch.from_numpy(vector).flatten()
            return torch.autograd.functional.hvp(loss, weights, direction)[1].numpy()

        size = len(weights)
        operator = LinearOperator((size, size), product, dtype=np.float64)
        start = np.random.default_rng(0).standard_normal(size)
        low, high = eigsh(operator, 2, which="BE", v0=start, return_eigenvectors=False)
        found = rows[(rows["seed"] == seed) & (rows["epoch"] == 2) & (rows["mode"] == mode)].iloc[0]
        assert found["eigenvalues"] == size
        assert found["top_eigenvalue"] == pytest.approx(high, rel=0.01)
        assert found["bottom_eigenvalue"] == pytest.approx(low, rel=0.1)


def test_a_killed_study_goes_on_to_the_same_tables(tmp_path, findings):
    def stop_in_the_second_epoch(share, _detail):
        if share > 0.6:
            raise KeyboardInterrupt

    with Resume(tmp_path, "key", interval=0.0) as resume, pytest.raises(KeyboardInterrupt):
        measure(SETTINGS, training(), stop_in_the_second_epoch, resume)
    with Resume(tmp_path, "key", interval=0.0) as resume:
        again = measure(SETTINGS, training(), quiet, resume)
    for name, table in findings.tables.items():
        assert again.tables[name].to_csv() == table.to_csv()
    assert again.records == findings.records


def test_a_run_that_diverged_is_left_out():
    broken = training()
    with torch.no_grad():
        broken.network.state()["conv1.weight"][1] = torch.nan
    found = measure(replace(SETTINGS, epochs=(0,)), broken, quiet)
    extremes = found.tables["extremes"].set_index("seed")
    assert extremes.loc[1, "top_eigenvalue"].isna().all() and extremes.loc[0, "top_eigenvalue"].notna().all()
    assert set(found.tables["spectra"]["seed"]) == {0}
    assert not found.verdicts
    assert FIGURES["hessian_spectrum"](found.tables)


def test_too_many_samples_are_refused():
    message = r"^samples = 64: expected at most the 45 training images$"
    with pytest.raises(ValueError, match=message):
        measure(replace(SETTINGS, samples=64), training(), quiet)


def made_up(ratios, mode="training"):
    """λη/2 of four seeds: far above the edge at initialisation, then half as much, then as much as told."""
    rows = []
    for seed, ratio in enumerate(ratios):
        for epoch, value in ((0, 100.0), (5, ratio / 2), (10, ratio)):
            rows.append({"seed": seed, "epoch": epoch, "mode": mode, "stability_ratio": value})
            if mode == "training":
                rows.append(
                    {"seed": seed, "epoch": epoch, "mode": "evaluation", "stability_ratio": 7 * value}
                )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("mode", ["training", "evaluation"])
@pytest.mark.parametrize(
    ("ratios", "outcome"),
    [
        ([0.4, 0.5, 0.6, 0.5], "supported"),
        ([1.4, 1.5, 1.6, 1.5], "contradicted"),
        ([0.5, 1.5, 1.0, 0.9], "inconclusive"),
    ],
)
def test_the_verdict_follows_the_largest_ratios_after_initialisation(ratios, outcome, mode):
    (verdict,) = verdicts(SETTINGS, made_up(ratios, mode))
    assert verdict.outcome == outcome and verdict.n == 4
    mean, error = np.mean(ratios), np.std(ratios, ddof=1) / 2
    reach = t.ppf(0.975, 3) * error
    assert (verdict.value, verdict.low, verdict.high) == pytest.approx((mean, mean - reach, mean + reach))
    assert (f"{7 * mean:.3g}" in verdict.remark) == (mode == "training")


def test_the_verdict_leaves_out_runs_that_diverged_and_needs_two():
    (verdict,) = verdicts(SETTINGS, made_up([0.4, 0.5, math.nan, 0.6]))
    assert verdict.n == 3 and verdict.value == pytest.approx(0.5)
    assert verdicts(SETTINGS, made_up([0.4, math.nan])) == []


def test_the_figure_has_a_panel_per_epoch_and_mode_and_writes_what_it_draws(findings):
    for tables in (findings.tables, read_back(findings.tables)):
        figure = FIGURES["hessian_spectrum"](tables)
        assert len(figure.axes) == 2 * 2 + 2
        drawn = figure_data(figure)
        assert drawn.groupby("panel").size().to_dict() == dict.fromkeys("abcd", 80) | dict.fromkeys("ef", 4)


def read_back(tables):
    return {name: pd.read_csv(StringIO(table.to_csv(index=False))) for name, table in tables.items()}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": (1,)}, "two or more different seeds"),
        ({"samples": 1000}, "samples = 1000: expected a multiple of chunk_size, 512"),
        ({"steps": 2}, "steps = 2: expected at least 8"),
        ({"draws": 0}, "draws = 0: expected at least 1"),
        ({"probes": 1}, "probes = 1: expected at least 2"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        HessianSpectrum(**values)
