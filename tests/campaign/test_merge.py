"""Archives merged into results: what is placed, and what is refused before anything is."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from toy_campaign import ARCHIVE, CONFIG, PROGRAMS, Home, contents, rewrite

from graduated.campaign.archive import read_archive, write_archive
from graduated.campaign.merge import merge
from graduated.campaign.plan import PLAN, CampaignPlan, check_sources
from graduated.storage import DamagedFileError

WITHIN_THE_MANIFEST = 100
"""A byte of an archive that holds content, and no date or attribute."""


@pytest.fixture
def archive(finished, tmp_path) -> Path:
    """A copy of a complete archive, to be changed."""
    return shutil.copy(finished / ARCHIVE, tmp_path / ARCHIVE)


@pytest.fixture
def results(tmp_path) -> Path:
    return tmp_path / "results"


@pytest.fixture(scope="module")
def plan(home) -> CampaignPlan:
    return home.campaign_plan()


def remake(archive: Path, change) -> None:
    """Change the files of an archive and give it the manifest that fits."""
    files = read_archive(archive, "toy")
    folder = archive.with_suffix("")
    change(files)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    class Everything:
        outputs = tuple(files)

    write_archive("toy", [Everything], folder, archive)


def edit(files: dict[str, bytes], name: str, **changes) -> None:
    files[name] = json.dumps(json.loads(files[name]) | changes).encode()


def record_name(plan: CampaignPlan) -> str:
    return next(task.record for task in plan.tasks if task.is_pack)


def refuse(plan, archive, results, match: str, error=ValueError, **options) -> None:
    with pytest.raises(error, match=match):
        merge(plan, [archive], results, **options)
    assert not results.exists()


def test_files_are_placed_as_they_are(plan, archive, finished, results):
    merged = merge(plan, [archive], results)
    assert len(merged.placed) == 6 and not merged.kept
    for name, content in read_archive(archive, "toy").items():
        assert (results / name).read_bytes() == content
    specifications = {path.name for path in (results / "packs").iterdir()}
    assert specifications == {f"{task.name}.json" for task in plan.tasks if task.is_pack}


def test_the_same_files_make_the_same_archive(plan, finished, tmp_path):
    write_archive("toy", reversed(plan.tasks), finished / "results", tmp_path / "other.zip")
    assert (tmp_path / "other.zip").read_bytes() == (finished / ARCHIVE).read_bytes()


def test_a_damaged_archive_is_refused(plan, archive, results):
    content = bytearray(archive.read_bytes())
    content[WITHIN_THE_MANIFEST] ^= 0xFF
    archive.write_bytes(content)
    refuse(plan, archive, results, archive.name, DamagedFileError)


def test_no_damage_to_an_archive_goes_unseen(finished, tmp_path):
    whole, files = (finished / ARCHIVE).read_bytes(), read_archive(finished / ARCHIVE, "toy")
    positions, refused = random.Random(0), 0
    for _ in range(300):
        content = bytearray(whole)
        content[positions.randrange(len(content))] ^= 1 << positions.randrange(8)
        (tmp_path / ARCHIVE).write_bytes(content)
        try:
            assert read_archive(tmp_path / ARCHIVE, "toy") == files, "a date or an attribute, at most"
        except DamagedFileError:
            refused += 1
    assert refused > 150


def test_a_cut_off_archive_is_refused(plan, archive, results):
    archive.write_bytes(archive.read_bytes()[:-100])
    refuse(plan, archive, results, "damaged", DamagedFileError)


def test_content_that_is_not_the_manifest_s_is_refused(plan, archive, results):
    rewrite(archive, lambda files: files.update({"noise/per_sample.json": b"{}"}))
    refuse(plan, archive, results, "noise/per_sample.json is not what the manifest says", DamagedFileError)


def test_another_preset_is_refused(plan, archive, results, home):
    other = Home(archive.parent / "home", preset="another").campaign_plan()
    refuse(other, archive, results, "results of the preset toy, expected another")


def test_runs_that_the_preset_does_not_want_are_refused(archive, results):
    grid = CONFIG["grid"] | {"learning_rate": [0.05]}
    smaller = Home(archive.parent / "home", grid=grid).campaign_plan()
    refuse(smaller, archive, results, "run constant/lr~0.1/.* is not of the preset toy")


def test_other_settings_of_a_measure_are_refused(archive, results):
    sharpness = CONFIG["sharpness"] | {
        "average_l2": {"method": "average", "norm": "l2", "samples": 16, "batch_size": 16}
    }
    other = Home(archive.parent / "home", sharpness=sharpness).campaign_plan()
    refuse(other, archive, results, "sharpness/average_l2/.* was made to another specification")


def test_a_measure_that_is_missing_is_refused(archive, results):
    sharpness = CONFIG["sharpness"] | {"worst_l2": {"norm": "l2", "samples": 16, "batch_size": 16}}
    more = Home(archive.parent / "home", sharpness=sharpness).campaign_plan()
    refuse(more, archive, results, "holds no sharpness/worst_l2/", DamagedFileError)


def test_another_dataset_is_refused(plan, archive, results):
    other = replace(plan, data="0" * 64)
    refuse(other, archive, results, "was made with another dataset")


def test_other_sources_are_refused_unless_accepted(plan, archive, results):
    record = record_name(plan)
    remake(archive, lambda files: edit(files, record, sources="0" * 64))
    refuse(plan, archive, results, f"{record}: was made by other sources of train_pack.py")
    assert len(merge(plan, [archive], results, accept_other_sources=True).placed) == 6


@pytest.mark.parametrize("file", ["history.csv", "record.json"])
def test_files_that_do_not_belong_together_are_refused(plan, archive, results, file):
    name = record_name(plan).replace("record.json", file)

    def change(files):
        if file == "record.json":
            checksums = json.loads(files[name])["checksums"]
            edit(files, name, checksums=checksums | {"weights": "0" * 64})
        else:
            files[name] += b"more"

    remake(archive, change)
    refuse(plan, archive, results, "is not of the (history beside it|weights of training/)")


def test_a_file_of_no_task_is_refused(plan, archive, results):
    remake(archive, lambda files: files.update({"../../elsewhere.json": b"{}"}))
    refuse(plan, archive, results, "elsewhere.json: belongs to no pack and no probe")


def test_one_bad_archive_stops_the_good_one_before_it(plan, archive, finished, results):
    archive.write_bytes(b"")
    with pytest.raises(DamagedFileError):
        merge(plan, [finished / ARCHIVE, archive], results)
    assert not results.exists()


def test_a_result_of_another_training_stays_and_the_same_is_placed_again(plan, archive, finished, results):
    record, probe = record_name(plan), "noise/per_sample.json"
    merge(plan, [archive], results)
    measures = [name for name in read_archive(archive, "toy") if name.startswith("sharpness/")]

    def train_elsewhere(files):
        weights = {"weights": "1" * 64}
        edit(files, record, checksums=json.loads(files[record])["checksums"] | weights)
        for name in measures:
            if Path(name).stem in record:
                edit(files, name, checksums=weights)
        edit(files, probe, estimates=[])

    remake(archive, train_elsewhere)
    before = (results / record).read_bytes()
    merged = merge(plan, [archive], results)
    assert {task.record for task in merged.kept} == {record, probe}
    assert len(merged.placed) == 4
    assert (results / record).read_bytes() == before


def test_weights_of_an_outdated_training_do_not_outlive_its_record(plan, archive, results):
    weights = results / record_name(plan).replace("record.json", "weights.safetensors")
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"old")
    merge(plan, [archive], results)
    assert not weights.exists()


def test_packs_cut_otherwise_are_taken_and_kept_by_the_plan(finished, tmp_path):
    home = Home(tmp_path / "home", packs={"max_replicas": 4})
    before = {task.name for task in home.campaign_plan().tasks if task.is_pack}
    merge(home.campaign_plan(), [finished / ARCHIVE], home.results)
    after = home.campaign_plan()
    packs = {task.name for task in after.tasks if task.is_pack}
    assert len(before) == 2 and len(packs) == 4 and not packs & before
    assert set(after.done) == {task.name for task in after.tasks}


def test_a_machine_with_other_sources_is_told_so(finished):
    plan = CampaignPlan.read(finished / PLAN)
    check_sources(plan, PROGRAMS)
    other = replace(plan, files={**plan.files, "training/step.py": "0" * 64})
    with pytest.raises(ValueError, match=r"training/step.py is not the plan's \(1 of \d+ files"):
        check_sources(other, PROGRAMS)


def test_runs_of_comparisons_alone_are_measured_once(tmp_path):
    methods = {f"b = {size}": {"learning_rate": 0.1, "batch_size": size} for size in (4, 8)}
    plan = Home(tmp_path, comparisons={"two": {"seed": [0], "methods": methods}}).campaign_plan()
    measures = {task.runs[0].batch_size: task.measures for task in plan.tasks if task.is_pack}
    everything = ("worst_linf", "average_l2")
    assert measures == {4: everything[:1], 8: everything, 16: everything}


def test_a_plan_s_digests_are_those_of_the_records(finished):
    plan = CampaignPlan.read(finished / PLAN)
    records = [name for name in contents(finished / ARCHIVE) if name.endswith("record.json")]
    assert {contents(finished / ARCHIVE)[name]["sources"] for name in records} == {plan.sources["train_pack"]}
