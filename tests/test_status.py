"""Results folders made by hand, in every state, with a real lock held by a real process."""

import fcntl
import json
import multiprocessing
import os
import time
from argparse import Namespace
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

import graduated.job
from graduated.data.store import decode
from graduated.experiment.jobs import Job, jobs
from graduated.experiment.plan import Plan, make_plan
from graduated.forecast import bytes_of_network, bytes_to_come, bytes_used, seconds_left
from graduated.job import start_job
from graduated.models import initialise
from graduated.progress import Progress
from graduated.resume import Resume, latest_progress
from graduated.sources import digest
from graduated.status import Status, is_held, watch
from graduated.storage import DamagedFileError, to_json
from paths import ROOT

PROGRAMS = ROOT / "scripts"


@pytest.fixture
def plan(schema, tmp_path) -> Plan:
    config = yaml.safe_load((ROOT / "config/smoke.yaml").read_text())
    config["training"]["epochs"] = 20
    config["comparisons"] = {}
    return make_plan(config, schema, tmp_path)


@pytest.fixture
def pack(plan) -> Job:
    return next(job for job in jobs(plan) if job.is_pack)


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def finish(job: Job, sources: str | None = None, diverged: int = 0) -> None:
    record = {
        "sources": sources or digest(PROGRAMS / f"{job.program}.py"),
        "inputs": {"specification": sha256(to_json(job.specification).encode()).hexdigest()},
        "runs": [{"status": "diverged" if index < diverged else "finished"} for index in range(job.runs)],
    }
    put(job.record, json.dumps(record))
    if job.is_pack:
        rows = [f"{epoch},{2.0},{500.0}" for epoch in range(1, job.epochs + 1)]
        put(job.record.with_name("timing.csv"), "\n".join(["epoch,seconds,images_per_second", *rows]))
        job.weights.write_bytes(bytes(1000 * job.runs))


def beat(job: Job, done: float, age: float = 0.0) -> None:
    state = {
        "label": job.name,
        "pid": 1,
        "host": "here",
        "done": done,
        "total": job.epochs,
        "unit": "epoch",
        "detail": "1 diverged",
        "images_per_second": 250.0,
        "seconds_left": 3.0 * (job.epochs - done),
        "time": time.time() - age,
    }
    put(job.state_folder / "heartbeat.json", json.dumps(state))


def record_as_its_program_does(job: Job, data: Path) -> None:
    specification = job.results / "specification.json"
    put(specification, to_json(job.specification))
    arguments = Namespace(specification=specification, data=data, device="cpu", threads=1)
    with start_job(arguments, str(PROGRAMS / f"{job.program}.py")) as started:
        finish(job, started.sources)
    record = json.loads(job.record.read_text())
    put(job.record, json.dumps({**record, "inputs": started.inputs}))


def save_checkpoint(job: Job, progress: dict) -> None:
    with Resume(job.state_folder, "key") as resume:
        resume.save(40, {"weights": torch.zeros(3)}, progress)


def hold(folder: Path, ready, release) -> None:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready.set()
        release.wait(60)


@pytest.fixture
def held(pack):
    """The pack's folder, locked by another process until the test ends."""
    pack.state_folder.mkdir(parents=True)
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=hold, args=(pack.state_folder, ready, release))
    process.start()
    assert ready.wait(60)
    yield process
    release.set()
    process.join(60)
    assert process.exitcode == 0


def status_of(plan: Plan, job: Job) -> Status:
    (found,) = [status for status in watch(plan, PROGRAMS) if status.job == job]
    return found


def test_a_plan_that_was_never_begun_is_waiting_and_stays_untouched(plan, tmp_path):
    statuses = watch(plan, PROGRAMS)
    assert [status.state for status in statuses] == ["waiting"] * 7
    assert [status.job.name for status in statuses[:3]] == [
        "probe_variance",
        "probe_steps.b~32",
        "probe_steps.b~128",
    ]
    assert [(status.job.runs, status.job.epochs) for status in statuses] == [
        (2, 2), (2, 4), (2, 4), (4, 2), (4, 2), (4, 20), (4, 20),
    ]  # fmt: skip
    assert seconds_left(statuses, plan.config) is None
    assert not list(tmp_path.iterdir())


def test_done_by_this_code_is_done_and_by_other_code_outdated(plan, pack):
    finish(pack, diverged=1)
    status = status_of(plan, pack)
    assert (status.state, status.epochs, status.diverged) == ("done", 20, 1)
    assert (status.images_per_second, status.epoch_seconds, status.epochs_left) == (500, 2, 0)
    finish(pack, sources="another")
    status = status_of(plan, pack)
    assert (status.state, status.epochs_left) == ("outdated", 20)


SCHEDULE = """
from torch.optim.lr_scheduler import LambdaLR
from own_rates import rate

class Decay(LambdaLR):
    def __init__(self, optimizer):
        super().__init__(optimizer, rate)
"""


def test_what_every_program_records_is_done_until_its_own_code_changes(schema, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(graduated.job, "compute_device", lambda *_: nullcontext(torch.device("cpu")))
    put(tmp_path / "own_decay.py", SCHEDULE)
    put(tmp_path / "own_rates.py", "def rate(epoch):\n    return 0.9**epoch\n")
    config = yaml.safe_load((ROOT / "config/smoke.yaml").read_text())
    own = {"learning_rate": 0.1, "batch_size": 16, "schedule": "own_decay:Decay"}
    config["comparisons"] = {"decay": {"seed": [0], "methods": {"own": own}}}
    config["studies"] = {"noise_law": {}}
    plan = make_plan(config, schema, tmp_path)
    decode("digits", tmp_path, tmp_path / "digits.safetensors")
    for job in jobs(plan):
        record_as_its_program_does(job, tmp_path / "digits.json")
    statuses = watch(plan, PROGRAMS)
    assert [status.state for status in statuses] == ["done"] * len(statuses)
    assert {status.job.program for status in statuses} == {
        "probe_variance", "probe_steps", "train_pack", "run_network_study",
    }  # fmt: skip
    put(tmp_path / "own_rates.py", "def rate(epoch):\n    return 0.8**epoch\n")
    outdated = [status.job for status in watch(plan, PROGRAMS) if status.state == "outdated"]
    assert [job.batch_size for job in outdated] == [16]


def test_a_record_that_is_none_is_named(plan, pack):
    finish(pack)
    put(pack.record, "{}")
    with pytest.raises(DamagedFileError, match=r"record\.json: expected an entry 'sources'"):
        watch(plan, PROGRAMS)


def test_a_probe_of_another_specification_is_outdated(plan):
    probe = next(jobs(plan))
    finish(probe)
    assert status_of(plan, probe).is_done
    record = json.loads(probe.record.read_text())
    put(probe.record, json.dumps({**record, "inputs": {"specification": "another"}}))
    assert status_of(plan, probe).state == "outdated"


def test_running_is_what_is_held_and_has_a_recent_heartbeat(plan, pack, held):
    assert status_of(plan, pack).state == "silent"
    beat(pack, done=4.5)
    status = status_of(plan, pack)
    assert (status.state, status.epochs, status.note) == ("running", 4.5, "1 diverged")
    assert (status.images_per_second, status.epoch_seconds) == (250, pytest.approx(3))
    beat(pack, done=4.5, age=3600)
    assert status_of(plan, pack).state == "silent"
    assert held.is_alive()


def test_the_heartbeat_of_a_dead_process_is_no_running_job(plan, pack):
    save_checkpoint(pack, {"diverged_epoch": [None, 3, None, 2]})
    beat(pack, done=4.5)
    status = status_of(plan, pack)
    assert (status.state, status.epochs, status.diverged) == ("interrupted", 4.5, 2)
    assert not is_held(pack.state_folder)


def test_who_asks_for_a_lock_does_not_keep_it(pack):
    pack.state_folder.mkdir(parents=True)
    with (pack.state_folder / "lock").open("w") as lock:
        assert not is_held(pack.state_folder)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert is_held(pack.state_folder)


@pytest.mark.parametrize(
    ("log", "state"),
    [
        ("train_pack: data/x.json: missing\n", "failed"),
        (
            "x: epoch 1/2\nTraceback (most recent call last):\n  File ...\nRuntimeError: out of memory\n",
            "failed",
        ),
        ("train_pack: stopped by SIGTERM; the state is saved, run again to go on\n", "waiting"),
        ("constant.b~32: epoch 1/2, ETA 0:00:20\n", "waiting"),
        ("", "waiting"),
    ],
)
def test_failed_is_what_its_log_says(plan, pack, log, state):
    put(pack.log, log)
    status = status_of(plan, pack)
    assert (status.state, status.note) == (state, log.strip().splitlines()[-1] if state == "failed" else "")


def test_the_latest_sound_checkpoint_is_read_and_nothing_removed(pack):
    save_checkpoint(pack, {"diverged_epoch": [1]})
    broken = pack.state_folder / f"{99:015d}-{'0' * 64}.checkpoint"
    broken.write_bytes(b"half")
    before = sorted(pack.state_folder.iterdir())
    assert latest_progress(pack.state_folder) == {"diverged_epoch": [1]}
    assert sorted(pack.state_folder.iterdir()) == before
    assert latest_progress(pack.state_folder / "nothing") is None


def test_time_left_is_reckoned_with_the_speed_of_the_nearest_batch_size(plan, pack, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    finish(pack)  # 20 epochs of 4 runs at 2 s an epoch: 0.5 s a replica
    left = 0.5 * (4 * 20 + 2 * 2 + 2 * 4 * 2 + 2 * 4 + 2 * 4)  # the other pack, C², cells, T(32), T(128)
    assert seconds_left(watch(plan, PROGRAMS), plan.config) == pytest.approx(left)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert seconds_left(watch(plan, PROGRAMS), plan.config) == pytest.approx(max(left / 2, 0.5 * 4 * 20))
    for job in jobs(plan):
        finish(job)
    assert seconds_left(watch(plan, PROGRAMS), plan.config) == 0


def test_disk_is_what_one_trained_network_takes_or_will_take(plan, pack):
    model = initialise("small_resnet", 1, 10, {"width": 4}, seed=0)
    size = sum(4 * np.prod(tensor.shape, dtype=int) for tensor in model.state_dict().values())
    assert bytes_of_network(plan) == size
    assert bytes_to_come(plan, watch(plan, PROGRAMS)) == 8 * size
    finish(pack)
    assert bytes_to_come(plan, watch(plan, PROGRAMS)) == 4 * 1000
    used = bytes_used(plan)
    assert used == sum(path.stat().st_size for path in pack.record.parent.iterdir()) > 4000
    os.link(pack.weights, pack.weights.with_name("again"))
    assert bytes_used(plan) == used
    pack.weights.unlink()
    assert bytes_to_come(plan, watch(plan, PROGRAMS)) == 4 * size, (
        "imported runs have no weights and need none"
    )


def test_progress_keeps_a_heartbeat_every_few_seconds(tmp_path, monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 7.0, 8.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    path = tmp_path / "heartbeat.json"
    progress = Progress("pack", 10, "epoch", images=300, heartbeat=path)
    seen = []
    for done in (4, 5, 5.5, 10):
        progress.update(done, "words")
        state = json.loads(path.read_text())
        seen.append((state["done"], state["seconds_left"], state["images_per_second"]))
    assert seen == [(4, None, None), (4, None, None), (5.5, 18, 75), (10, 0, pytest.approx(300 * 6 / 7))]
    assert (
        state["pid"] == os.getpid() and state["detail"] == "words" and abs(state["time"] - time.time()) < 60
    )


def test_a_heartbeat_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    Progress("pack", 2, "epoch", heartbeat=tmp_path / "file" / "heartbeat.json").update(1)


def test_a_resumed_job_is_reckoned_from_where_it_went_on(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 20.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    progress = Progress("pack", 200, "epoch", images=1000)
    progress.update(100)
    progress.update(102)
    assert capsys.readouterr().err == "pack: epoch 102/200, 100 images/s, ETA 0:16:20\n"
