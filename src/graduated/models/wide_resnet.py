"""Wide ResNet (Zagoruyko & Komodakis 2016), pre-activation form, without dropout."""

import torch
from torch import Tensor, nn

from graduated.models.layers import Layers


class WideBlock(nn.Module):
    """Batch norm, ReLU, convolution, twice; a bare 1x1 convolution as shortcut where the shape changes.

    Args:
        layers: Plain or replicated layers.
        inputs: Channels that it reads.
        outputs: Channels that it makes.
        stride: Of the first convolution and of the shortcut.
    """

    def __init__(self, layers: Layers, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.bn1 = layers.batch_norm(inputs)
        self.conv1 = layers.conv(inputs, outputs, 3, stride)
        self.bn2 = layers.batch_norm(outputs)
        self.conv2 = layers.conv(outputs, outputs, 3)
        self.shortcut = layers.conv(inputs, outputs, 1, stride) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        """Map [batch, inputs, h, w] to [batch, outputs, h / stride, w / stride]."""
        activated = torch.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(activated)
        return self.conv2(torch.relu(self.bn2(self.conv1(activated)))) + shortcut


class WideResNet(nn.Module):
    """A 3x3 stem of 16 channels, three stages of (depth - 4) / 6 wide blocks, pooling, a linear layer.

    Args:
        layers: Plain or replicated layers.
        channels: Image channels.
        classes: Number of classes.
        depth: Layers, 6n + 4.
        widen: k, by which the stages of 16, 32 and 64 channels are widened.
    """

    def __init__(self, layers: Layers, channels: int, classes: int, depth: int, widen: int):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = layers.conv(channels, 16, 3)
        stages, inputs = [], 16
        for outputs, first_stride in ((16 * widen, 1), (32 * widen, 2), (64 * widen, 2)):
            for block in range(blocks):
                stages.append(WideBlock(layers, inputs, outputs, first_stride if block == 0 else 1))
                inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.bn = layers.batch_norm(inputs)
        self.linear = layers.linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [batch, channels, h, w] to logits [batch, classes]."""
        x = torch.relu(self.bn(self.stages(self.conv1(x))))
        return self.linear(x.mean((2, 3)))


def wide_resnet28_10(
    layers: Layers, channels: int, classes: int, depth: int = 28, widen: int = 10
) -> WideResNet:
    """Return WideResNet-28-10 (36,536,884 parameters for CIFAR-100), initialised as in the authors' code.

    Convolutions: Kaiming normal, fan-out; batch norm: 1 and 0; the linear layer's bias: 0.

    The arguments are those of :class:`WideResNet`.
    """
    network = WideResNet(layers, channels, classes, depth, widen)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    nn.init.zeros_(network.linear.bias)
    return network
