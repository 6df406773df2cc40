"""Progress of the measurements on a network of one's own."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.noise.table import Estimation
from graduated.own_network.measures import STANDARD, parse_measures
from graduated.own_network.table import noise_rows, sharpness_rows
from graduated.own_network.workload import Task, carry_out, noise_work, sharpness_work
from graduated.streams import stream

ESTIMATION = Estimation(4, 16, 3, 8)
MEASURES = [*STANDARD, "one_sided=method:random_directions,directions:one_sided"]


@pytest.fixture(scope="module")
def own():
    """A network and batches."""
    network = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3)).double()
    inputs = torch.randn(48, 5, generator=stream(0, "data"), dtype=torch.float64)
    return network, [(inputs, torch.arange(48) % 3)]


def tasks_of(own):
    noise = Task("C²", lambda loss: noise_rows(*own, 0.1, 8, ESTIMATION, loss), *noise_work(48, ESTIMATION))
    yield noise
    for name, settings in parse_measures(MEASURES, 48, batch_size=12).items():

        def measure(loss, name=name, settings=settings):
            return sharpness_rows(*own, 0.1, name, settings, loss)

        yield Task(name, measure, *sharpness_work(settings))


def test_evaluations_are_about_as_many_as_foretold(own):
    for task in tasks_of(own):
        told = []
        carry_out([task], F.cross_entropy, lambda share, name, told=told: told.append((share, name)))
        assert {name for _, name in told} == {task.name}
        foretold = 2.5 if task.name == "top_eigenvalue" else 1.3
        assert 1 / foretold < len(told) / task.evaluations < foretold, task.name


def test_shares_grow_from_none_to_all_but_the_last(own):
    tasks, shares = list(tasks_of(own)), []
    rows = carry_out(tasks, F.cross_entropy, lambda share, _name: shares.append(share))
    assert len(rows) == 4 * 3 + len(MEASURES) + 1
    assert shares[0] == 0 and 0.9 < shares[-1] < 1 and shares == sorted(shares)
