"""What a preset's results were made from, and why two of them differ."""

import hashlib
import json

import pytest

from graduated.manifest import KEYS, causes, manifest


@pytest.fixture
def record(tmp_path):
    sources = tmp_path / "train_pack.json"
    sources.write_text(json.dumps({"streams.py": "a" * 64, "scripts/train_pack.py": "b" * 64}))
    table = tmp_path / "results.csv"
    table.write_bytes(b"run,loss\n")
    return manifest({"grid": {"seed": [0, 1]}, "preset": "tiny"}, [sources], [table])


def test_every_file_has_its_checksum(record, tmp_path):
    assert set(record) == set(KEYS)
    digest = hashlib.sha256(b"run,loss\n").hexdigest()
    assert record["files"] == {str(tmp_path / "results.csv"): digest}
    assert record["sources"]["streams.py"] == "a" * 64


def test_equal_manifests_have_no_cause_to_differ(record):
    assert causes(record, json.loads(json.dumps(record))) == []


def test_causes_name_the_setting_the_version_and_the_module(record):
    other = json.loads(json.dumps(record))
    other["settings"]["grid"] = {"seed": [0, 1], "batch_size": [8]}
    other["versions"]["torch"] = "1.0"
    other["sources"]["streams.py"] = "c" * 64
    assert causes(record, other) == [
        "settings: grid.batch_size: none and [8]",
        f"versions: torch {record['versions']['torch']} and 1.0",
        "sources: streams.py",
    ]
