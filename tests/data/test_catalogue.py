import subprocess
import sys

import pytest

from graduated.data.catalogue import CATALOGUE, CIFAR10_STATISTICS, Augmentation, describe, is_reference


def test_the_catalogue_is_read_without_heavy_packages():
    code = (
        "import sys; import graduated.data.catalogue; "
        "print([name for name in ('torch', 'numpy', 'sklearn', 'torchvision') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert answer.stdout.strip() == "[]"


def test_cifar100_is_augmented_and_normalised_as_in_the_paper():
    cifar100 = describe("cifar100")
    assert cifar100.augmentation == Augmentation(crop_padding=4, flip=True, rotation=15)
    assert cifar100.mean == (0.50708, 0.48655, 0.44092)
    assert cifar100.std == (0.26733, 0.25644, 0.27615)


def test_cifar10_is_normalised_with_the_statistics_of_the_released_code():
    cifar10 = describe("cifar10")
    assert (cifar10.mean, cifar10.std) == CIFAR10_STATISTICS
    assert cifar10.augmentation == Augmentation(crop_padding=4, flip=True)


@pytest.mark.parametrize("name", CATALOGUE)
def test_entries_are_consistent(name):
    entry = CATALOGUE[name]
    assert entry.name == name
    assert len(entry.mean) == len(entry.std) == entry.channels
    assert is_reference(entry.loader)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'cifar11'.*cifar10, cifar100, digits") as error:
        describe("cifar11")
    assert "\n" not in str(error.value)


def test_nothing_is_known_of_a_users_dataset_before_it_is_loaded():
    assert describe("my_module:load") is None


@pytest.mark.parametrize("wrong", [{"crop_padding": -1}, {"rotation": -1.0}, {"rotation": 181.0}])
def test_impossible_augmentations_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Augmentation(**wrong)


def test_only_the_default_augmentation_is_empty():
    assert Augmentation().is_empty
    assert not any(a.is_empty for a in (Augmentation(1), Augmentation(flip=True), Augmentation(rotation=1.0)))
