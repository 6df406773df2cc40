"""K networks as one: stacking their states, and running them on shared or separate images."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from graduated.models import ReplicatedLayers, build


def stack(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Stack the states of K equal networks: every tensor gets a leading axis of K."""
    return {name: torch.stack([state[name] for state in states]) for name in states[0]}


def replica(state: Mapping[str, Tensor], index: int) -> dict[str, Tensor]:
    """Return one network's state out of a stacked state."""
    return {name: tensor[index] for name, tensor in state.items()}


class ReplicatedNetwork(nn.Module):
    """K networks of one architecture in one module; its state is the stack of theirs.

    Args:
        replicas: K.
        model: Name or reference of the architecture.
        channels: Image channels C.
        classes: Number of classes.
        options: Further arguments of the architecture.
    """

    def __init__(
        self, replicas: int, model: str, channels: int, classes: int, options: Mapping[str, Any] | None = None
    ):
        super().__init__()
        self.replicas = replicas
        self.body = build(model, ReplicatedLayers(replicas), channels, classes, options)

    def forward(self, images: Tensor) -> Tensor:
        """Map images [batch, K * C, h, w], replicas along the channels, to logits [K, batch, classes]."""
        return self.body(images).unflatten(1, (self.replicas, -1)).transpose(0, 1)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Load a stacked state."""
        self.body.load_state_dict(state)

    def state(self) -> dict[str, Tensor]:
        """Return the stacked state: parameters and buffers by the plain network's names."""
        return self.body.state_dict()

    def share(self, images: Tensor) -> Tensor:
        """Give every replica the same images: [batch, C, h, w] to [batch, K * C, h, w], channels last."""
        repeated = images.permute(0, 2, 3, 1).repeat(1, 1, 1, self.replicas)
        return repeated.permute(0, 3, 1, 2)

    def parameters_by_name(self) -> dict[str, Tensor]:
        """Return the stacked parameters, detached, by the plain network's names."""
        return {name: parameter.detach() for name, parameter in self.body.named_parameters()}

    def logits(self, parameters: Mapping[str, Tensor], images: Tensor) -> Tensor:
        """Evaluate at other parameters on shared images [batch, C, h, w]; logits [K, batch, classes].

        Buffers (running statistics) and the mode (training or evaluation) are the module's own.
        """
        output = functional_call(self.body, dict(parameters), (self.share(images),))
        return output.unflatten(1, (self.replicas, -1)).transpose(0, 1)
