"""A dataset of random images, and a pack to train on it, for tests of the training."""

from dataclasses import replace

import torch

from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.training.pack import PackTraining


def toy_data() -> ImageData:
    """45 training and 9 test images of 8x8 in 4 classes, augmented in every way."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (45, 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.randint(4, (45,), generator=generator)
    return ImageData(images, labels, images[:9], labels[:9], 4, (0.5,), (0.3,), Augmentation(1, True, 15.0))


def toy_training() -> PackTraining:
    """Two untrained runs that differ by their seed."""
    run = Run("toy", "small_resnet", 0.1, 16, 0, 2, model_options=(("width", 2),))
    return PackTraining([run, replace(run, seed=1)], toy_data())
