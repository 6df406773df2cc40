import math
from dataclasses import replace

import pytest
import torch

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.sharpness import packs
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.packs import pack_sharpness
from graduated.sharpness.settings import make_measure
from graduated.storage import to_json
from graduated.training.pack import PackTraining
from graduated.training.published import PublishedPack

SIZES = {"samples": 16, "batch_size": 8}
METHODS = {
    "released": {"radius": 0.01, "steps": 6},
    "apgd": {"method": "apgd", "radius": 0.01, "steps": 6, "restarts": 2},
    "average": {"method": "average", "norm": "l2", "radius": 0.01, "draws": 3},
    "random_directions": {"method": "random_directions", "radius": 0.1, "draws": 3},
    "eigenvalue": {"method": "top_eigenvalues", "eigenvalues": 2},
    "trace": {"method": "hessian_trace", "draws": 3},
}
RUN = Run("toy", "small_resnet", 0.1, 8, 0, 1, model_options=(("width", 2),), precision="float64")


@pytest.fixture
def data() -> ImageData:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (24, 3, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.randint(4, (24,), generator=generator)
    return ImageData(images, labels, images[:4], labels[:4], 4, (0.5, 0.4, 0.6), (0.3, 0.2, 0.25))


@pytest.fixture
def pack(data) -> PublishedPack:
    runs = tuple(replace(RUN, seed=seed) for seed in range(3))
    training = PackTraining(runs, data)
    training.train_epoch()
    state = {name: tensor.clone() for name, tensor in training.state().items()}
    state["conv1.weight"][2] = torch.nan
    return PublishedPack(runs, (True, True, False), state, "checksum")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("statistics", ["own", "cifar10"])
def test_each_run_of_a_pack_has_the_sharpness_of_its_network_alone(pack, data, method, statistics):
    settings = make_measure(statistics=statistics, **SIZES, **METHODS[method])
    rows = pack_sharpness(pack, data, settings)
    used = CIFAR10_STATISTICS if statistics == "cifar10" else (data.mean, data.std)
    inputs = data.normalise(data.train_images, torch.float64, used)
    for index in range(2):
        network = initialise(RUN.model, 3, 4, dict(RUN.model_options), seed=9).double()
        network.load_state_dict(replica(pack.state, index))
        expected = network_sharpness(
            network, [(inputs, data.train_labels)], replace(settings, statistics="own")
        )
        assert rows[index]["run"] == pack.runs[index].id
        for name, value in expected.columns.items():
            assert rows[index][name] == pytest.approx(value.squeeze().tolist(), rel=1e-4, abs=1e-8), name


@pytest.mark.parametrize("method", METHODS)
def test_a_diverged_run_has_no_sharpness_and_the_others_have_theirs(pack, data, method):
    settings = make_measure(**SIZES, **METHODS[method])
    rows = pack_sharpness(pack, data, settings)
    assert [row.keys() for row in rows] == [rows[0].keys()] * 3
    assert all(math.isfinite(row["sharpness"]) for row in rows[:2])
    assert rows[2]["sharpness"] is None and rows[2]["clean_loss"] is None
    to_json(rows)
    sampled = method in ("average", "random_directions", "trace")
    assert ("low" in rows[0], "high" in rows[0], "standard_error" in rows[0]) == (sampled,) * 3
    assert ("eigenvalues" in rows[0]) == (method == "eigenvalue")


def test_the_stability_ratio_is_half_the_last_learning_rate_times_the_eigenvalue(pack, data):
    step = (("interval", 1), ("learning_rate_factor", 0.5))
    runs = tuple(replace(run, epochs=2, schedule="step", schedule_options=step) for run in pack.runs)
    settings = make_measure(**SIZES, **METHODS["eigenvalue"])
    row = pack_sharpness(replace(pack, runs=runs), data, settings)[0]
    assert row["stability_ratio"] == pytest.approx(row["eigenvalues"][0] * 0.1 * 0.5 / 2)


def test_after_a_training_in_tf32_sharpness_is_measured_without(pack, data, monkeypatch):
    """The training takes its gradients outside the block that sets the flags, which therefore stay set."""
    training = PackTraining([replace(RUN, precision="tf32")], data)
    training.train_epoch()
    assert torch.backends.cudnn.allow_tf32 and torch.backends.cuda.matmul.allow_tf32
    seen = []

    def measure(*arguments):
        seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32))
        return measure_sharpness(*arguments)

    monkeypatch.setattr(packs, "measure_sharpness", measure)
    pack_sharpness(pack, data, make_measure(**SIZES))
    assert seen == [(False, False)]
