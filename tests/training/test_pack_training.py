from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.data.augmentation import draw, gather_batch
from graduated.data.catalogue import Augmentation
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import replica
from graduated.storage import write_tensors
from graduated.streams import stream
from graduated.training.history import run_records, train_pack
from graduated.training.pack import PackTraining

RUN = Run("toy", "small_resnet", 0.1, 8, 0, 2, model_options=(("width", 4),), precision="float64")


@pytest.fixture
def data() -> ImageData:
    generator = torch.Generator().manual_seed(1)
    return ImageData(
        train_images=torch.randint(256, (37, 1, 8, 8), generator=generator, dtype=torch.uint8),
        train_labels=torch.randint(4, (37,), generator=generator),
        test_images=torch.randint(256, (11, 1, 8, 8), generator=generator, dtype=torch.uint8),
        test_labels=torch.randint(4, (11,), generator=generator),
        classes=4,
        mean=(0.5,),
        std=(0.3,),
        augmentation=Augmentation(crop_padding=1, flip=True, rotation=15.0),
    )


def quiet(done: int, detail: str) -> None:
    pass


def runs(count: int = 3) -> list[Run]:
    return [replace(RUN, learning_rate=0.05 * (k + 1), seed=k % 2) for k in range(count)]


def in_branches(specifications: list[Run]) -> list[Run]:
    return [replace(run, packing="branches") for run in specifications]


def trained(
    specifications: list[Run], data: ImageData, epochs: int = 2, captured: bool = False
) -> PackTraining:
    training = PackTraining(specifications, data, captured)
    for _ in range(epochs):
        training.train_epoch()
    return training


def test_a_replica_in_a_pack_equals_the_run_alone(data):
    together = trained(runs(), data)
    for k, run in enumerate(runs()):
        alone = trained([run], data)
        for name, value in replica(alone.state(), 0).items():
            torch.testing.assert_close(together.state()[name][k], value, rtol=1e-8, atol=1e-10)


def test_branches_train_as_groups_do(data):
    grouped, branched = trained(runs(), data), trained(in_branches(runs()), data)
    for name, value in grouped.state().items():
        torch.testing.assert_close(branched.state()[name], value, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(branched.evaluate().loss, grouped.evaluate().loss)


def test_a_run_in_branches_does_not_depend_on_its_company_to_the_bit(data):
    chosen = [replace(run, precision="float32") for run in in_branches(runs(5))]
    together = trained(chosen, data)
    for k, run in enumerate(chosen):
        alone = trained([run], data)
        for name, value in replica(alone.state(), 0).items():
            assert torch.equal(together.state()[name][k], value), name
        assert torch.equal(together.evaluate().loss[k], alone.evaluate().loss[0])


@pytest.mark.gpu
@pytest.mark.parametrize("captured", [False, True])
def test_branches_on_a_gpu_are_the_runs_alone_to_the_bit(data, captured):
    chosen = [replace(run, precision="float32") for run in in_branches(runs(5))]
    together = trained(chosen, data.to("cuda"), captured=captured)
    for k, run in enumerate(chosen):
        alone = trained([run], data.to("cuda"))
        for name, value in replica(alone.state(), 0).items():
            assert torch.equal(together.state()[name][k], value), name


def test_a_run_equals_torch_optim_on_the_same_batches(data):
    """An ordinary loop with torch.optim.SGD, written without the trainer."""
    network = initialise(RUN.model, 1, 4, dict(RUN.model_options), RUN.seed).double()
    optimizer = torch.optim.SGD(network.parameters(), lr=RUN.learning_rate)
    images = data.train_images.permute(0, 2, 3, 1).contiguous()
    steps = 0
    for epoch in range(2):
        order = torch.randperm(37, generator=stream(RUN.seed, "order", epoch))
        draws = draw(data.augmentation, 37, stream(RUN.seed, "augmentation", epoch))
        for start in range(0, 37, 8):
            index = order[start : start + 8].unsqueeze(0)
            own = draws[start : start + 8]
            own = type(own)(own.augmentation, own.dy[None], own.dx[None], own.flip[None], own.angle[None])
            batch = gather_batch(images, index, own, data.mean, data.std, torch.float64)
            optimizer.zero_grad()
            F.cross_entropy(network(batch), data.train_labels[index[0]]).backward()
            optimizer.step()
            steps += 1
    assert steps == 10, "the last partial batch is kept"
    ours = trained([RUN], data)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(ours.state()[name][0], value, rtol=1e-8, atol=1e-10)


def test_two_trainings_of_a_pack_give_the_same_bytes(data, tmp_path):
    single = [replace(run, precision="float32") for run in runs()]
    sums, histories = set(), set()
    for repetition in range(2):
        training = PackTraining(single, data)
        course = train_pack(training, quiet)
        sums.add(write_tensors(tmp_path / f"{repetition}.safetensors", training.state()))
        histories.add(course.history.to_csv())
    assert len(sums) == len(histories) == 1


def test_evaluation_is_that_of_the_network_alone_on_all_test_images(data):
    training = trained(runs(2), data)
    evaluation = training.evaluate()
    images = data.normalise(data.test_images, torch.float64)
    for k, run in enumerate(runs(2)):
        network = initialise(run.model, 1, 4, dict(run.model_options), run.seed).double()
        network.load_state_dict(replica(training.state(), k))
        logits = network.eval()(images)
        assert evaluation.loss[k].item() == pytest.approx(F.cross_entropy(logits, data.test_labels).item())
        assert evaluation.accuracy[k].item() == (logits.argmax(1) == data.test_labels).double().mean().item()


def test_gradient_norms_are_those_of_autograd(data):
    training = PackTraining(runs(2), data)
    norms = training.train_epoch(record_gradient_norms=True).gradient_norms
    assert norms.shape == (5, 2)
    for k, run in enumerate(runs(2)):
        network = initialise(run.model, 1, 4, dict(run.model_options), run.seed).double()
        index = torch.randperm(37, generator=stream(run.seed, "order", 0))[:8].unsqueeze(0)
        draws = draw(data.augmentation, 37, stream(run.seed, "augmentation", 0))
        first = type(draws).stack([draws])[:, :8]
        images = data.train_images.permute(0, 2, 3, 1).contiguous()
        batch = gather_batch(images, index, first, data.mean, data.std, torch.float64)
        F.cross_entropy(network(batch), data.train_labels[index[0]]).backward()
        squares = [parameter.grad.square().sum() for parameter in network.parameters()]
        assert norms[0, k].item() == pytest.approx(sum(squares).sqrt().item())


def test_a_diverging_run_is_recorded_and_disturbs_no_other(data):
    wild = replace(RUN, learning_rate=1e300)
    training = PackTraining([RUN, wild], data)
    course = train_pack(training, quiet)
    calm, diverged = run_records([RUN, wild], course)
    assert (calm["status"], diverged["status"]) == ("finished", "diverged")
    assert diverged["diverged_epoch"] == 1 and diverged["test_accuracy"] is None
    alone = trained([RUN], data)
    for name, value in replica(alone.state(), 0).items():
        torch.testing.assert_close(training.state()[name][0], value, rtol=1e-8, atol=1e-10)
    assert set(course.history["run"]) == {RUN.id}


def test_a_pack_ends_early_when_every_run_has_diverged(data):
    course = train_pack(PackTraining([replace(RUN, learning_rate=1e300, epochs=5)], data), quiet)
    assert len(course.timing) == 1


def test_history_has_a_row_per_run_and_epoch_and_final_records_are_its_last_rows(data):
    course = train_pack(PackTraining(runs(), data), quiet)
    assert len(course.history) == 3 * 2
    for record in run_records(runs(), course):
        last = course.history[course.history["run"] == record["run"]].iloc[-1]
        assert last["epoch"] == 2 and last["test_loss"] == record["test_loss"]


def test_training_on_a_subset_sees_only_its_images(data):
    short = replace(RUN, train_samples=16)
    changed = replace(data, train_images=data.train_images.clone())
    changed.train_images[16:] = 0
    for name, value in trained([short], data).state().items():
        assert torch.equal(value, trained([short], changed).state()[name])


@pytest.mark.gpu
def test_two_trainings_on_a_gpu_give_the_same_bytes(data, tmp_path):
    single = [replace(run, precision="float32") for run in runs()]
    sums = {
        write_tensors(tmp_path / f"{k}.safetensors", trained(single, data.to("cuda")).state())
        for k in range(2)
    }
    assert len(sums) == 1
