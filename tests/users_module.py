"""A module as a user of measure_network writes it: networks and data, sound and unsound."""

from importlib import import_module

MODULE = """
import torch
import torch.nn.functional as F
from torch import nn


class Noisy(nn.Linear):
    def forward(self, inputs):
        return F.dropout(super().forward(inputs), 0.5, training=True)


class ALittleNoisy(nn.Linear):
    def forward(self, inputs):
        outputs = super().forward(inputs)
        return outputs + 0.001 * torch.randn_like(outputs)


class Centred(nn.Linear):
    def forward(self, inputs):
        outputs = super().forward(inputs)
        return outputs - outputs.mean(0)


def made(*layers):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), *layers, nn.Tanh(), nn.Linear(6, 3)).double()


def plain():
    return made()


def batch_norm():
    return made(nn.BatchNorm1d(6))


def own_statistics():
    return made(nn.BatchNorm1d(6, track_running_stats=False))


def layer_norm():
    return made(nn.LayerNorm(6), nn.Dropout())


class Attentive(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.out = nn.TransformerEncoderLayer(2, 1, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, inputs):
        return self.out(self.attention(inputs.view(-1, 2, 2)).flatten(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.recurrent, self.out = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 3)

    def forward(self, inputs):
        return self.out(self.recurrent(inputs.view(-1, 2, 2))[0][:, -1])


def attentive():
    torch.manual_seed(0)
    return Attentive().double()


def recurrent():
    torch.manual_seed(0)
    return Recurrent().double()


def bare():
    return nn.Flatten()


def total(outputs, targets):
    return F.cross_entropy(outputs, targets, reduction="sum")


def weighted(outputs, targets):
    return F.cross_entropy(outputs, targets, torch.tensor([1.0, 2.0, 5.0]).double())


def linear():
    torch.manual_seed(0)
    return nn.Linear(4, 1, bias=False).double()


def noisy():
    return Noisy(4, 3).double()


def a_little_noisy():
    return ALittleNoisy(4, 3).double()


def centred():
    return Centred(4, 3).double()


class Several(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs), inputs


def several():
    return Several(4, 3).double()


def half():
    return nn.Linear(4, 3).bfloat16()


def half_classes():
    return [(inputs.bfloat16(), targets) for inputs, targets in classes()]


def probabilities():
    return [(inputs, targets.softmax(1)) for inputs, targets in values()]


def frozen():
    return made().requires_grad_(False)


def broken():
    network = made()
    network[0].weight.data[0, 0] = torch.nan
    return network


def values():
    generator = torch.Generator().manual_seed(0)
    draw = lambda size: torch.randn(70, size, generator=generator, dtype=torch.float64)
    return [(draw(4), draw(3)) for _ in range(2)]


def classes():
    for inputs, targets in values():
        yield inputs, targets.argmax(1)


def single_values():
    return [(inputs, targets[:, :1]) for inputs, targets in values()]


def infinite():
    return [(inputs / 0, targets) for inputs, targets in classes()]


def empty():
    return [(torch.zeros(0, 4), torch.zeros(0))]


def wide():
    return [(torch.zeros(70, 5).double(), targets) for _, targets in classes()]


def named():
    return [{"image": inputs, "label": targets} for inputs, targets in classes()]


def some_wider():
    *first, (inputs, targets) = classes()
    return [*first, (torch.cat([inputs, inputs], 1), targets)]


def a_class_too_many():
    *first, (inputs, targets) = classes()
    return [*first, (inputs, targets.index_fill(0, torch.tensor([69]), 7))]


def uneven():
    return [(inputs, targets[1:]) for inputs, targets in classes()]
"""

NOISE = ["--learning-rate", "0.1", "--batch-size", "32", "--large-batch-size", "64", "--pairs", "5"]
"""Options that measure noise quickly."""


def of_user(name):
    """Call a function of the module, which is in the current folder."""
    return getattr(import_module("measured_by_user"), name)()
