from dataclasses import replace

import pytest
import torch

from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.noise.probes import steps_to_threshold, variance_along_training
from graduated.training.history import train_pack
from graduated.training.pack import PackTraining

RUN = Run("toy", "small_resnet", 0.1, 8, 0, 2, model_options=(("width", 4),))
STEPS = 3


@pytest.fixture
def training() -> PackTraining:
    images = torch.arange(20 * 64).remainder(251).to(torch.uint8).view(20, 1, 8, 8)
    labels = torch.arange(20) % 4
    data = ImageData(images, labels, images[:5], labels[:5], 4, (0.5,), (0.3,), Augmentation())
    return PackTraining([RUN, replace(RUN, seed=1)], data)


TRAININGS = {
    "train_pack": lambda training, report: train_pack(training, report),
    "variance": lambda training, report: variance_along_training(training, [1, 2], 8, 8, report),
    "steps": lambda training, report: steps_to_threshold(training, 1e-12, 0, report),
}


@pytest.mark.parametrize("name", TRAININGS)
def test_every_step_is_told_and_an_epoch_is_whole_only_at_its_end(training, name):
    told = []
    TRAININGS[name](training, lambda done, _: told.append(done))
    assert told[0] == 0 and told[-1] == 2 and told == sorted(told)
    assert told.count(2) == 1
    assert {8 / 20, 16 / 20, 28 / 20} <= set(told)
    assert len(told) >= 2 * STEPS + 3


def test_what_is_told_of_a_pack_is_how_many_diverged(training):
    told = []
    train_pack(
        PackTraining([replace(RUN, learning_rate=1e30), RUN], training.data),
        lambda *words: told.append(words),
    )
    assert told[0] == (0, "") and told[-1] == (2, "1 diverged")
