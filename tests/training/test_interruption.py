"""A training killed at any moment, and at every file operation of a save, ends with the same bytes."""

import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graduated.experiment.run import Run
from graduated.outbox import Outbox, discard_finished
from graduated.resume import Interrupted, Resume
from graduated.storage import write_json, write_table, write_tensors
from graduated.training.history import run_records, train_pack
from graduated.training.pack import PackTraining
from killing import count_file_operations, kill_at_file_operation, processes, run_process, start_server
from toys import toy_data

RUN = Run(
    "toy",
    "small_resnet",
    0.1,
    8,
    0,
    10,
    model_options=(("width", 2),),
    schedule="noise_reduction",
    schedule_options=(("batch_size_share", 0.5), ("power", 0.5)),
    optimizer="nshb",
    momentum=0.9,
    perturbation=(("factor", 0.5), ("first", 0.1), ("levels", 3)),
)
"""All that a state may hold: momentum, a batch size and a momentum that change, perturbed weights."""

RUNS = [RUN, replace(RUN, seed=1, learning_rate=0.2)]
KILLS = 25


@pytest.fixture(scope="module", autouse=True)
def _quick_processes():
    start_server(__name__)


def quiet(done: int, detail: str) -> None:
    pass


def train(folder: Path, interval: float = 0.0, key: str = "key") -> None:
    """What scripts/train_pack.py does, on toy data, saving after every step."""
    torch.set_num_threads(1)
    with Resume(folder / "state", key, interval) as resume:
        outbox = Outbox(resume.folder, key)
        if not outbox.is_sealed():
            training = PackTraining(RUNS, toy_data())
            course = train_pack(training, quiet, resume)
            write_tensors(outbox.folder / "weights.safetensors", training.state())
            write_table(outbox.folder / "history.csv", course.history)
            write_json(outbox.folder / "record.json", {"runs": run_records(RUNS, course)})
            outbox.seal()
            resume.clear()
        outbox.publish(folder / "published")


def train_and_die_after(folder: Path, seconds: float) -> None:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()
    train(folder)


def published(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "published").iterdir()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    train(folder, interval=1e9)
    assert set(published(folder)) == {"weights.safetensors", "history.csv", "record.json"}
    return published(folder)


def test_killed_at_every_file_operation_of_the_first_saves(tmp_path, undisturbed):
    for number in range(1, KILLS + 1):
        kill_at_file_operation(number, train, tmp_path)
    assert run_process(train, tmp_path) == 0
    assert published(tmp_path) == undisturbed
    assert not list(tmp_path.rglob("*.partial"))


def test_killed_at_random_moments(tmp_path, undisturbed):
    start = time.monotonic()
    assert run_process(train, tmp_path / "timed") == 0
    duration = time.monotonic() - start
    moments, killed, attempts, folder = random.Random(0), 0, 0, tmp_path / "0"
    while killed < KILLS:
        attempts += 1
        assert attempts < 10 * KILLS, "most kills should come before the end"
        ended = run_process(train_and_die_after, folder, moments.uniform(0, duration))
        killed += ended == -signal.SIGKILL
        if ended == 0:
            assert published(folder) == undisturbed
            folder = tmp_path / str(attempts)
    assert run_process(train, folder) == 0
    assert published(folder) == undisturbed


def test_killed_at_every_file_operation_of_the_publication(tmp_path, undisturbed):
    """From the last save to the last link: each in a folder of its own."""
    operations = count_file_operations(train, tmp_path / "count")
    for number in range(operations - 12, operations + 1):
        folder = tmp_path / str(number)
        kill_at_file_operation(number, train, folder)
        assert run_process(train, folder) == 0
        assert published(folder) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_at_the_next_step_and_stops_with_a_message(tmp_path, undisturbed, number):
    steps = []

    class Signalled(Resume):
        def checkpoint(self, position, state, now=False):
            steps.append(position)
            if len(steps) == 9:
                os.kill(os.getpid(), number)
                time.sleep(0.01)
            super().checkpoint(position, state, now)

    before = signal.getsignal(number)
    with pytest.raises(Interrupted, match=rf"stopped by {number.name}; the state is saved") as interruption:  # noqa: SIM117
        with Signalled(tmp_path / "state", "key", 1e9) as resume:
            train_pack(PackTraining(RUNS, toy_data()), quiet, resume)
    assert interruption.value.status == 128 + number
    assert len(steps) == 9 and signal.getsignal(number) is before
    assert len(list((tmp_path / "state").glob("*.checkpoint"))) == 1
    train(tmp_path)
    assert published(tmp_path) == undisturbed


@pytest.mark.parametrize(
    ("schedule", "options", "ends"),
    [
        ("step", {"interval": 4, "batch_size_factor": 2}, [4, 8]),
        ("step", {"interval": 3, "learning_rate_factor": 0.5}, [3, 6, 9]),
        ("polynomial", {}, []),
        ("constant", {}, []),
    ],
)
def test_a_state_is_saved_where_a_stage_ends(tmp_path, schedule, options, ends):
    """By another rate or batch size after some epochs of the same; not by a rate that is never the same."""
    saved = []

    class Told(Resume):
        def save(self, position, tensors, progress):
            saved.append((position, int(tensors["epoch"]), int(tensors["step"])))
            super().save(position, tensors, progress)

    options = tuple(options.items())
    run = replace(RUN, schedule=schedule, schedule_options=options, perturbation=(), batch_size=2)
    with Told(tmp_path / "state", "key", 1e9) as resume:
        train_pack(PackTraining([run], toy_data()), quiet, resume)
    assert [(epoch, step) for _, epoch, step in saved] == [(epoch, 0) for epoch in ends]


def checkpoints(folder: Path) -> list[Path]:
    return sorted((folder / "state").glob("*.checkpoint"))


def interrupted(folder: Path) -> None:
    """Leave a folder with the state of a training killed half-way."""
    kill_at_file_operation(60, train, folder)
    assert len(checkpoints(folder)) == 2


def test_two_states_are_kept_and_a_damaged_one_falls_back_to_the_one_before(tmp_path, undisturbed, capsys):
    interrupted(tmp_path)
    last = checkpoints(tmp_path)[-1]
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    with Resume(tmp_path / "state", "key") as resume:
        assert resume.latest() is not None
    assert "damaged checkpoint; not used" in capsys.readouterr().err
    train(tmp_path)
    assert published(tmp_path) == undisturbed


def test_all_states_damaged_means_from_the_start(tmp_path, undisturbed):
    interrupted(tmp_path)
    for path in checkpoints(tmp_path):
        path.write_bytes(path.read_bytes()[:-1])
    train(tmp_path)
    assert published(tmp_path) == undisturbed


def test_the_state_of_another_specification_is_refused(tmp_path, capsys):
    interrupted(tmp_path)
    with Resume(tmp_path / "state", "another key") as resume:
        assert resume.latest() is None
    assert "checkpoint of another specification, source or environment; not used" in capsys.readouterr().err


def test_a_finished_training_is_published_again_without_training(tmp_path, undisturbed, monkeypatch):
    train(tmp_path)
    for path in (tmp_path / "published").iterdir():
        path.unlink()
    monkeypatch.setattr("graduated.training.pack.PackTraining.__init__", None)
    train(tmp_path)
    assert published(tmp_path) == undisturbed


def test_finished_files_of_another_key_or_damaged_do_not_count(tmp_path):
    train(tmp_path)
    outbox = Outbox(tmp_path / "state", "key")
    assert outbox.is_sealed() and not Outbox(tmp_path / "state", "another").is_sealed()
    (outbox.folder / "history.csv").unlink()
    (outbox.folder / "history.csv").write_text("damaged")
    assert not outbox.is_sealed()


def test_only_finished_states_are_discarded(tmp_path):
    train(tmp_path / "a")
    (tmp_path / "a/state").rename(tmp_path / "done")
    interrupted(tmp_path / "b")
    (tmp_path / "b/state").rename(tmp_path / "going")
    discard_finished(tmp_path)
    assert not (tmp_path / "done").exists() and (tmp_path / "going").exists()


def test_one_process_at_a_time_holds_the_state(tmp_path):
    with Resume(tmp_path / "state", "key"):
        process = processes.Process(target=train, args=(tmp_path,))
        process.start()
        time.sleep(1.0)
        assert process.is_alive() and not (tmp_path / "published").exists()
    process.join()
    assert process.exitcode == 0 and (tmp_path / "published").exists()
