"""What figures of studies along training share: which epochs become columns, their names and their places."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike


def columns(epochs: Iterable[int], most: int) -> list[int]:
    """Return the different epochs in order; of more than ``most``, so many, the first and last among them."""
    ordered = sorted({int(epoch) for epoch in epochs})
    places = np.linspace(0, len(ordered) - 1, min(len(ordered), most)).round().astype(int)
    return [ordered[place] for place in places]


def time_label(epoch: int) -> str:
    """Return what a column of that epoch is headed with."""
    return "at initialisation" if epoch == 0 else f"after {epoch} epoch{'s' * (epoch > 1)}"


def place(epochs: ArrayLike) -> np.ndarray:
    """Return where epochs are drawn: on a logarithmic axis that has a place for 0."""
    return np.log2(1 + np.asarray(epochs))
