from dataclasses import replace
from io import StringIO
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch

from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.plots.theory.sharpness_sensitivity import FIGURES
from graduated.resume import Resume
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.sensitivity import measure
from graduated.sharpness.sensitivity_agreement import agreement, gains, verdicts
from graduated.sharpness.settings import AutoPGD, ReleasedSearch
from graduated.studies.settings import SharpnessSensitivity
from graduated.training.pack import PackTraining
from toys import toy_data

SETTINGS = SharpnessSensitivity(
    batch_size=16,
    seed=(0, 1),
    epochs=(0, 2),
    radius=(0.001, 0.01),
    reference_radius=0.001,
    measured_samples=(8, 16, 32),
    reference_samples=16,
    measured_batch_size=(4, 8, 16),
    reference_batch_size=8,
    steps=4,
    restarts=2,
)
RUN = Run("toy", "small_resnet", 0.1, 16, 0, 2, model_options=(("width", 2),))


def training(data=None):
    return PackTraining([replace(RUN, seed=seed) for seed in SETTINGS.seed], data or toy_data())


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def findings():
    return measure(SETTINGS, training(), quiet)


def test_every_setting_is_measured_once_per_run_and_epoch(findings):
    values = findings.tables["values"]
    axes = ["seed", "epoch", "method", "normalisation", "radius", "samples", "batch_size"]
    assert not values.duplicated(axes).any()
    settings = 2 * 4 + 2 + 2 + 2  # radii by normalisation, radii by Auto-PGD, other n, other m
    assert len(values) == 2 * 2 * settings
    assert values["reference"].sum() == 2 * 2
    assert (values["sharpness"] > 0).all()


@pytest.mark.parametrize(
    ("chosen", "settings"),
    [
        ({"reference": True}, ReleasedSearch(radius=0.001, samples=16, batch_size=8, steps=4)),
        (
            {"method": "apgd", "radius": 0.01},
            AutoPGD(radius=0.01, samples=16, batch_size=8, steps=4, restarts=2),
        ),
        (
            {"normalisation": "adaptive, logits", "radius": 0.01},
            ReleasedSearch(
                radius=0.01, adaptive=True, normalise_logits=True, samples=16, batch_size=8, steps=4
            ),
        ),
        ({"samples": 32}, ReleasedSearch(radius=0.001, samples=32, batch_size=8, steps=4)),
        ({"batch_size": 4}, ReleasedSearch(radius=0.001, samples=16, batch_size=4, steps=4)),
    ],
    ids=["reference", "apgd", "normalised", "n", "m"],
)
def test_values_are_those_of_each_network_trained_and_measured_alone(findings, chosen, settings):
    values, data = findings.tables["values"], toy_data()
    rows = values[np.logical_and.reduce([values[name] == value for name, value in chosen.items()])]
    for seed in SETTINGS.seed:
        alone = PackTraining([replace(RUN, seed=seed)], data)
        for _ in range(2):
            alone.train_epoch()
        network = initialise(RUN.model, 1, 4, dict(RUN.model_options), seed)
        network.load_state_dict(replica(alone.state(), 0))
        expected = network_sharpness(
            network, [(data.normalise(data.train_images), data.train_labels)], settings
        )
        found = rows[(rows["seed"] == seed) & (rows["epoch"] == 2)]["sharpness"].item()
        assert found == pytest.approx(expected.sharpness.item(), rel=1e-3)


def test_images_with_three_channels_are_also_normalised_as_the_released_code_does():
    data = toy_data()
    colours = data.train_images.expand(-1, 3, -1, -1).contiguous()
    data = ImageData(
        colours, data.train_labels, colours[:9], data.train_labels[:9], 4, (0.5,) * 3, (0.3,) * 3
    )
    settings = replace(SETTINGS, epochs=(0,))
    values = measure(settings, training(data), quiet).tables["values"]
    both = values[(values["radius"] == 0.01) & values["normalisation"].isin(["none", "CIFAR-10 statistics"])]
    both = both[both["method"] == "released"].pivot(index="seed", columns="normalisation", values="sharpness")
    assert not np.isclose(both["none"], both["CIFAR-10 statistics"], rtol=1e-3).any()


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
    tables, values = found.tables, found.tables["values"]
    assert values[values["seed"] == 1]["sharpness"].isna().all()
    assert values[values["seed"] == 0]["sharpness"].notna().all()
    assert tables["agreement"]["correlation"].isna().all()
    assert (tables["agreement"]["networks"] == 1).all() and (tables["gains"]["runs"] == 1).all()
    assert not found.verdicts


def test_too_many_samples_are_refused():
    settings = replace(SETTINGS, measured_samples=(16, 48))
    with pytest.raises(ValueError, match=r"^measured_samples = \(16, 48\): expected at most the 45 images$"):
        measure(settings, training(), quiet)


def made_up(gain=0.0, order=1.0, noise=0.0):
    """Sharpness of 6 runs at 3 epochs: base^order at the largest radius, twice the base at other m."""
    settings = SharpnessSensitivity(seed=tuple(range(6)), radius=(0.0002, 0.001))
    generator, rows = np.random.default_rng(0), []
    for seed, epoch in product(settings.seed, settings.epochs):
        base = 1 + epoch + 0.1 * seed
        shared = {"seed": seed, "epoch": epoch, "normalisation": "none", "samples": 256, "batch_size": 128}
        for radius in settings.radius:
            value = base if radius == 0.0002 else 10 * base**order
            apgd = value * (1 + gain + noise * generator.standard_normal())
            for method, number in (("released", value), ("apgd", apgd)):
                reference = radius == 0.0002 and method == "released"
                settled = {"method": method, "radius": radius, "reference": reference, "sharpness": number}
                rows.append({**shared, **settled})
        plain = {**shared, "method": "released", "radius": 0.0002, "reference": False}
        rows.append({**plain, "batch_size": 64, "sharpness": 2 * base})
        rows.append(
            {**plain, "samples": 512, "sharpness": base * np.exp(5 * noise * generator.standard_normal())}
        )
        rows.append({**plain, "normalisation": "logits", "sharpness": base / 4})
    return settings, pd.DataFrame(rows)


def test_agreement_finds_order_and_ratio():
    settings, values = made_up(order=-1.0)
    table = agreement(settings, values).set_index(["axis", "setting"])
    assert len(table) == 5
    turned, other_m = table.loc[("ρ", "0.001")], table.loc[("m", "64")]
    assert (turned["correlation"], turned["low"], turned["high"]) == pytest.approx((-1, -1, -1))
    assert (other_m["correlation"], other_m["ratio"]) == pytest.approx((1, 2))
    assert (other_m["ratio_low"], other_m["ratio_high"]) == pytest.approx((2, 2))
    assert table.loc[("normalisation", "logits"), "ratio"] == pytest.approx(0.25)
    assert (table["networks"] == 18).all()


def test_gains_are_shares_of_the_released_search():
    settings, values = made_up(gain=0.05, noise=0.01)
    table = gains(settings, values).set_index("radius")
    assert ((table["gain_low"] < 0.05) & (table["gain_high"] > 0.05)).all()
    assert (table["gain_high"] - table["gain_low"] < 0.03).all()
    assert ((table["least"] < 0.05) & (table["most"] > 0.05)).all()


@pytest.mark.parametrize(
    ("gain", "order", "noise", "outcomes"),
    [
        (0.0, 1.0, 0.0, ["supported"] * 2 + ["supported", "supported"]),
        (0.05, -1.0, 0.001, ["contradicted"] * 2 + ["contradicted", "supported"]),
        (0.01, 1.0, 0.2, ["inconclusive"] * 2 + ["supported", "inconclusive"]),
    ],
)
def test_verdicts_follow_the_numbers(gain, order, noise, outcomes):
    settings, values = made_up(gain, order, noise)
    tables = {"agreement": agreement(settings, values), "gains": gains(settings, values)}
    found = verdicts(settings, tables)
    assert [verdict.outcome for verdict in found[:4]] == outcomes
    assert [verdict.outcome for verdict in found[4:]] == ["supported", "supported"]


def test_the_figure_has_four_panels_and_names_the_normalisations(findings):
    for tables in (findings.tables, read_back(findings.tables)):
        figure = FIGURES["sharpness_sensitivity"](tables)
        assert len(figure.axes) == 4
        names = [text.get_text() for text in figure.axes[0].texts]
        assert names == ["none", "logits", "adaptive", "adaptive, logits"]


def read_back(tables):
    return {name: pd.read_csv(StringIO(table.to_csv(index=False))) for name, table in tables.items()}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": (1,)}, "two or more different seeds"),
        ({"radius": (0.0002,)}, "radius = .*: expected two or more ascending positive numbers"),
        ({"radius": (0.001, 0.0002)}, "radius = .*: expected two or more ascending"),
        ({"radius": (-1.0, 0.0002)}, "radius = .*: expected two or more ascending"),
        ({"reference_radius": 0.1}, "reference_radius = 0.1: expected one of radius"),
        ({"reference_samples": 100}, "reference_samples = 100: expected one of measured_samples"),
        ({"measured_samples": (100, 256)}, "expected multiples of reference_batch_size, 128"),
        ({"measured_batch_size": (48, 128)}, "expected divisors of reference_samples, 256"),
        ({"steps": 0}, "steps = 0: expected at least 1"),
        ({"restarts": 0}, "restarts = 0: expected at least 1"),
    ],
)
def test_wrong_settings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        SharpnessSensitivity(**values)
