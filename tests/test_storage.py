import os

import pytest
import torch

from graduated.storage import (
    DamagedFileError,
    atomic_path,
    read_json,
    read_tensors,
    write_if_changed,
    write_json,
    write_tensors,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), atomic_path(path) as partial:
        partial.write_text("half of the n")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with atomic_path(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
        assert partial.parent == path.parent, "a rename across file systems is not atomic"
    assert path.read_text() == "whole"


def test_an_unchanged_file_keeps_its_date(tmp_path):
    path = tmp_path / "a.json"
    write_text(path, "same")
    os.utime(path, (1, 1))
    write_if_changed(path, "same")
    assert path.stat().st_mtime == 1
    write_if_changed(path, "other")
    assert path.stat().st_mtime > 1


def test_tensors_survive_and_damage_is_seen(tmp_path):
    path = tmp_path / "a.safetensors"
    checksum = write_tensors(path, {"w": torch.arange(6.0).view(2, 3).t()})
    assert torch.equal(read_tensors(path, checksum)["w"], torch.arange(6.0).view(2, 3).t())
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match="SHA-256 differs"):
        read_tensors(path, checksum)
    path.unlink()
    with pytest.raises(DamagedFileError, match="missing"):
        read_tensors(path, checksum)


def test_json_refuses_what_json_cannot_hold(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(DamagedFileError, match="not valid JSON"):
        read_json(tmp_path / "b.json")


def test_json_must_hold_what_is_asked_for(tmp_path):
    write_json(tmp_path / "a.json", {"loss": 1, "δ": 2})
    assert read_json(tmp_path / "a.json", "loss", "δ") == {"loss": 1, "δ": 2}
    with pytest.raises(DamagedFileError, match=r"a\.json: expected an entry 'accuracy'"):
        read_json(tmp_path / "a.json", "loss", "accuracy")
