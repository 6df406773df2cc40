"""A dataset of random images for tests of the training."""

import torch

from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData


def toy_data() -> ImageData:
    """45 training and 9 test images of 8x8 in 4 classes, augmented in every way."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (45, 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.randint(4, (45,), generator=generator)
    return ImageData(images, labels, images[:9], labels[:9], 4, (0.5,), (0.3,), Augmentation(1, True, 15.0))
