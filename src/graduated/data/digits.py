"""Handwritten digits of 8x8 pixels (Alpaydin & Kaynak 1998), which scikit-learn carries: no download."""

from pathlib import Path

import numpy as np
import torch

from graduated.data.catalogue import CATALOGUE
from graduated.data.images import ImageData

TEST_EVERY = 5


def load(folder: Path) -> ImageData:
    """Return the digits: 1437 for training, 360 for testing, each part in the official order.

    The split is stratified and fixed: of all samples sorted by class (and within a class in the official
    order), every fifth, starting with the first, is a test sample. Grey levels 0 to 16 become 0 to 255.

    Args:
        folder: Not used, since scikit-learn carries the images.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.from_numpy(np.rint(digits.images * 255 / 16).astype(np.uint8)).unsqueeze(1)
    labels = torch.from_numpy(digits.target).long()
    is_test = torch.zeros(len(labels), dtype=torch.bool)
    is_test[labels.argsort(stable=True)[::TEST_EVERY]] = True
    description = CATALOGUE["digits"]
    return ImageData(
        train_images=images[~is_test],
        train_labels=labels[~is_test],
        test_images=images[is_test],
        test_labels=labels[is_test],
        classes=description.classes,
        mean=description.mean,
        std=description.std,
        augmentation=description.augmentation,
    )
