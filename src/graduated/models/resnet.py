"""ResNets in CIFAR form: ResNet18 of the papers, and a small one for little images and laptops."""

import torch
from torch import Tensor, nn

from graduated.models.layers import Layers


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2016), projected where the shape changes.

    Args:
        layers: Plain or replicated layers.
        inputs: Channels that it reads.
        outputs: Channels that it makes.
        stride: Of the first convolution and of the shortcut.
    """

    def __init__(self, layers: Layers, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = layers.conv(inputs, outputs, 3, stride)
        self.bn1 = layers.batch_norm(outputs)
        self.conv2 = layers.conv(outputs, outputs, 3)
        self.bn2 = layers.batch_norm(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(layers.conv(inputs, outputs, 1, stride), layers.batch_norm(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map [batch, inputs, h, w] to [batch, outputs, h / stride, w / stride]."""
        residual = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(residual + self.shortcut(x))


class ResNet(nn.Module):
    """A 3x3 stem without pooling, stages of basic blocks, global average pooling, a linear layer.

    Args:
        layers: Plain or replicated layers.
        channels: Image channels.
        classes: Number of classes.
        widths: Channels of each stage; every stage but the first halves the image.
        blocks: Basic blocks a stage.
        stem_stride: Stride of the first convolution.
    """

    def __init__(
        self,
        layers: Layers,
        channels: int,
        classes: int,
        widths: tuple[int, ...],
        blocks: int,
        stem_stride: int = 1,
    ):
        super().__init__()
        self.conv1 = layers.conv(channels, widths[0], 3, stem_stride)
        self.bn1 = layers.batch_norm(widths[0])
        stages, inputs = [], widths[0]
        for index, outputs in enumerate(widths):
            strides = [1 if index == 0 else 2] + [1] * (blocks - 1)
            stage = []
            for stride in strides:
                stage.append(BasicBlock(layers, inputs, outputs, stride))
                inputs = outputs
            stages.append(nn.Sequential(*stage))
        self.stages = nn.Sequential(*stages)
        self.linear = layers.linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images [batch, channels, h, w] to logits [batch, classes]."""
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.linear(self.stages(x).mean((2, 3)))


def resnet18(layers: Layers, channels: int, classes: int, width: int = 64) -> ResNet:
    """Return ResNet18 in CIFAR form: widths 64 to 512, two blocks a stage (11,220,132 parameters).

    Args:
        layers: Plain or replicated layers.
        channels: Image channels.
        classes: Number of classes.
        width: Channels of the first stage.
    """
    return ResNet(layers, channels, classes, (width, 2 * width, 4 * width, 8 * width), blocks=2)


def small_resnet(layers: Layers, channels: int, classes: int, width: int = 8, stem_stride: int = 1) -> ResNet:
    """Return a ResNet of three stages with one block each, for CPUs.

    Args:
        layers: Plain or replicated layers.
        channels: Image channels.
        classes: Number of classes.
        width: Channels of the first stage.
        stem_stride: Of the first convolution; 2 halves larger images.
    """
    return ResNet(layers, channels, classes, (width, 2 * width, 4 * width), blocks=1, stem_stride=stem_stride)
