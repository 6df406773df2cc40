"""Two interchangeable sets of layers: the ordinary ones, and K replicas of them in one operation.

A replicated network carries activations of shape [batch, K * channels, height, width]; every parameter and
buffer has a leading axis of K, so that slice k of its state is the state of an ordinary network.
"""

from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class Layers(Protocol):
    """What a network asks for when it is built."""

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
        """Return a convolution without bias, padded to keep the size at stride 1.

        Args:
            inputs: Channels that it reads.
            outputs: Channels that it makes.
            kernel: Side of the kernel in pixels, odd.
            stride: Pixels from one place of the kernel to the next.
        """

    def batch_norm(self, channels: int) -> nn.Module:
        """Return a batch normalisation over channels."""

    def linear(self, inputs: int, outputs: int) -> nn.Module:
        """Return a linear layer with bias, from ``inputs`` features to ``outputs``."""


class PlainLayers:
    """The ordinary layers of PyTorch."""

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
        """Return ``nn.Conv2d`` without bias."""
        return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)

    def batch_norm(self, channels: int) -> nn.Module:
        """Return ``nn.BatchNorm2d``."""
        return nn.BatchNorm2d(channels)

    def linear(self, inputs: int, outputs: int) -> nn.Module:
        """Return ``nn.Linear``."""
        return nn.Linear(inputs, outputs)


class ReplicatedLayers:
    """The same layers for K replicas at once.

    Args:
        replicas: K.
    """

    def __init__(self, replicas: int):
        self.replicas = replicas

    def conv(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
        """Return K convolutions as one grouped convolution."""
        return ReplicatedConv2d(self.replicas, inputs, outputs, kernel, stride)

    def batch_norm(self, channels: int) -> nn.Module:
        """Return K batch normalisations as one over K * channels."""
        return ReplicatedBatchNorm2d(self.replicas, channels)

    def linear(self, inputs: int, outputs: int) -> nn.Module:
        """Return K linear layers as one batched product."""
        return ReplicatedLinear(self.replicas, inputs, outputs)


class ReplicatedConv2d(nn.Module):
    """K convolutions without bias; weight [K, outputs, inputs, kernel, kernel].

    The arguments are those of :meth:`Layers.conv`, after K itself.
    """

    def __init__(self, replicas: int, inputs: int, outputs: int, kernel: int, stride: int):
        super().__init__()
        self.replicas, self.stride, self.padding = replicas, stride, kernel // 2
        channels_last = torch.empty(replicas, outputs, kernel, kernel, inputs)
        self.weight = nn.Parameter(channels_last.permute(0, 1, 4, 2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Map [batch, K * inputs, h, w] to [batch, K * outputs, h', w']."""
        return F.conv2d(
            x, self.weight.flatten(0, 1), stride=self.stride, padding=self.padding, groups=self.replicas
        )


class ReplicatedBatchNorm2d(nn.Module):
    """K batch normalisations with PyTorch's defaults; every parameter and buffer is [K, channels]."""

    momentum, eps = 0.1, 1e-5

    def __init__(self, replicas: int, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(replicas, channels))
        self.bias = nn.Parameter(torch.zeros(replicas, channels))
        self.register_buffer("running_mean", torch.zeros(replicas, channels))
        self.register_buffer("running_var", torch.ones(replicas, channels))
        self.register_buffer("num_batches_tracked", torch.zeros(replicas, dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise [batch, K * channels, h, w] per replica and channel."""
        if self.training:
            self.num_batches_tracked += 1
        return F.batch_norm(
            x,
            self.running_mean.view(-1),
            self.running_var.view(-1),
            self.weight.flatten(),
            self.bias.flatten(),
            self.training,
            self.momentum,
            self.eps,
        )


class ReplicatedLinear(nn.Module):
    """K linear layers; weight [K, outputs, inputs], bias [K, outputs].

    Args:
        replicas: K.
        inputs: Features that each reads.
        outputs: Features that each makes.
    """

    def __init__(self, replicas: int, inputs: int, outputs: int):
        super().__init__()
        self.replicas = replicas
        self.weight = nn.Parameter(torch.empty(replicas, outputs, inputs))
        self.bias = nn.Parameter(torch.empty(replicas, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map [batch, K * inputs] to [batch, K * outputs]."""
        features = x.unflatten(1, (self.replicas, -1)).transpose(0, 1)
        outputs = torch.baddbmm(self.bias.unsqueeze(1), features, self.weight.transpose(1, 2))
        return outputs.transpose(0, 1).flatten(1)
