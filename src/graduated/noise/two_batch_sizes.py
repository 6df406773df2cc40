"""C² and ‖∇f‖² from gradient norms at two batch sizes, where per-sample gradients do not exist."""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.func import replace_all_batch_norm_modules_

from graduated.noise.minibatches import draw_batches
from graduated.noise.noise_scale import NoiseScale, scale_of
from graduated.trial import Batches, Loss, pair, try_functions


def two_batch_sizes(
    module: nn.Module,
    batches: Batches,
    generator: torch.Generator,
    small_batch_size: int = 16,
    large_batch_size: int = 256,
    pairs: int = 30,
    loss: Loss = F.cross_entropy,
    batch_statistics: bool = True,
    level: float = 0.95,
) -> NoiseScale:
    """Measure C² and ‖∇f‖² from the norms of mini-batch gradients (arXiv 1812.06162, appendix A.1).

    A pair is a large mini-batch, drawn without replacement, and the small ones it is cut into: each of these
    is as likely as any other of its size. :func:`norms_to_scale` has the formulas. No gradient of a single
    sample is taken, so that batch normalisation may use the statistics of each mini-batch, as in training.
    There the mean of a mini-batch gradient depends a little on its size, and C² is the number for which the
    law C²/b accounts for the difference between the two.

    The network is a copy in evaluation mode but for batch normalisation; ``module`` keeps its mode,
    parameters, gradients and running statistics. All samples are held in memory where the batches put them;
    one large mini-batch at a time goes to the module's device.

    Args:
        module: A network from inputs [B, ...] to outputs [B, ...].
        batches: Pairs of inputs [B, ...] and targets [B, ...], of any sizes, read once; their N samples are
            the training set.
        generator: Source of the draws, on the CPU.
        small_batch_size: b.
        large_batch_size: B, a multiple of b, at most N.
        pairs: How many, at least two; costs 2B samples' forward and backward passes each.
        loss: From outputs [B, ...] and targets [B, ...] to the mean of the samples' losses.
        batch_statistics: Whether batch normalisation takes the statistics of the mini-batch, as in training,
            or the running ones, as in evaluation.
        level: Of the intervals, in (0, 1).

    Raises:
        ValueError: No trainable parameter; no samples; sizes that do not fit; norms that are not finite; and
            as :func:`graduated.trial.try_functions`.
    """
    inputs, targets = gather(batches)
    check_sizes(small_batch_size, large_batch_size, pairs, len(inputs))
    network = copy.deepcopy(module).eval()
    if batch_statistics:
        replace_all_batch_norm_modules_(network)
    if not any(value.requires_grad for value in network.parameters()):
        raise ValueError("the module has no trainable parameter: its gradient has no variance to measure")
    try_functions(network, loss, [(inputs, targets)], large_batch_size)
    draws = draw_batches(len(inputs), large_batch_size, pairs, False, generator)
    small, large = _squared_norms(network, loss, inputs, targets, draws, small_batch_size)
    return norms_to_scale(small, large, small_batch_size, large_batch_size, len(inputs), level)


def norms_to_scale(
    small: np.ndarray,
    large: np.ndarray,
    small_batch_size: int,
    large_batch_size: int,
    samples: float = math.inf,
    level: float = 0.95,
) -> NoiseScale:
    """Estimate C² and ‖∇f‖² from squared norms of gradients at two batch sizes b < B, one of each a pair.

    Drawn without replacement from N samples, E‖∇f_b‖² = ‖∇f‖² + C²(1/b − 1/N), where C² has the divisor
    N − 1. Hence, with the finite population accounted for,

        C² = (‖∇f_b‖² − ‖∇f_B‖²) / (1/b − 1/B),    ‖∇f‖² = ‖∇f_B‖² − C²(1/B − 1/N).

    Both are averaged over the pairs before they are divided (arXiv 1812.06162, appendix A.1).

    Args:
        small: ‖∇f_b‖², or its mean over several mini-batches [pairs].
        large: ‖∇f_B‖² [pairs].
        small_batch_size: b.
        large_batch_size: B.
        samples: N; infinite for mini-batches drawn with replacement or from an endless stream.
        level: Of the intervals, in (0, 1).

    Raises:
        ValueError: As :func:`graduated.noise.noise_scale.scale_of`.
    """
    variances = (small - large) / (1 / small_batch_size - 1 / large_batch_size)
    squares = large - variances * (1 / large_batch_size - 1 / samples)
    return scale_of(variances, squares, level)


def gather(batches: Batches) -> tuple[Tensor, Tensor]:
    """Return the inputs and the targets of all samples.

    Raises:
        ValueError: There are no samples, or the batches are no pairs of tensors of one shape.
    """
    parts = [pair(batch) for batch in batches]
    if not sum(len(inputs) for inputs, _ in parts):
        raise ValueError("batches is empty: expected at least two samples")
    if len({(inputs.shape[1:], targets.shape[1:]) for inputs, targets in parts}) > 1:
        raise ValueError("batches of several shapes: expected samples of one")
    return torch.cat([inputs for inputs, _ in parts]), torch.cat([targets for _, targets in parts])


def check_sizes(small: int, large: int, pairs: int, samples: int) -> None:
    """Refuse batch sizes, or a number of pairs, that do not suit the samples.

    Args:
        small: b, a proper divisor of B.
        large: B, at most N.
        pairs: Pairs of mini-batches, at least two.
        samples: N.

    Raises:
        ValueError: One of them is otherwise.
    """
    if not 1 <= small < large <= samples or large % small:
        raise ValueError(
            f"batch sizes {small} and {large} of {samples} samples: expected the small one to be a proper "
            "divisor of the large one, and no more than there are samples"
        )
    if pairs < 2:
        raise ValueError(f"pairs = {pairs}: expected at least 2")


def _squared_norms(
    network: nn.Module, loss: Loss, inputs: Tensor, targets: Tensor, draws: Tensor, small_batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return ‖∇f_B‖² of mini-batches [pairs, B], preceded by the mean of ‖∇f_b‖² over each one's parts."""
    parameters = [value for value in network.parameters() if value.requires_grad]
    device = parameters[0].device

    @torch.enable_grad()
    def squared_norm(inputs: Tensor, targets: Tensor) -> float:
        gradients = torch.autograd.grad(loss(network(inputs), targets), parameters, materialize_grads=True)
        return sum(torch.linalg.vector_norm(part, dtype=torch.float64).square() for part in gradients).item()

    small, large = [], []
    for draw in draws.to(inputs.device):
        batch = inputs[draw].to(device), targets[draw].to(device)
        parts = zip(*(tensor.split(small_batch_size) for tensor in batch), strict=True)
        small.append(np.mean([squared_norm(*part) for part in parts]))
        large.append(squared_norm(*batch))
    return np.array(small), np.array(large)
