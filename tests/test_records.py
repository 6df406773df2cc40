from pathlib import Path

import pandas as pd
import pytest

from graduated.records import read_sharpness, read_trainings
from graduated.storage import DamagedFileError, sha256, write_json, write_table
from graduated.studies import Findings
from graduated.studies.catalogue import STUDIES, make_settings
from graduated.studies.folder import read_tables, write_findings

HISTORY = pd.DataFrame({"run": ["a", "a"], "epoch": [1, 2], "train_loss": [0.1 + 0.2, 1 / 3]})


@pytest.fixture
def training(tmp_path) -> Path:
    """The record of a pack, its history beside it."""
    write_table(tmp_path / "pack/history.csv", HISTORY)
    record = {
        "pack": "pack",
        "runs": [],
        "checksums": {"weights": "w", "history": sha256(tmp_path / "pack/history.csv")},
        "sources": "s",
        "environment": {},
        "cost": {},
    }
    write_json(tmp_path / "pack/record.json", record)
    return tmp_path / "pack/record.json"


@pytest.fixture
def sharpness(tmp_path) -> Path:
    """A record of sharpness of the pack's weights."""
    path = tmp_path / "sharpness.json"
    record = {"measure": "m", "title": "t", "radius": 0.1, "runs": [], "checksums": {"weights": "w"}}
    write_json(path, record)
    return path


def test_a_history_is_read_only_as_its_record_promises_it(training):
    (record,), (history,) = read_trainings([training])
    assert record["pack"] == "pack"
    pd.testing.assert_frame_equal(history, HISTORY)
    path = training.with_name("history.csv")
    path.write_text(path.read_text().replace("a,2,", "a,3,"))
    with pytest.raises(DamagedFileError, match=r"history\.csv: SHA-256 differs from its record"):
        read_trainings([training])
    path.unlink()
    with pytest.raises(DamagedFileError, match=r"history\.csv: missing"):
        read_trainings([training])


def test_sharpness_of_other_weights_is_refused(training, sharpness):
    packs, _ = read_trainings([training])
    assert read_sharpness([sharpness], packs)[0]["measure"] == "m"
    packs[0]["checksums"]["weights"] = "of another training"
    with pytest.raises(DamagedFileError, match=r"sharpness\.json: measured on other weights"):
        read_sharpness([sharpness], packs)


@pytest.mark.parametrize("content", ["{}", "[]", "3"])
def test_a_record_that_is_none_is_named(training, sharpness, content):
    packs, _ = read_trainings([training])
    for path in (training, sharpness):
        path.write_text(content)
    with pytest.raises(DamagedFileError, match=r"record\.json: expected an entry 'pack'"):
        read_trainings([training])
    with pytest.raises(DamagedFileError, match=r"sharpness\.json: expected an entry 'measure'"):
        read_sharpness([sharpness], packs)


def test_the_table_of_a_study_is_read_only_as_its_record_promises_it(tmp_path):
    name = "noise_estimators"
    (table,) = STUDIES[name].tables
    findings = Findings({table: HISTORY}, [])
    write_findings(tmp_path, name, make_settings(name, {}), findings, {"sources": "s"})
    path = tmp_path / f"{table}.csv"
    pd.testing.assert_frame_equal(read_tables([path])[table], HISTORY)
    path.write_text(path.read_text().replace("a,2,", "a,3,"))
    with pytest.raises(DamagedFileError, match=f"{table}.csv: SHA-256 differs"):
        read_tables([path])
