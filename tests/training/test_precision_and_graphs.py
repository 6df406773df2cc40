from dataclasses import replace

import pytest
import torch

from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.training.pack import PackTraining
from graduated.training.precision import PRECISIONS

RUN = Run("toy", "small_resnet", 0.05, 16, 0, 2, model_options=(("width", 8),))
RUNS = [RUN, replace(RUN, seed=1, learning_rate=0.1)]

needs_gpu = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


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


@pytest.mark.parametrize("precision", ["float32", "tf32", "bf16"])
@pytest.mark.parametrize("marks", [pytest.param(None, marks=needs_gpu)], ids=["gpu"])
def test_a_captured_step_equals_the_eager_one_to_the_bit(precision, marks):
    eager, eager_results = trained(precision, "cuda")
    captured, results = trained(precision, "cuda", captured=True)
    assert set(captured.training_step.graphs) == {16, 6}, "the full and the last partial batch are captured"
    for name, tensor in eager.state().items():
        assert torch.equal(tensor, captured.state()[name]), name
    for one, other in zip(eager_results, results, strict=True):
        assert torch.equal(one.loss, other.loss) and torch.equal(one.gradient_norms, other.gradient_norms)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_no_step_waits_for_the_device():
    training, _ = trained("float32", "cuda", captured=True, epochs=1)
    with torch.cuda.device(0):
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(5):
                training.training_step(16)
        finally:
            torch.cuda.set_sync_debug_mode("default")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_two_captured_trainings_give_the_same_bytes():
    one, other = (trained("bf16", "cuda", captured=True)[0].state() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
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
    assert set(training.training_step.graphs) == {64, 150 % 64}
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
