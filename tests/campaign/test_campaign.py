"""A campaign of seconds: what it writes, and that no interruption changes any of it."""

import itertools
import json
import runpy
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from toy_campaign import ARCHIVE, ENOUGH, PROGRAMS, Home, compute, contents

from graduated.campaign import budget, forecast, loop
from graduated.campaign.lock import hold_campaign
from graduated.campaign.merge import merge
from graduated.campaign.plan import PLAN, CampaignPlan
from graduated.storage import write_json
from killing import kill_at_file_operation, start_server

KILLS = (3, 30, 80, 150)
"""File operations before which the first calls are killed; the last comes after several packs."""


@pytest.fixture(scope="module")
def _quick_processes():
    """Per-sample gradients load torch._dynamo, which takes seconds."""
    start_server("toy_campaign", "torch._dynamo")


def test_everything_is_done_and_archived(home, finished):
    plan = CampaignPlan.read(finished / PLAN)
    found = {name for name in contents(finished / ARCHIVE) if "timing" not in name}
    expected = {name for task in plan.tasks for name in task.outputs if "timing" not in name}
    assert found == expected and len([task for task in plan.tasks if task.is_pack]) == 4
    assert not [path for path in finished.rglob("*") if "weights" in path.name]
    assert not list((finished / "results/resume").iterdir())


@pytest.mark.parametrize(
    ("program", "specification", "written"),
    [
        ("train_pack", "packs/{pack}.json", "training/{pack}"),
        ("measure_sharpness", "specifications/sharpness/worst_linf.json", "sharpness/worst_linf/{pack}.json"),
        ("probe_variance", "specifications/per_sample.json", "noise/per_sample.json"),
        ("probe_steps", "specifications/steps/b~16.json", "noise/steps/b~16.json"),
    ],
)
def test_the_programs_of_the_workflow_write_the_same(
    home, finished, tmp_path, monkeypatch, program, specification, written
):
    pack = next(task.name for task in CampaignPlan.read(finished / PLAN).tasks if task.is_pack)
    monkeypatch.syspath_prepend(PROGRAMS)

    def run(name: str, path: str, output: Path, *arguments: str) -> None:
        names = ["--data", str(home.record), "--output", str(output), "--device", "cpu", *arguments]
        command = [f"{name}.py", str(finished / "results" / path.format(pack=pack)), *names]
        monkeypatch.setattr(sys, "argv", command)
        runpy.run_path(str(PROGRAMS / f"{name}.py"), run_name="__main__")

    target = tmp_path / written.format(pack=pack)
    if program == "measure_sharpness":
        training = tmp_path / "training" / pack
        run("train_pack", "packs/{pack}.json", training, "--resume", str(tmp_path / "state"))
        run(program, specification, target, "--pack", str(training / "record.json"))
    else:
        run(program, specification, target, "--resume", str(tmp_path / "state"))
    expected = contents(finished / ARCHIVE)
    for path in [target] if target.is_file() else [target / "record.json", target / "history.csv"]:
        found, text = expected[path.relative_to(tmp_path).as_posix()], path.read_text()
        if path.suffix == ".json":
            text = {key: value for key, value in json.loads(text).items() if key != "cost"}
            text["environment"]["git_commit"] = found["environment"]["git_commit"]
        assert found == text


@pytest.mark.usefixtures("_quick_processes")
def test_killed_at_any_moment_it_goes_on_to_the_same_content(home, finished, tmp_path):
    folder = home.prepare(tmp_path)
    for number in KILLS:
        kill_at_file_operation(number, compute, folder, ENOUGH, 0.0)
    before = {path: path.stat().st_mtime_ns for path in (folder / "results/training").rglob("record.json")}
    campaign = compute(folder)
    assert contents(folder / ARCHIVE) == contents(finished / ARCHIVE)
    assert not list(tmp_path.rglob("*.partial"))
    kept = {task.record for task in campaign.done} - {task.record for task in campaign.new}
    records = {folder / "results" / record for record in kept if record.startswith("training/")}
    assert records, "a pack should have been finished before the last kill"
    assert {path: path.stat().st_mtime_ns for path in records}.items() <= before.items()


@pytest.fixture
def ticking(monkeypatch):
    """A clock by which every look at it takes a second."""
    clock = itertools.count()
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: next(clock)))


@pytest.mark.usefixtures("ticking")
def test_small_budgets_add_up_to_the_same_content(home, finished, tmp_path):
    folder = home.prepare(tmp_path)
    calls, done = 0, set()
    while len(done) < 6:
        campaign = compute(folder, seconds=20)
        new = {task.name for task in campaign.new}
        assert not new & done, "nothing is done twice"
        done |= new
        calls += 1
        assert calls < 50
    assert calls > 6, "a training of 24 steps takes two budgets"
    assert contents(folder / ARCHIVE) == contents(finished / ARCHIVE)


def test_what_more_than_half_a_budget_is_needed_for_is_not_put_off_for_ever(monkeypatch):
    now, stopped = [0.0], []
    monkeypatch.setattr(budget, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(budget.signal, "raise_signal", stopped.append)
    with budget.Budget(100) as one:
        tell = one.watch(lambda *_: None, lambda _: 10_000)
        for now[0] in (0, 39):
            tell(4, "")
        assert not stopped, "51 s are left"
        now[0] = 41
        tell(4, "")
        assert len(stopped) == 1


def test_a_second_call_has_nothing_to_do(finished, tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(finished, tmp_path / "again")
    archive = (folder / ARCHIVE).read_bytes()
    monkeypatch.setattr(loop, "execute", None)
    assert not compute(folder).new
    assert (folder / ARCHIVE).read_bytes() == archive
    assert "nothing is left" in capsys.readouterr().out


def test_no_time_writes_the_archive_of_what_is_finished(finished, tmp_path, capsys):
    folder = shutil.copytree(finished, tmp_path / "some")
    (folder / ARCHIVE).unlink()
    pack = next((folder / "results/training").iterdir())
    (folder / "results/sharpness/average_l2" / f"{pack.name}.json").unlink()
    compute(folder, seconds=0.0)
    whole = contents(finished / ARCHIVE)
    assert contents(folder / ARCHIVE) == {name: whole[name] for name in whole if pack.name not in name}
    assert "left: 2 runs and 0 probes" in capsys.readouterr().out


def test_only_what_fits_is_begun_where_all_has_to_be_whole(home, tmp_path, monkeypatch):
    folder = home.prepare(tmp_path)
    monkeypatch.setattr("graduated.campaign.forecast.Forecast.seconds", lambda *_: 30.0)
    assert not compute(folder, seconds=20.0, whole=True).new
    assert not (folder / "results/resume").exists()


def test_a_task_that_fails_stops_no_other(home, tmp_path, monkeypatch, capsys):
    folder, execute = home.prepare(tmp_path), loop.execute

    def fail_on_probes(task, *arguments):
        if not task.is_pack:
            raise RuntimeError("no luck")
        execute(task, *arguments)

    monkeypatch.setattr(loop, "execute", fail_on_probes)
    campaign = compute(folder)
    assert {task.name for task in campaign.failed} == {"per_sample", "steps/b~16"}
    assert len(campaign.new) == 4
    said, failures = capsys.readouterr(), folder / "toy.failed.txt"
    assert "per_sample: failed: RuntimeError: no luck\n" in said.err
    assert f"failed: per_sample, steps/b~16 ({failures})" in said.out
    assert failures.read_text().count("in fail_on_probes") == 2
    monkeypatch.undo()
    assert len(compute(folder).new) == 2
    assert not failures.exists()


def test_a_device_that_cannot_be_timed_is_taken_to_be_slow(home, finished, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("no kernel image\nis available")

    monkeypatch.setattr(forecast, "calibrate", fail)
    folder = home.prepare(tmp_path)
    assert len(compute(folder).new) == 6
    assert capsys.readouterr().err.count(": not timed: RuntimeError: no kernel image\n") == 2
    assert contents(folder / ARCHIVE) == contents(finished / ARCHIVE)


def test_a_probe_that_may_take_too_long_lets_the_packs_go_first(home, tmp_path, monkeypatch):
    folder = home.prepare(tmp_path)
    monkeypatch.setattr(forecast.Forecast, "stretch", lambda *_: 2 * ENOUGH)
    assert {task.is_pack for task in compute(folder).new} == {True}


def test_two_pieces_on_bare_machines_make_the_whole(finished, tmp_path):
    home = Home(tmp_path / "home")
    first = home.prepare(tmp_path / "first")
    plan = CampaignPlan.read(first / PLAN)
    half = [task.name for task in plan.tasks][::2]
    write_json(first / PLAN, {**asdict(plan), "done": half})
    compute(first)
    merge(home.campaign_plan(), [first / ARCHIVE], home.results)
    second = home.prepare(tmp_path / "second")
    assert set(CampaignPlan.read(second / PLAN).done) == {task.name for task in plan.tasks} - set(half)
    campaign = compute(second)
    assert {task.name for task in campaign.new} == set(half)
    merge(home.campaign_plan(), [first / ARCHIVE, second / ARCHIVE], home.results)
    assert len(home.campaign_plan().done) == 6
    joined = contents(first / ARCHIVE) | contents(second / ARCHIVE)
    assert joined == contents(finished / ARCHIVE)
    assert json.loads((home.results / "noise/per_sample.json").read_text())["estimates"]


def test_one_process_at_a_time(tmp_path):
    with (
        hold_campaign(tmp_path),
        pytest.raises(ValueError, match="another campaign"),
        hold_campaign(tmp_path),
    ):
        pass
