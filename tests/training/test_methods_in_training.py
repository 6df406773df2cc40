"""What beside plain SGD at a constant batch size the trainer does: compared with loops written without it."""

from dataclasses import replace
from math import sqrt

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.data.augmentation import Draws, draw, gather_batch
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.streams import stream, stream_seed
from graduated.training.history import train_pack
from graduated.training.pack import PackTraining
from toys import toy_data

EPOCHS = 3
RUN = Run("toy", "small_resnet", 0.1, 8, 0, EPOCHS, model_options=(("width", 2),), precision="float64")
GROWING = {"schedule": "step", "schedule_options": (("batch_size_factor", 2.0), ("interval", 1))}
SIZES = (8, 16, 32)


def quiet(done: float, detail: str) -> None:
    pass


def batches(run: Run, epoch: int, size: int):
    data = toy_data()
    samples = len(data.train_images)
    images = data.train_images.permute(0, 2, 3, 1).contiguous()
    order = torch.randperm(samples, generator=stream(run.seed, "order", epoch))
    draws = Draws.stack([draw(data.augmentation, samples, stream(run.seed, "augmentation", epoch))])
    for start in range(0, samples, size):
        index = order[None, start : start + size]
        batch = gather_batch(
            images, index, draws[:, start : start + size], data.mean, data.std, torch.float64
        )
        yield batch, data.train_labels[index[0]]


def trained_alone(run: Run, update, perturb=None) -> dict:
    """Train by ``update(parameter, gradient, memory)``, at gradients of weights that ``perturb`` moves."""
    network = initialise(run.model, 1, 4, dict(run.model_options), run.seed).double()
    memory: dict = {}
    for epoch in range(EPOCHS):
        for step, (images, labels) in enumerate(batches(run, epoch, SIZES[epoch])):
            network.zero_grad()
            kept = [parameter.detach().clone() for parameter in network.parameters()]
            if perturb:
                perturb(list(network.parameters()), epoch, step)
            F.cross_entropy(network(images), labels).backward()
            with torch.no_grad():
                for name, parameter in network.named_parameters():
                    parameter.copy_(kept.pop(0))
                    update(parameter, parameter.grad, memory, name)
    return network.state_dict()


def heavy_ball(parameter, gradient, memory, name):
    memory[name] = 0.9 * memory.get(name, 0) + gradient
    parameter -= 0.1 * memory[name]


def quasi_hyperbolic(parameter, gradient, memory, name):
    memory[name] = 0.9 * memory.get(name, 0) + 0.1 * gradient
    parameter -= 0.1 * (0.3 * gradient + 0.7 * memory[name])


def plain(parameter, gradient, memory, name):
    parameter -= 0.1 * gradient


def assert_same_training(run: Run, expected: dict, others: list[Run]) -> None:
    training = PackTraining([*others, run], toy_data())
    for _ in range(EPOCHS):
        training.train_epoch()
    for name, value in replica(training.state(), len(others)).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("rule", "update"),
    [
        ({}, plain),
        ({"optimizer": "shb", "momentum": 0.9}, heavy_ball),
        ({"optimizer": "qhm", "momentum": 0.9, "quasi": 0.7}, quasi_hyperbolic),
    ],
    ids=["sgd", "shb", "qhm"],
)
def test_growing_batches_and_momentum_in_a_pack_equal_an_ordinary_loop(rule, update):
    run = replace(RUN, **GROWING, **rule)
    others = [replace(run, seed=1, learning_rate=0.02)]
    assert_same_training(run, trained_alone(run, update), others)


def test_explicit_graduated_optimization_takes_its_gradients_at_perturbed_weights():
    """u ~ N(0, I/d), so that E‖u‖² = 1; δ is halved every epoch."""
    run = replace(RUN, **GROWING, perturbation=(("factor", 0.5), ("first", 0.3), ("levels", EPOCHS)))

    def perturb(parameters, epoch, step):
        generator = torch.Generator().manual_seed(stream_seed(run.seed, f"perturbation/{epoch}", step))
        dimension = sum(parameter.numel() for parameter in parameters)
        draws = torch.randn(dimension, generator=generator, dtype=torch.float64)
        scale = 0.3 * 0.5**epoch / sqrt(dimension)
        with torch.no_grad():
            for parameter in parameters:
                parameter += scale * draws[: parameter.numel()].view_as(parameter)
                draws = draws[parameter.numel() :]

    expected = trained_alone(run, plain, perturb)
    assert_same_training(run, expected, [replace(run, seed=1)])
    unperturbed = trained_alone(replace(run, perturbation=()), plain)
    assert not torch.allclose(expected["conv1.weight"], unperturbed["conv1.weight"], rtol=1e-3)


def test_runs_with_other_batch_sizes_on_the_way_cannot_share_a_pack():
    training = PackTraining([replace(RUN, **GROWING), RUN], toy_data())
    training.train_epoch()
    with pytest.raises(ValueError, match=r"batch sizes \[8, 16\] at epoch 1"):
        training.train_epoch()


def test_perturbed_steps_are_never_captured():
    run = replace(RUN, perturbation=(("factor", 0.5), ("first", 0.3), ("levels", 1)))
    training = PackTraining([run], toy_data(), captured=True)
    training.train_epoch()
    assert not training.training_step.captured and not training.training_step.graphs.keys


def test_the_history_tells_settings_and_updates_of_every_epoch():
    growing = replace(RUN, **GROWING, optimizer="nshb", momentum=0.5)
    history = train_pack(PackTraining([growing], toy_data()), quiet).history
    assert history["batch_size"].tolist() == list(SIZES)
    assert history["updates"].tolist() == [6, 9, 11], "45 images in batches of 8, 16 and 32"
    assert set(history["momentum"]) == {0.5} and set(history["perturbation"]) == {0.0}


def test_a_training_may_end_at_the_whole_training_set():
    options = (("batch_size_share", 1.0), ("power", 2.0))
    run = replace(RUN, schedule="noise_reduction", schedule_options=options)
    history = train_pack(PackTraining([run], toy_data()), quiet).history
    assert history["batch_size"].tolist() == [8, round(8 * 1.5**4), 45]
