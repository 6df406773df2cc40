import weakref
from dataclasses import replace

import pandas as pd
import pytest
import torch

from graduated.experiment.run import Run
from graduated.resume import Interrupted, Resume
from graduated.training.history import train_pack
from graduated.training.pack import PackTraining
from graduated.training.split import train_runs
from graduated.training.step import TrainingStep
from toys import toy_data

RUN = Run("toy", "small_resnet", 0.1, 8, 0, 3, model_options=(("width", 2),), precision="float64")
RUNS = [replace(RUN, seed=seed, learning_rate=rate) for seed in (0, 1) for rate in (0.05, 0.1, 1e300)][:5]


def quiet(done: float, detail: str) -> None:
    pass


def train(folder, report=quiet):
    with Resume(folder, "key") as resume:
        return train_runs(RUNS, toy_data(), report, resume)


@pytest.fixture
def small_memory(monkeypatch) -> list[int]:
    """Memory for two replicas: the third step of a larger pack finds none left."""
    compute, tried = TrainingStep._compute, []

    def limited(self, batch):
        tried.append(self.network.replicas)
        if self.network.replicas > 2 and int(self.count) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        compute(self, batch)

    monkeypatch.setattr(TrainingStep, "_compute", limited)
    return tried


def assert_equal(one, other):
    assert one[1].diverged_epoch == other[1].diverged_epoch == [None, None, 1, None, None]
    finished = [0, 1, 3, 4]
    for name, tensor in one[0].items():
        torch.testing.assert_close(tensor[finished], other[0][name][finished], rtol=1e-8, atol=1e-10)
    pd.testing.assert_frame_equal(one[1].history, other[1].history, rtol=1e-9)
    assert [part["epoch"] for part in one[1].timing] == [1, 2, 3]


def test_a_pack_too_large_for_the_memory_is_split_and_ends_with_the_same_results(
    tmp_path, small_memory, monkeypatch, capsys
):
    split = train(tmp_path / "split")
    assert set(small_memory) == {5, 3, 2, 1}
    assert "out of memory with 5 replicas: going on in halves" in capsys.readouterr().err
    monkeypatch.undo()
    whole = PackTraining(RUNS, toy_data())
    course = train_pack(whole, quiet)
    assert_equal(split, (whole.state(), course))


def test_after_an_interruption_the_halves_go_on_and_the_whole_is_not_tried_again(tmp_path, small_memory):
    steps = []

    def stop_in_the_second_half(done, detail):
        steps.append(done)
        if len(steps) == 25:
            raise Interrupted(15)

    with pytest.raises(Interrupted):
        train(tmp_path, stop_in_the_second_half)
    small_memory.clear()
    train(tmp_path)
    assert 5 not in small_memory


def test_a_single_run_that_does_not_fit_is_an_error(tmp_path, monkeypatch):
    def nothing(self, batch):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(TrainingStep, "_compute", nothing)
    with pytest.raises(torch.OutOfMemoryError):
        train(tmp_path)


def test_the_pack_that_did_not_fit_is_freed_before_its_halves_are_trained(
    tmp_path, small_memory, monkeypatch
):
    start, alive, seen = PackTraining.__init__, weakref.WeakSet(), []

    def watched(self, runs, *arguments):
        seen.append([len(other.runs) for other in alive])
        alive.add(self)
        start(self, runs, *arguments)

    monkeypatch.setattr(PackTraining, "__init__", watched)
    train(tmp_path)
    assert seen == [[]] * 5, "of 5, 2, 3, 1 and 2 replicas"
