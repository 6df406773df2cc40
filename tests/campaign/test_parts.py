"""Packed parts of a dataset: back to the same bytes, or refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graduated.campaign import parts
from graduated.campaign.parts import differences, pack_dataset, sums, unpack_dataset
from graduated.storage import DamagedFileError

NAME = "toy_campaign.images"
shapes = st.tuples(st.integers(1, 4), st.sampled_from([1, 2, 3]), st.integers(1, 5), st.integers(1, 5))


@pytest.fixture
def packed(home, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 1000)
    paths = pack_dataset(home.record, tmp_path)
    assert len(paths) > 3
    return paths


@given(arrays(np.uint8, shapes))
def test_differences_are_undone_for_any_image(images):
    before = images.copy()
    assert (sums(differences(images)) == before).all()
    assert (images == before).all()


def test_of_a_ramp_no_difference_is_left_but_the_corner_and_the_slopes():
    ramp = (10 + 2 * np.arange(8)[:, None] + 3 * np.arange(8)).astype(np.uint8)
    left = differences(np.stack([ramp, ramp, ramp])[None])[0]
    assert (left[:, 1:, 1:] == 0).all()
    assert left[1, 0, 0] == 10 and not left[[0, 2]].any()


def test_a_dataset_comes_back_to_the_same_bytes(home, packed):
    record = unpack_dataset(packed[0].parent, NAME)
    assert record.read_bytes() == home.record.read_bytes()
    tensors = record.with_suffix(".safetensors").read_bytes()
    assert tensors == home.record.with_suffix(".safetensors").read_bytes()


def test_parts_that_are_there_are_kept_and_those_of_another_dataset_replaced(home, packed):
    dates = [path.stat().st_mtime_ns for path in packed]
    assert pack_dataset(home.record, packed[0].parent) == packed
    assert [path.stat().st_mtime_ns for path in packed] == dates
    (packed[0].parent / f"{NAME}.json").write_text("{}")
    pack_dataset(home.record, packed[0].parent)
    assert packed[0].stat().st_mtime_ns > dates[0]


def test_a_missing_or_damaged_part_is_named(packed):
    content = bytearray(packed[1].read_bytes())
    content[len(content) // 2] ^= 1
    packed[1].write_bytes(content)
    with pytest.raises(DamagedFileError, match=packed[1].name):
        unpack_dataset(packed[0].parent, NAME)
    packed[1].unlink()
    with pytest.raises(ValueError, match=f"{len(packed) - 1} of {len(packed)} parts"):
        unpack_dataset(packed[0].parent, NAME)


def test_parts_of_another_dataset_are_refused(packed):
    record = packed[0].parent / f"{NAME}.json"
    record.write_text(record.read_text().replace('"sha256": "', '"sha256": "0'))
    with pytest.raises(DamagedFileError, match="do not make what its record promises"):
        unpack_dataset(packed[0].parent, NAME)
    assert not record.with_suffix(".safetensors").exists()
