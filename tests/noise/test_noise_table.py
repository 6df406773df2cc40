import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.noise.per_sample import gradient_variance
from graduated.noise.table import Estimation, noise_table
from graduated.streams import stream

SMALL = Estimation(small_batch_size=5, large_batch_size=50, pairs=20)


def network(*layers):
    module = nn.Sequential(nn.Linear(4, 6), *layers, nn.Tanh(), nn.Linear(6, 3))
    for value in module.parameters():
        value.data.copy_(torch.randn(value.shape, generator=stream(0, "state")) / 2)
    return module


@pytest.fixture
def batches():
    generator = stream(0, "data")
    inputs, targets = torch.randn(300, 4, generator=generator), torch.randn(300, 3, generator=generator)
    return list(zip(inputs.split(70), targets.split(70), strict=True))


def labelled(batches):
    return [(inputs, targets.argmax(1)) for inputs, targets in batches]


@pytest.mark.parametrize(
    ("layers", "rows"),
    [
        ([], [("per sample", "evaluation"), ("two batch sizes", "evaluation")]),
        ([nn.LayerNorm(6)], [("per sample", "evaluation"), ("two batch sizes", "evaluation")]),
        (
            [nn.BatchNorm1d(6)],
            [
                ("per sample", "evaluation"),
                ("two batch sizes", "evaluation"),
                ("two batch sizes", "training"),
            ],
        ),
        ([nn.BatchNorm1d(6, track_running_stats=False)], [("two batch sizes", "training")]),
        ([nn.Dropout(0.5)], [("per sample", "evaluation"), ("two batch sizes", "evaluation")]),
    ],
)
@pytest.mark.parametrize("loss", [F.cross_entropy, F.mse_loss])
def test_every_estimator_that_applies_has_a_row(layers, rows, loss, batches):
    module = network(*layers)
    data = labelled(batches) if loss is F.cross_entropy else batches
    table = noise_table(module, data, 0.1, 32, loss, SMALL)
    assert list(zip(table["estimator"], table["mode"], strict=True)) == rows
    for name in ("gradient_variance", "squared_gradient_norm", "noise_scale", "smoothing"):
        assert ((table[f"{name}_low"] <= table[name]) & (table[name] <= table[f"{name}_high"])).all()
    for end in ("", "_low", "_high"):
        expected = 0.1 * (table[f"gradient_variance{end}"] / 32) ** 0.5
        assert table[f"smoothing{end}"].tolist() == pytest.approx(expected.tolist())
    if len(rows) > 1:
        exact = gradient_variance(module, data, loss=loss).value
        assert table["gradient_variance"][0] == pytest.approx(exact)
        assert table["gradient_variance_low"][1] < exact < table["gradient_variance_high"][1]


@pytest.mark.parametrize(
    ("rate", "size", "estimation", "message"),
    [
        (-1, 32, SMALL, "learning_rate = -1"),
        (0.1, 0, SMALL, "batch_size = 0"),
        (0.1, 32, Estimation(5, 50, pairs=1), "pairs = 1"),
        (0.1, 32, None, "16 and 256 of 60 samples"),
    ],
)
def test_wrong_numbers_are_refused_before_the_network_is_asked(rate, size, estimation, message):
    with pytest.raises(ValueError, match=message):
        noise_table(nn.Flatten(), [(torch.zeros(60, 3), torch.zeros(60))], rate, size, F.mse_loss, estimation)
