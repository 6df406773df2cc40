"""C² measured directly: the variance of the per-sample gradients at one point of parameter space."""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from scipy import stats
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from graduated.trial import Batches, Loss, differ, pair, try_functions

_ALONE_TOLERANCE = 0.01
"""Relative; alone and in company a sample goes through other kernels, which round otherwise (TF32)."""

Parameters = dict[str, Tensor]


class NotFiniteError(ValueError):
    """Gradients are infinite or NaN, as those of a diverged network are."""


@dataclass(frozen=True)
class GradientVariance:
    """C² estimated from n per-sample gradients g_i.

    Attributes:
        value: C² = Σ‖g_i − ḡ‖² / (n − 1), unbiased for the data the samples were drawn from; when they are
            the whole training set, its own (population) variance is value · (n − 1) / n.
        standard_error: Spread of ‖g_i − ḡ‖² over the samples, divided by √n (delta method).
        samples: n.
        gradient_norm: ‖ḡ‖, the norm of the full gradient.
    """

    value: float
    standard_error: float
    samples: int
    gradient_norm: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the normal confidence interval of C², cut at zero.

        Args:
            level: In (0, 1).

        Raises:
            ValueError: The level lies outside.
        """
        if not 0 < level < 1:
            raise ValueError(f"level = {level}: expected a number between 0 and 1")
        reach = float(stats.norm.ppf((1 + level) / 2)) * self.standard_error
        return max(0.0, self.value - reach), self.value + reach


def gradient_variance(
    module: nn.Module, batches: Batches, chunk_size: int = 64, loss: Loss = F.cross_entropy
) -> GradientVariance:
    """Measure C², the variance of the gradient of one sample's loss (assumption A3 ii of arXiv 2311.08745).

    Network and loss are tried first, on some samples. Then come two passes over the data: the first adds up
    the full gradient ḡ, as training would; the second takes the gradients of the samples one by one and needs
    of each only ‖g_i − ḡ‖². Sums are kept in float64, and no more than one chunk of gradients is in memory:
    chunk_size times the size of the trainable parameters.

    The network is a copy in evaluation mode, so that a sample's loss depends on that sample alone; ``module``
    keeps its mode, parameters and buffers. Parameters that need no gradient are constants.

    Args:
        module: A network from inputs [B, ...] to logits [B, ...].
        batches: Pairs of inputs [B, ...] and targets [B, ...], the same samples at each of three readings: a
            list, or a loader without random augmentation. They go to the module's device chunk by chunk.
        chunk_size: Samples whose gradients are held at once; changes speed and memory, not the result.
        loss: From logits [B, ...] and targets [B, ...] to the mean of the samples' losses.

    Returns:
        C² with its standard error, the number of samples and ‖ḡ‖.

    Raises:
        ValueError: No trainable parameter; fewer than two samples; batches that cannot be read twice; a
            network with dropout or batch statistics in evaluation mode; and as
            :func:`graduated.trial.try_functions`.
        NotFiniteError: The gradients are not finite.
    """
    deviations = gradient_deviations(module, batches, chunk_size, loss)
    return variance_of(deviations.mean.values(), sum(deviations.squares.values()))


class Deviations(NamedTuple):
    """What is kept of n per-sample gradients g_i, by parameter and in float64.

    Attributes:
        mean: ḡ, the full gradient.
        squares: ‖g_i − ḡ‖² of every sample [n].
        projections: ⟨g_i − ḡ, ḡ⟩ of every sample [n].
    """

    mean: Parameters
    squares: Parameters
    projections: Parameters


def gradient_deviations(module: nn.Module, batches: Batches, chunk_size: int, loss: Loss) -> Deviations:
    """Return how far the per-sample gradients are from their mean.

    The arguments are those of :func:`gradient_variance`.

    Raises:
        ValueError: As there.
        NotFiniteError: As there.
    """
    if chunk_size < 1:
        raise ValueError(f"chunk_size = {chunk_size}: expected at least 1")
    if iter(batches) is batches:
        raise ValueError("batches is a one-way iterator but is read again: pass a list or a loader")
    network = copy.deepcopy(module).eval()
    parameters = {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}
    if not parameters:
        raise ValueError("the module has no trainable parameter: its gradient has no variance to measure")
    device = next(iter(parameters.values())).device
    _check_samples_are_independent(network, *try_functions(network, loss, batches, chunk_size))

    def sample_loss(parameters: Parameters, inputs: Tensor, target: Tensor) -> Tensor:
        logits = functional_call(network, parameters, (inputs.unsqueeze(0),))
        return loss(logits, target.unsqueeze(0))

    mean = _mean_gradient(sample_loss, parameters, _chunks(batches, chunk_size, device))
    return _deviations(sample_loss, parameters, mean, _chunks(batches, chunk_size, device))


def variance_of(mean: Iterable[Tensor], deviations: Tensor) -> GradientVariance:
    """Return C² of some parameters.

    Args:
        mean: The full gradient ḡ of each.
        deviations: ‖g_i − ḡ‖² of every sample over all of them [n].

    Raises:
        ValueError: Fewer than two samples.
        NotFiniteError: The gradients are not finite.
    """
    samples = len(deviations)
    if samples < 2:
        raise ValueError(f"{samples} sample in batches: a variance needs at least two")
    value = deviations.sum().item() / (samples - 1)
    if not math.isfinite(value):
        raise NotFiniteError("per-sample gradients are not finite: check the parameters and the inputs")
    gradient_norm = math.sqrt(sum(part.square().sum().item() for part in mean))
    return GradientVariance(value, deviations.std().item() / math.sqrt(samples), samples, gradient_norm)


def _chunks(batches: Batches, chunk_size: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    for batch in batches:
        for chunk in zip(*(tensor.split(chunk_size) for tensor in pair(batch)), strict=True):
            yield chunk[0].to(device), chunk[1].to(device)


@torch.no_grad()
def _check_samples_are_independent(network: nn.Module, inputs: Tensor, outputs: Tensor) -> None:
    """Refuse a network whose logits differ, beyond rounding, between a sample alone and in company."""
    few = max(1, min(2, len(inputs) // 2))
    if differ(outputs[:few], network(inputs[:few]), _ALONE_TOLERANCE):
        raise ValueError(
            "a sample's outputs depend on the other samples of the batch: "
            "batch statistics are active in evaluation mode"
        )


def _mean_gradient(sample_loss: Callable, parameters: Parameters, chunks: Iterable) -> Parameters:
    """Return the full gradient in float64."""

    def summed_loss(parameters: Parameters, inputs: Tensor, targets: Tensor) -> Tensor:
        return vmap(sample_loss, (None, 0, 0))(parameters, inputs, targets).sum()

    totals = {name: torch.zeros_like(value, dtype=torch.float64) for name, value in parameters.items()}
    samples = 0
    for inputs, targets in chunks:
        for name, gradient in grad(summed_loss)(parameters, inputs, targets).items():
            totals[name] += gradient
        samples += len(inputs)
    return {name: total / samples for name, total in totals.items()}


def _deviations(
    sample_loss: Callable, parameters: Parameters, mean: Parameters, chunks: Iterable
) -> Deviations:
    per_sample_gradients = vmap(grad(sample_loss), (None, 0, 0))
    centre = {name: value.to(parameters[name].dtype).flatten() for name, value in mean.items()}
    squares: dict[str, list[Tensor]] = {name: [] for name in parameters}
    projections: dict[str, list[Tensor]] = {name: [] for name in parameters}
    for inputs, targets in chunks:
        for name, gradient in per_sample_gradients(parameters, inputs, targets).items():
            deviation = gradient.reshape(len(inputs), -1) - centre[name]
            projections[name].append((deviation @ centre[name]).double())
            squares[name].append(deviation.square_().sum(1).double())
    joined = [{name: torch.cat(parts) for name, parts in kept.items()} for kept in (squares, projections)]
    return Deviations(mean, *joined)
