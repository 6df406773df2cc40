"""Networks by name, each buildable alone or as K replicas in one."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from graduated.models.layers import Layers, PlainLayers, ReplicatedLayers
from graduated.models.resnet import resnet18, small_resnet
from graduated.models.wide_resnet import wide_resnet28_10
from graduated.references import is_reference, resolve
from graduated.streams import global_stream

__all__ = ["MODELS", "PlainLayers", "ReplicatedLayers", "build", "initialise"]

MODELS = {"resnet18": resnet18, "small_resnet": small_resnet, "wide_resnet28_10": wide_resnet28_10}


def build(
    name: str, layers: Layers, channels: int, classes: int, options: Mapping[str, Any] | None = None
) -> nn.Module:
    """Build a network by name.

    Args:
        name: A key of ``MODELS``, or ``module:function`` for your own: a function of (layers, channels,
            classes, **options) that makes every layer with parameters through ``layers``.
        layers: ``PlainLayers()`` or ``ReplicatedLayers(K)``.
        channels: Image channels.
        classes: Number of classes.
        options: Further arguments of the network, e.g. ``{"width": 8}``.

    Raises:
        ValueError: The name is unknown.
    """
    if name in MODELS:
        function = MODELS[name]
    elif is_reference(name):
        function = resolve(name)
    else:
        raise ValueError(f"model {name!r} is unknown; expected one of {', '.join(MODELS)} or module:function")
    return function(layers, channels, classes, **(options or {}))


def initialise(
    name: str, channels: int, classes: int, options: Mapping[str, Any] | None, seed: int
) -> nn.Module:
    """Build one ordinary network, initialised from the seed's own stream (the global generator is kept).

    Arguments and errors are those of :func:`build`, and ``seed`` is the run's.
    """
    with global_stream(seed, "initialisation"):
        return build(name, PlainLayers(), channels, classes, options)
