"""Loading a network of one's own, a checkpoint and batches; what is wrong with them is said in one line."""

import copy
import inspect
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from graduated.references import resolve
from graduated.sharpness.evaluation_mode import check_evaluation
from graduated.sharpness.objective import stacked
from graduated.sharpness.own_network import check_precision
from graduated.trial import Loss, check_outputs, kind, pair, refusing, try_functions

Pairs = list[tuple[Tensor, Tensor]]
"""Batches: inputs [B, ...] and targets [B, ...]."""

_LISTED = 3

_AT_A_TIME = 256
"""Targets of a batch that the loss is tried on together."""


def load_network(reference: str, checkpoint: Path | None = None) -> nn.Module:
    """Return the network that a function makes.

    Args:
        reference: ``module:function``, called without arguments.
        checkpoint: State that the network is given; see :func:`load_weights`.

    Raises:
        ValueError: The function does not make a network, or the checkpoint does not fit it.
    """
    network = _call(reference)
    if not isinstance(network, nn.Module):
        raise ValueError(f"{reference}: returned {type(network).__name__}, expected a torch.nn.Module")
    if checkpoint:
        _give(network, load_weights(checkpoint), f"{checkpoint}: does not fit {reference}")
    return network


def load_weights(path: Path) -> Mapping[str, Tensor]:
    """Read a state_dict from a file, without running any code that it may hold.

    Args:
        path: A safetensors file, by its suffix, or else one written by ``torch.save``.

    Raises:
        ValueError: The file is no state_dict.
    """
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # readers of broken files fail in every way there is
        expected = "expected safetensors, or what torch.save(network.state_dict(), FILE) writes"
        raise ValueError(f"{path}: cannot be read as tensors alone; {expected}") from None
    if not isinstance(weights, Mapping):
        raise ValueError(f"{path}: holds {type(weights).__name__}, expected a state_dict")
    others = [str(name) for name, value in weights.items() if not isinstance(value, Tensor)]
    if others:
        raise ValueError(f"{path}: expected a state_dict, tensors by name; not tensors: {_some(others)}")
    return weights


def load_batches(reference: str) -> Pairs:
    """Return the batches that a function gives.

    Args:
        reference: ``module:function``, called without arguments, to an iterable of pairs (inputs, targets).

    Raises:
        ValueError: The function gives something else, no samples, or batches of several kinds.
    """
    batches = _call(reference)
    if not isinstance(batches, Iterable):
        raise ValueError(f"{reference}: returned {type(batches).__name__}, expected batches")
    pairs = [pair(batch, f"{reference}: batch {index}") for index, batch in enumerate(batches)]
    pairs = [batch for batch in pairs if len(batch[0])]
    if not pairs:
        raise ValueError(f"{reference}: no samples")
    expected = _kinds(pairs[0])
    for index, batch in enumerate(pairs):
        if (found := _kinds(batch)) != expected:
            raise ValueError(f"{reference}: batch {index}: expected {expected}, as in batch 0; got {found}")
    return pairs


def check_loss(network: nn.Module, batches: Pairs, loss: Loss) -> None:
    """Verify that the loss can be evaluated on every target, and differentiated by the parameters.

    Args:
        network: The network; a copy is evaluated, in evaluation mode, on the first samples.
        batches: Of one kind.
        loss: From outputs and targets to a number; tried on all targets with the outputs of one sample.

    Raises:
        ValueError: It cannot, the values of a regression do not fit the network's outputs, and as
            :func:`graduated.trial.try_functions`.
    """
    device = next((tensor.device for tensor in network.parameters()), torch.device("cpu"))
    inputs, targets = (tensor[:2].to(device) for tensor in batches[0])
    with refusing(inputs, targets, "batch 0: "):
        outputs = _differentiated(network, inputs, targets, loss)
    for index, (inputs, targets) in enumerate(batches):
        with refusing(inputs, targets, f"batch {index}: "), torch.no_grad():
            for part in targets.split(_AT_A_TIME):
                loss(outputs[:1].expand(len(part), *outputs.shape[1:]), part.to(device))
    try_functions(copy.deepcopy(network).eval(), loss, batches, gradient=False)


def _differentiated(network: nn.Module, inputs: Tensor, targets: Tensor, loss: Loss) -> Tensor:
    """Return the outputs, once the gradient of their loss has been taken."""
    network = copy.deepcopy(network).eval()
    parameters = [tensor for tensor in network.parameters() if tensor.requires_grad]
    outputs = network(inputs)
    check_outputs(outputs, inputs)
    if targets.is_floating_point() and targets.shape != outputs.shape:
        raise ValueError(f"expected values of the outputs' shape {list(outputs.shape)}")
    value = loss(outputs, targets)
    if parameters:
        torch.autograd.grad(value, parameters, allow_unused=True)
    return outputs.detach()


def check_samples(network: nn.Module, batches: Pairs) -> None:
    """Verify that sharpness is defined: a sample's outputs depend on the parameters and the sample alone.

    Args:
        network: The network; a copy is evaluated, in evaluation mode.
        batches: Of which the first is taken.

    Raises:
        ValueError: The network has no parameters, or in half precision, dropout is left on, or it uses
            statistics of the batch.
    """
    parameters, outputs = stacked(network)
    check_precision(network)
    check_evaluation(outputs, parameters, batches[0][0].to(next(network.parameters()).device))


def _call(reference: str) -> Any:
    function = resolve(reference)
    try:
        inspect.signature(function).bind()
    except TypeError as error:
        raise ValueError(f"{reference}: expected a function without arguments ({error})") from None
    return function()


def _give(network: nn.Module, weights: Mapping[str, Tensor], refusal: str) -> None:
    try:
        differences = network.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        *_, reason = str(error).splitlines()
        raise ValueError(f"{refusal}: {reason.strip()}") from None
    faults = {"missing": differences.missing_keys, "unexpected": differences.unexpected_keys}
    if any(faults.values()):
        listed = (f"{fault}: {_some(names)}" for fault, names in faults.items() if names)
        raise ValueError(f"{refusal}; {'; '.join(listed)}")


def _some(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def _kinds(batch: tuple[Tensor, Tensor]) -> str:
    """Return what the samples of a batch are: shapes and types, the batch's size left out."""
    names = ("inputs", "targets")
    return ", ".join(f"{name} {kind(tensor[0])}" for name, tensor in zip(names, batch, strict=True))
