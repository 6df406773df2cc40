import math
from dataclasses import replace

import pytest
import torch
from scipy import stats

from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.noise.along_training import networks
from graduated.noise.axis import noise_record
from graduated.noise.minibatches import training_set
from graduated.noise.noise_scale import per_sample_noise_scale
from graduated.noise.probes import steps_to_threshold, variance_along_training
from graduated.noise.two_batch_sizes import two_batch_sizes
from graduated.streams import stream
from graduated.training.pack import PackTraining

RUN = Run("toy", "small_resnet", 0.1, 8, 0, 3, model_options=(("width", 2),), precision="float64")
ESTIMATES = [
    {
        "seed": seed,
        "epoch": epoch,
        "gradient_variance": 4.0 + seed,
        "standard_error": 0.1,
        "gradient_norm": 2.0 - epoch / 2,
    }
    for seed in (0, 1)
    for epoch in (0, 2)
]
STEPS = [
    {"batch_size": size, "seed": seed, "steps": steps}
    for size, steps in ((4, 100), (8, 40), (16, 30))
    for seed in (0, 1)
]
SETTINGS = {"axis": "per_sample", "reported": None, "learning_rate": 0.1, "threshold": 0.5}


@pytest.fixture
def data() -> ImageData:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (24, 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.randint(4, (24,), generator=generator)
    return ImageData(images, labels, images[:4], labels[:4], classes=4, mean=(0.5,), std=(0.3,))


def quiet(done: int, detail: str) -> None:
    pass


def test_the_axis_is_the_estimate_that_was_asked_for():
    assert noise_record(ESTIMATES, STEPS, SETTINGS)["axis"]["gradient_variance"] == pytest.approx(4.5)
    assert noise_record(ESTIMATES, STEPS, SETTINGS)["gradient_norm"] == 2.0
    critical = noise_record(ESTIMATES, STEPS, {**SETTINGS, "axis": "critical_batch_size"})
    assert critical["critical_batch_size"]["critical_batch_size"] == 8
    assert critical["axis"]["gradient_variance"] == pytest.approx(8 * 0.25 / 0.1)
    reported = noise_record(ESTIMATES, STEPS, {**SETTINGS, "axis": "reported", "reported": 1280})
    assert reported["axis"]["gradient_variance"] == 1280


def test_two_batch_sizes_are_averaged_like_per_sample_gradients_and_may_make_the_axis():
    rows = [
        {**row, "two_batch_sizes": {"gradient_variance": value, "standard_error": 1.0}}
        for row, value in zip(ESTIMATES, (2.0, 4.0, -1.0, 8.0), strict=True)
    ]
    record = noise_record(rows, STEPS, {**SETTINGS, "axis": "two_batch_sizes"})
    assert record["per_sample"] == noise_record(ESTIMATES, STEPS, SETTINGS)["per_sample"]
    assert record["axis"] == {"source": "two_batch_sizes", "gradient_variance": pytest.approx((3 + 3.5) / 2)}
    assert record["two_batch_sizes"]["interval"] == pytest.approx(
        (3.25 - 12.7062 / 4, 3.25 + 12.7062 / 4), rel=1e-4
    )
    assert "two_batch_sizes" not in noise_record(ESTIMATES, STEPS, SETTINGS)
    for row in rows:
        row["two_batch_sizes"] = {"gradient_variance": -1.0, "standard_error": 1.0}
    with pytest.raises(ValueError, match=r"gave no C² \(-1, which is not positive\)"):
        noise_record(rows, STEPS, {**SETTINGS, "axis": "two_batch_sizes"})


def test_an_axis_without_an_estimate_is_refused_and_others_are_not():
    censored = [{**row, "steps": None} for row in STEPS]
    assert noise_record(ESTIMATES, censored, SETTINGS)["critical_batch_size"]["gradient_variance"] is None
    with pytest.raises(ValueError, match=r"noise\.axis: 'critical_batch_size' gave no C²"):
        noise_record(ESTIMATES, censored, {**SETTINGS, "axis": "critical_batch_size"})


def test_the_probe_measures_every_seed_at_every_epoch_asked_for(data):
    runs = [RUN, replace(RUN, seed=1)]
    rows = variance_along_training(PackTraining(runs, data), [0, 2], None, 8, quiet)
    assert [(row["epoch"], row["seed"]) for row in rows] == [(0, 0), (0, 1), (2, 0), (2, 1)]
    alone = variance_along_training(PackTraining(runs[1:], data), [2], None, 5, quiet)
    assert rows[3]["gradient_variance"] == pytest.approx(alone[0]["gradient_variance"], rel=1e-6)


def test_the_probe_measures_by_two_batch_sizes_and_the_noise_scale_as_their_own_functions_do(data):
    pairs = {"small_batch_size": 2, "large_batch_size": 8, "pairs": 5}
    training = PackTraining([replace(RUN, seed=1)], data)
    before, after = variance_along_training(training, [0, 2], 16, 8, quiet, paired=pairs)
    _, network = next(networks(training))
    batches = training_set(network, data, 16, 5)
    found = two_batch_sizes(network, batches, stream(1, "noise/two_batch_sizes", 2), **pairs)
    assert after["two_batch_sizes"]["gradient_variance"] == pytest.approx(found.gradient_variance, rel=1e-9)
    _, high = found.gradient_variance_interval
    reach = stats.t.ppf(0.975, 4) * after["two_batch_sizes"]["standard_error"]
    assert high == pytest.approx(found.gradient_variance + reach)
    scale = per_sample_noise_scale(network, batches)
    assert after["gradient_variance"] == pytest.approx(scale.gradient_variance, rel=1e-9)
    for name in ("squared_gradient_norm", "noise_scale"):
        ends = [math.inf if (end := after[f"{name}_{which}"]) is None else end for which in ("low", "high")]
        assert ends == pytest.approx(getattr(scale, f"{name}_interval"), rel=1e-9)
    assert before["two_batch_sizes"] != after["two_batch_sizes"]


def test_a_diverged_network_has_no_c2_and_the_next_has(data):
    """Its learning rate brings the first beyond the largest number within two epochs."""
    runs = [replace(RUN, learning_rate=1e38), RUN]
    rows = variance_along_training(PackTraining(runs, data), [0, 2], None, 8, quiet)
    assert [set(row) == {"seed", "epoch"} for row in rows] == [False, False, True, False]
    (alone,) = variance_along_training(PackTraining(runs[1:], data), [2], None, 8, quiet)
    assert set(rows[3]) == set(alone)
    assert rows[3]["gradient_variance"] == pytest.approx(alone["gradient_variance"], rel=1e-9)


def test_steps_are_counted_to_the_first_running_mean_below_the_threshold(data):
    """Against the norms themselves, averaged step by step."""
    runs = [RUN, replace(RUN, seed=1)]
    training = PackTraining(runs, data)
    norms = torch.cat([training.train_epoch(record_gradient_norms=True).gradient_norms for _ in range(3)])
    means = norms.cumsum(0) / torch.arange(1, len(norms) + 1).unsqueeze(1)
    threshold = means[4:].amin().item() * 1.0001
    rows = steps_to_threshold(PackTraining(runs, data), threshold, first_epoch=1, report=quiet)
    for index, row in enumerate(rows):
        below = [step for step in range(4, 10) if step <= 9 and means[step - 1, index] <= threshold]
        below = [step for step in below if step > 3]
        assert row["steps"] == (below[0] if below else None)
    assert any(row["steps"] for row in rows)


def test_a_threshold_out_of_reach_is_none(data):
    rows = steps_to_threshold(PackTraining([RUN], data), 1e-12, first_epoch=0, report=quiet)
    assert rows == [{"batch_size": 8, "seed": 0, "steps": None}]
