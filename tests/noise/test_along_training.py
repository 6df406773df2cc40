import copy
from dataclasses import replace

import pytest
import torch

from graduated.experiment.run import Run
from graduated.noise.along_training import measure_along_training, networks, study_along_training
from graduated.resume import Resume
from graduated.training.pack import PackTraining
from toys import toy_data

RUN = Run("toy", "small_resnet", 0.1, 16, 0, 3, model_options=(("width", 2),))
RUNS = [RUN, replace(RUN, seed=1)]


def quiet(*_):
    pass


def training():
    return PackTraining(RUNS, toy_data())


def test_the_networks_compute_what_the_pack_does():
    pack = training()
    pack.train_epoch()
    pack.network.eval()
    images = pack.data.normalise(pack.data.test_images)
    together = pack.network(pack.network.share(images))
    for index, (run, network) in enumerate(networks(pack)):
        assert run == RUNS[index]
        torch.testing.assert_close(network.eval()(images), together[index], rtol=1e-4, atol=1e-5)


def weight(run, network):
    return [{"seed": run.seed, "weight": network.linear.weight[0, 0].item()}]


def test_every_network_is_measured_after_every_epoch_asked_for():
    pack, expected = training(), []
    for epoch in range(4):
        if epoch:
            pack.train_epoch()
        if epoch in (0, 1, 3):
            expected += [row for run, network in networks(pack) for row in weight(run, network)]
    assert measure_along_training(training(), (0, 1, 3), weight, quiet) == expected


class StopError(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_what_is_stopped_goes_on_to_the_same_rows(tmp_path, stop_after):
    whole, measured = study_along_training(training(), (0, 1, 3), weight, quiet), []

    def stopping(run, network):
        if len(measured) == 2 * stop_after - 1:
            raise StopError
        measured.append(run.seed)
        return weight(run, network)

    with Resume(tmp_path, "key", interval=0.0) as resume, pytest.raises(StopError):
        study_along_training(training(), (0, 1, 3), stopping, quiet, resume)
    remeasured = []
    with Resume(tmp_path, "key", interval=0.0) as resume:
        rows = study_along_training(
            training(),
            (0, 1, 3),
            lambda run, network: remeasured.append(run.seed) or weight(run, network),
            quiet,
            resume,
        )
    assert rows == whole
    assert len(remeasured) == 6 - 2 * (stop_after - 1)


def test_the_share_of_work_grows_to_one():
    told = []
    study_along_training(training(), (0, 2), weight, lambda share, detail: told.append((share, detail)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.125 and shares[-1] == 1
    assert [detail for _, detail in told if detail] == [
        f"seed {seed} measured at epoch {epoch}" for epoch in (0, 2) for seed in (0, 1)
    ]


def test_measuring_at_initialisation_alone_trains_nothing():
    pack = training()
    before = copy.deepcopy(pack.state())
    assert len(study_along_training(pack, (0,), weight, quiet)) == 2
    assert pack.epoch == 0 and all(torch.equal(before[name], value) for name, value in pack.state().items())
