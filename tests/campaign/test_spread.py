"""What two machines computed, compared archive by archive."""

import json
import runpy
import shutil
import sys

import pytest
from toy_campaign import ARCHIVE, PROGRAMS, rewrite

from graduated.campaign.archive import read_archive
from graduated.campaign.spread import compare_archives, computed_on


@pytest.fixture
def files(finished) -> dict[str, bytes]:
    return read_archive(finished / ARCHIVE)


def edited(files: dict[str, bytes], name: str, change) -> dict[str, bytes]:
    record = json.loads(files[name])
    change(record)
    return {**files, name: json.dumps(record).encode()}


def first(files: dict[str, bytes], folder: str) -> str:
    return next(name for name in sorted(files) if name.startswith(folder) and name.endswith(".json"))


def test_an_archive_is_the_same_as_itself_whatever_it_cost(files):
    again = edited(files, first(files, "noise/"), lambda record: record["cost"].update(wall_seconds=1e9))
    compared = compare_archives(files, again)
    assert len(compared) == 6 and all(one.same for one in compared)
    assert str(compared[0]).endswith(": the same")
    assert "PyTorch" in computed_on(files) and not computed_on({})


def test_other_weights_are_told_with_the_largest_difference_of_any_run(files):
    def change(record):
        record["checksums"]["weights"] = "0" * 64
        record["runs"][1]["train_loss"] += 0.25

    name = first(files, "training/")
    other = {one.name: one for one in compare_archives(files, edited(files, name, change)) if not one.same}
    assert [*other] == [name]
    assert str(other[name]) == f"{name}: differs, train_loss 0.25"


@pytest.mark.parametrize("folder", ["sharpness/", "noise/"])
def test_another_number_is_told_though_the_weights_are_the_same(files, folder):
    def change(record):
        measured = record.get("runs") or record.get("estimates")
        measured[0] = dict.fromkeys(measured[0])

    found = compare_archives(files, edited(files, first(files, folder), change))
    assert [one.same for one in found].count(False) == 1
    assert " inf" in "".join(map(str, found))


def test_what_one_alone_holds_is_passed_over(files):
    half = {name: content for name, content in files.items() if "b~16" not in name}
    assert 0 < len(compare_archives(files, half)) < 6


def test_the_program_says_whether_anything_differs(finished, tmp_path, monkeypatch, capsys):
    def run(path) -> object:
        monkeypatch.setattr(sys, "argv", ["compare_archives.py", str(finished / ARCHIVE), str(path)])
        runpy.run_path(str(PROGRAMS / "compare_archives.py"), run_name="__main__")

    monkeypatch.syspath_prepend(PROGRAMS)
    run(finished / ARCHIVE)
    assert "all 6 packs and probes are the same" in capsys.readouterr().out
    damaged = shutil.copy(finished / ARCHIVE, tmp_path / "damaged.zip")
    rewrite(damaged, lambda files: files.update({first(files, "noise/"): b"{}"}))
    with pytest.raises(SystemExit, match="is not what the manifest says"):
        run(damaged)
    with pytest.raises(SystemExit, match=r"no\.zip"):
        run(tmp_path / "no.zip")
