from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
import torch

from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.training import evaluation, graphs
from graduated.training.evaluation import Evaluator
from graduated.training.pack import PackTraining
from graduated.training.precision import PRECISIONS
from graduated.training.step import TrainingStep

RUN = Run("toy", "small_resnet", 0.05, 16, 0, 2, model_options=(("width", 8),))
RUNS = [RUN, replace(RUN, seed=1, learning_rate=0.1)]


def toy_data() -> ImageData:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (150, 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.randint(4, (150,), generator=generator)
    return ImageData(images, labels, images[:40], labels[:40], 4, (0.5,), (0.3,), Augmentation(1, True, 15.0))


def trained(
    precision: str, device: str = "cpu", captured: bool = False, epochs: int = 2, batch_size: int = 16
):
    runs = [replace(run, precision=precision, batch_size=batch_size) for run in RUNS]
    training = PackTraining(runs, toy_data().to(device), captured)
    results = [training.train_epoch(record_gradient_norms=True) for _ in range(epochs)]
    return training, results


def distance(one: dict, other: dict) -> float:
    """Distance of two sets of weights relative to how far training has moved them from the start."""
    start = PackTraining(RUNS, toy_data()).state()
    names = [name for name in one if "weight" in name]
    moved = sum((one[name].double().cpu() - start[name]).square().sum() for name in names)
    apart = sum((one[name].double().cpu() - other[name].double().cpu()).square().sum() for name in names)
    return (apart / moved).sqrt().item()


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-2), ("tf32", 1e-2), ("bf16", 0.25)])
def test_a_step_of_lower_precision_is_near_that_of_float64_and_keeps_float32_weights(precision, tolerance):
    """Rounding alone is 5e-6 in float32, but it may turn a ReLU at zero on or off."""
    exact, _ = trained("float64", epochs=1, batch_size=150)
    training, results = trained(precision, epochs=1, batch_size=150)
    assert {tensor.dtype for name, tensor in training.state().items() if "weight" in name} == {torch.float32}
    assert results[-1].loss.dtype == torch.float64
    assert distance(exact.state(), training.state()) < tolerance


def test_bf16_really_computes_in_bf16():
    seen = []
    training = PackTraining([replace(run, precision="bf16") for run in RUNS], toy_data())
    training.network.body.conv1.register_forward_hook(lambda *call: seen.append(call[2].dtype))
    training.train_epoch()
    training.evaluate()
    assert set(seen) == {torch.bfloat16}


def test_tf32_is_switched_on_and_off_with_the_precision():
    for name, precision in PRECISIONS.items():
        with precision.in_force(torch.device("cpu")):
            assert (
                torch.backends.cudnn.allow_tf32 == torch.backends.cuda.matmul.allow_tf32 == (name == "tf32")
            )
    with PRECISIONS["float32"].in_force(torch.device("cpu")):
        assert not torch.backends.cudnn.allow_tf32


def test_gradient_norms_of_an_epoch_are_not_overwritten_by_the_next():
    _, results = trained("float32")
    first, second = (result.gradient_norms for result in results)
    assert first.shape == second.shape == (10, 2)
    assert not torch.equal(first, second)
    assert (first > 0).all() and (second > 0).all()


def assert_same_training(one, other):
    (training, results), (other_training, other_results) = one, other
    state = other_training.resume_state()
    for name, tensor in training.resume_state().items():
        assert torch.equal(tensor, state[name]), name
    for mine, theirs in zip(results, other_results, strict=True):
        assert torch.equal(mine.loss, theirs.loss)
        assert torch.equal(mine.gradient_norms, theirs.gradient_norms)


@pytest.fixture
def queue(monkeypatch) -> list:
    """CUDA graphs without CUDA: what is captured is done at its replays only; the replays not waited for."""
    capturing, queued = [], []

    class Graph:
        pool = MagicMock()

        def replay(self):
            self.work()

    class Event:
        def __init__(self, blocking):
            queued.append(self)

        def record(self):
            pass

        def synchronize(self):
            queued.remove(self)

    @contextmanager
    def capture(graph, pool, stream):
        capturing.append(graph)
        yield
        capturing.pop()

    def capturable(compute):
        def compute_or_capture(self, batch):
            if capturing:
                capturing[-1].work = partial(compute, self, batch)
            else:
                compute(self, batch)

        return compute_or_capture

    cuda = MagicMock(CUDAGraph=Graph, graph=capture, Event=Event)
    for kind in (TrainingStep, Evaluator):
        monkeypatch.setattr(kind, "_compute", capturable(kind._compute))
    monkeypatch.setattr(graphs, "torch", SimpleNamespace(cuda=cuda, no_grad=torch.no_grad))
    monkeypatch.setattr(graphs, "_side_stream", MagicMock())
    return queued


def test_capturing_a_step_changes_nothing_that_steps_leave(queue):
    captured = trained("float32", captured=True)
    assert captured[0].training_step.graphs.keys == {16, 6}
    assert_same_training(trained("float32"), captured)


def test_a_step_is_captured_without_a_trace(queue):
    training, _ = trained("float32", captured=True)
    step = training.training_step
    step.begin_epoch(step.feed, first_step=0, batch_size=16)

    def state():
        everything = {**training.resume_state(), "norms": step.feed.norms, "position": step.position}
        return {name: tensor.clone() for name, tensor in everything.items()}

    before = state()
    step.graphs.clear()
    step.graphs.record(7, partial(step._compute, 7), step._state())
    assert step.graphs.keys == {7}
    for name, tensor in state().items():
        assert torch.equal(tensor, before[name]), name


def assert_same_evaluations(*trainings):
    one, other = (training.evaluate() for training in trainings)
    assert torch.equal(one.loss, other.loss) and torch.equal(one.accuracy, other.accuracy)


def test_capturing_an_evaluation_changes_none_of_its_counts(queue, monkeypatch):
    monkeypatch.setitem(evaluation.EVALUATION_BATCH, "cpu", 16)
    captured, eager = trained("float32", captured=True)[0], trained("float32")[0]
    for _ in range(2):
        assert_same_evaluations(captured, eager)
        assert captured.evaluate.graphs.keys == {16, 8}
        captured.train_epoch(), eager.train_epoch()


def test_the_host_runs_only_so_far_ahead_of_the_device(queue):
    training = PackTraining(RUNS, toy_data(), captured=True)
    lengths = []
    training.train_epoch(after_step=lambda: lengths.append(len(queue)))
    assert lengths == [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "tf32", "bf16"])
def test_a_captured_step_equals_the_eager_one_to_the_bit(precision):
    captured = trained(precision, "cuda", captured=True)
    assert captured[0].training_step.graphs.keys == {16, 6}, "the full and the last partial batch"
    eager = trained(precision, "cuda")
    assert_same_training(eager, captured)
    for _ in range(2):
        assert_same_evaluations(captured[0], eager[0])


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_packs_of_the_paper_s_shape_train_to_the_same_bits_eager_and_captured(precision):
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (160, 3, 32, 32), generator=generator, dtype=torch.uint8)
    labels = torch.randint(100, (160,), generator=generator)
    statistics = (0.5,) * 3, (0.3,) * 3
    data = ImageData(images, labels, images[:9], labels[:9], 100, *statistics, Augmentation(4, True, 15.0))
    runs = [Run("toy", "resnet18", 0.1, 64, seed, 1, precision=precision) for seed in range(8)]

    def train(captured):
        training = PackTraining(runs, data.to("cuda"), captured)
        return training, [training.train_epoch(record_gradient_norms=True)]

    first = train(captured=False)
    assert_same_training(first, train(captured=False))
    assert_same_training(first, train(captured=True))


@pytest.mark.gpu
def test_no_step_waits_for_the_device():
    training, _ = trained("float32", "cuda", captured=True, epochs=1)
    step = training.training_step
    step.begin_epoch(step.feed, first_step=0, batch_size=16)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(5):
            step(16)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.gpu
def test_two_captured_trainings_give_the_same_bytes():
    assert_same_training(*(trained("bf16", "cuda", captured=True) for _ in range(2)))


@pytest.mark.gpu
@pytest.mark.parametrize("optimizer", ["sgd", "shb", "qhm"])
def test_growing_batches_and_momentum_are_captured_to_the_bit(optimizer):
    growing = {"schedule": "step", "schedule_options": (("batch_size_factor", 2.0), ("interval", 1))}
    rule = {"optimizer": optimizer, "momentum": 0.0 if optimizer == "sgd" else 0.9, "quasi": 0.7}
    states = []
    for captured in (False, True):
        runs = [replace(run, **growing, **rule) for run in RUNS]
        training = PackTraining(runs, toy_data().to("cuda"), captured)
        for _ in range(3):
            training.train_epoch()
        states.append(training.resume_state())
    assert training.training_step.graphs.keys == {64, 150 % 64}
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
