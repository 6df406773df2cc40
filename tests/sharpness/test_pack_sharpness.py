from dataclasses import replace

import pytest
import torch

from graduated.data.catalogue import CIFAR10_STATISTICS
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.sharpness.objective import first_batches, stacked
from graduated.sharpness.packs import pack_sharpness
from graduated.sharpness.released import worst_case_sharpness
from graduated.sharpness.settings import Sharpness
from graduated.training.pack import PackTraining
from graduated.training.published import PublishedPack

SETTINGS = Sharpness(radius=0.01, samples=16, batch_size=8, steps=6)
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


@pytest.mark.parametrize("statistics", ["own", "cifar10"])
def test_each_run_of_a_pack_has_the_sharpness_of_its_network_alone(pack, data, statistics):
    settings = replace(SETTINGS, statistics=statistics)
    rows = pack_sharpness(pack, data, settings)
    used = CIFAR10_STATISTICS if statistics == "cifar10" else (data.mean, data.std)
    inputs = data.normalise(data.train_images, torch.float64, used)
    for index in range(2):
        network = initialise(RUN.model, 3, 4, dict(RUN.model_options), seed=9).double()
        network.load_state_dict(replica(pack.state, index))
        parameters, logits = stacked(network)
        batches = first_batches(inputs, data.train_labels, settings)
        expected = worst_case_sharpness(logits, parameters, batches, settings)
        assert rows[index]["run"] == pack.runs[index].id
        assert rows[index]["sharpness"] == pytest.approx(expected.loss_increase.item(), rel=1e-6)


def test_a_diverged_run_has_no_sharpness(pack, data):
    assert pack_sharpness(pack, data, SETTINGS)[2]["sharpness"] is None
