"""What is known of each dataset before it is loaded; light enough to be read while a workflow is parsed."""

from dataclasses import dataclass

from graduated.references import is_reference

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel, in units of pixel / 255."""

CIFAR10_STATISTICS: Statistics = ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
"""As in the authors' code, whose sharpness measurement applies them to CIFAR-100 as well, by mistake."""


@dataclass(frozen=True)
class Augmentation:
    """Random crop, then horizontal flip, then rotation, of every training image in every epoch.

    Attributes:
        crop_padding: Zero pixels added on each side before a crop back to the image's size.
        flip: Whether half of the images are mirrored left to right.
        rotation: Largest angle in degrees; angles are uniform in ±rotation.

    Raises:
        ValueError: The padding is negative, or the angle not in [0, 180].
    """

    crop_padding: int = 0
    flip: bool = False
    rotation: float = 0.0

    def __post_init__(self) -> None:
        if self.crop_padding < 0:
            raise ValueError(f"augmentation: crop_padding is {self.crop_padding}, expected 0 or more pixels")
        if not 0 <= self.rotation <= 180:
            raise ValueError(f"augmentation: rotation is {self.rotation}, expected 0 to 180 degrees")

    @property
    def is_empty(self) -> bool:
        """Whether images are left as they are."""
        return self == Augmentation()


@dataclass(frozen=True)
class Description:
    """One dataset.

    Attributes:
        name: Its name in a config.
        classes: Number of classes.
        train_size: Training images.
        test_size: Test images.
        channels: Colour channels.
        size: Side of an image in pixels.
        mean: Mean of each channel over the training images, in units of pixel / 255.
        std: Standard deviation of each channel, likewise.
        augmentation: What is done to training images.
        loader: The function that loads it, as ``"module:function"``.
    """

    name: str
    classes: int
    train_size: int
    test_size: int
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augmentation: Augmentation
    loader: str


CATALOGUE: dict[str, Description] = {
    description.name: description
    for description in (
        Description(
            name="digits",
            classes=10,
            train_size=1437,
            test_size=360,
            channels=1,
            size=8,
            mean=(0.30580,),
            std=(0.37605,),
            augmentation=Augmentation(),
            loader="graduated.data.digits:load",
        ),
        Description(
            name="cifar10",
            classes=10,
            train_size=50_000,
            test_size=10_000,
            channels=3,
            size=32,
            mean=CIFAR10_STATISTICS[0],
            std=CIFAR10_STATISTICS[1],
            augmentation=Augmentation(crop_padding=4, flip=True),
            loader="graduated.data.cifar:load_cifar10",
        ),
        Description(
            name="cifar100",
            classes=100,
            train_size=50_000,
            test_size=10_000,
            channels=3,
            size=32,
            mean=(0.50708, 0.48655, 0.44092),
            std=(0.26733, 0.25644, 0.27615),
            augmentation=Augmentation(crop_padding=4, flip=True, rotation=15.0),
            loader="graduated.data.cifar:load_cifar100",
        ),
    )
}


def describe(name: str) -> Description | None:
    """Return what is known of a dataset before it is loaded.

    Args:
        name: A name of the catalogue, or ``"module:function"`` for a user's own dataset: a function that
            takes ``folder: Path`` and returns an ``ImageData``.

    Returns:
        The catalogue's entry; None for a user's own dataset, of which nothing is known before it is loaded.

    Raises:
        ValueError: The name is neither.
    """
    if is_reference(name):
        return None
    if name not in CATALOGUE:
        known = ", ".join(sorted(CATALOGUE))
        raise ValueError(f"unknown dataset {name!r}; expected {known}, or your own 'module:function'")
    return CATALOGUE[name]
