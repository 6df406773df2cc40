"""C² of each parameter, and of each part of a network: the variance of the per-sample gradients, split."""

import torch.nn.functional as F  # noqa: N812
from torch import nn

from graduated.noise.per_sample import Batches, GradientVariance, Loss, gradient_deviations, variance_of


def gradient_variance_by_layer(
    module: nn.Module,
    batches: Batches,
    chunk_size: int = 64,
    loss: Loss = F.cross_entropy,
    depth: int | None = None,
) -> dict[str, GradientVariance]:
    """Measure C² of the parts of a network in the two passes that measure it of the whole.

    The variance of a gradient is the sum of its elements' variances, so the values add up to C² of
    :func:`graduated.noise.per_sample.gradient_variance`, and the squared gradient norms to its square. The
    standard errors do not: a sample with a large gradient in one layer tends to have one in others.

    Args:
        module: A network from inputs [B, ...] to outputs [B, ...].
        batches: Pairs of inputs [B, ...] and targets [B, ...], read three times.
        chunk_size: Samples whose gradients are held at once; changes speed and memory, not the result.
        loss: From outputs [B, ...] and targets [B, ...] to the mean of the samples' losses.
        depth: Parameters are summed whose names share their first so many parts, as ``layer1.0`` at 2; None
            keeps each parameter, as ``layer1.0.conv1.weight``.

    Returns:
        C² by name, in the order of the network's parameters.

    Raises:
        ValueError: A depth below 1, and as ``gradient_variance``.
    """
    if depth is not None and depth < 1:
        raise ValueError(f"depth = {depth}: expected at least 1, or None")
    mean, squares, _ = gradient_deviations(module, batches, chunk_size, loss)
    groups: dict[str, list[str]] = {}
    for name in mean:
        groups.setdefault(".".join(name.split(".")[:depth]), []).append(name)
    return {
        group: variance_of([mean[name] for name in names], sum(squares[name] for name in names))
        for group, names in groups.items()
    }
