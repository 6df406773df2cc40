"""A network and a loss, tried on a few samples before anything is measured with them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

Batches = Iterable[tuple[Tensor, Tensor]]
"""Inputs [B, ...] and targets [B, ...]."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""From outputs [B, ...] and targets [B, ...] to the mean of the samples' losses."""

TOLERANCE = 1e-4
"""Relative: two evaluations of a batch, and a batch's loss beside its samples', may differ by rounding."""

MOST = 64
"""Samples tried."""


def try_functions(
    network: nn.Module, loss: Loss, batches: Batches, most: int = MOST, gradient: bool = True
) -> tuple[Tensor, Tensor]:
    """Refuse a network that is random, and a loss that is not the unweighted mean of its samples' own.

    A loss that weighs classes shows it only in company of several, so that every class is tried as far as
    there is room. It is tried with the outputs of other samples: of a perfect fit, the sum is the mean.

    Args:
        network: As it is to be measured, in evaluation mode say.
        loss: The loss.
        batches: Read once.
        most: Samples that fit into memory together; no more than 64 are tried, and two at least.
        gradient: Whether the loss must have a gradient by the network's parameters.

    Returns:
        The inputs that were tried, on the network's device, and their outputs.

    Raises:
        ValueError: One of them is unsound, the batches are no pairs of tensors or hold no samples, or the
            loss is cross-entropy, but the targets are values that are no class probabilities.
    """
    device = next((tensor.device for tensor in network.parameters()), torch.device("cpu"))
    samples = _varied(batches, max(2, min(most, MOST)))
    if not samples:
        raise ValueError("batches is empty: expected at least two samples")
    inputs, targets = (torch.stack(tensors).to(device) for tensors in zip(*samples, strict=True))
    with refusing(inputs, targets), torch.set_grad_enabled(gradient):
        outputs, again = network(inputs), network(inputs)
    check_outputs(outputs, inputs)
    with refusing(inputs, targets), torch.set_grad_enabled(gradient):
        others = outputs.roll(len(outputs) // 2, 0)
        whole = loss(others, targets)
    _check_number(whole, gradient)
    outputs = outputs.detach()
    if differ(outputs, again.detach(), TOLERANCE):
        raise ValueError(
            "two evaluations of the same batch differ; "
            "expected evaluation mode (is dropout left on, or a layer random?)"
        )
    _check_classes(loss, outputs, targets)
    _check_mean(loss, whole.detach(), others.detach(), targets)
    return inputs, outputs


def trial_evaluations(samples: int, most: int = MOST) -> int:
    """Return how many times a trial evaluates the loss.

    Args:
        samples: In the batches.
        most: As of :func:`try_functions`.
    """
    return 1 + min(samples, max(2, min(most, MOST)))


def pair(batch: object, where: str = "a batch") -> tuple[Tensor, Tensor]:
    """Return the inputs and the targets of a batch.

    Args:
        batch: What an iterable of batches yields.
        where: It is.

    Raises:
        ValueError: It is not two tensors of as many samples.
    """
    parts = batch if isinstance(batch, tuple | list) else ()
    if [isinstance(part, Tensor) and part.dim() > 0 for part in parts] != [True, True]:
        held = f" of {', '.join(type(part).__name__ for part in parts)}" if parts else ""
        found = f"{type(batch).__name__}{held}"
        raise ValueError(f"{where}: expected two tensors, inputs and targets, got {found}")
    inputs, targets = parts
    if len(inputs) != len(targets):
        raise ValueError(f"{where}: {len(inputs)} inputs and {len(targets)} targets, expected as many")
    return inputs, targets


def check_outputs(outputs: object, inputs: Tensor) -> None:
    """Verify that a network's outputs are one tensor with a row for each of the inputs.

    Raises:
        ValueError: They are not.
    """
    if not isinstance(outputs, Tensor):
        raise ValueError(f"the network returns {type(outputs).__name__}, expected one tensor")
    if outputs.shape[:1] != inputs.shape[:1]:
        raise ValueError(f"the network returns {list(outputs.shape)}, expected [{len(inputs)}, ...]")


def differ(first: Tensor, second: Tensor, tolerance: float) -> bool:
    """Tell whether two tensors are further apart than a share of the first one's norm."""
    return bool((first - second).double().norm() > tolerance * first.double().norm())


@contextmanager
def refusing(inputs: Tensor, targets: Tensor, where: str = "") -> Iterator[None]:
    """Make whatever the user's own code raises on a batch one line, a ValueError.

    Args:
        inputs: Of the batch.
        targets: Of the batch.
        where: It is, with a colon and a space.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        tried = f"the loss on inputs {kind(inputs)}, targets {kind(targets)}"
        raise ValueError(f"{where}{tried}: {reason}") from error


def kind(tensor: Tensor) -> str:
    """Return shape and type in words."""
    return f"{list(tensor.shape)} ({str(tensor.dtype).removeprefix('torch.')})"


def _varied(batches: Batches, most: int) -> list[tuple[Tensor, Tensor]]:
    """Return the first samples of one shape, but one at least of each class as far as there is room."""
    kept: dict[float | None, list[tuple[Tensor, Tensor]]] = defaultdict(list)
    number, shapes = 0, None
    for batch in batches:
        inputs, targets = pair(batch)
        shapes = shapes or (inputs.shape[1:], targets.shape[1:])
        if (inputs.shape[1:], targets.shape[1:]) != shapes:
            continue
        single = targets.numel() == len(targets)
        for index, label in enumerate(targets.flatten().tolist() if single else [None] * len(targets)):
            if number == most:
                if label in kept or len(kept) == most:
                    continue
                max(kept.values(), key=len).pop()
                number -= 1
            kept[label].append((inputs[index].clone(), targets[index].clone()))
            number += 1
        if number == most and (len(kept) == most or not single):
            break
    return [sample for samples in kept.values() for sample in samples]


def _check_classes(loss: Loss, outputs: Tensor, targets: Tensor) -> None:
    """Refuse values of a regression where no loss was chosen, and the default is for classes."""
    if loss is not F.cross_entropy or not targets.is_floating_point():
        return
    rounding = max(1e-3, 8 * torch.finfo(targets.dtype).eps)
    fit = targets.shape == outputs.shape and targets.dim() > 1
    if not fit or (targets < 0).any() or ((targets.sum(1) - 1).abs() > rounding).any():
        raise ValueError(
            "the targets are values and no class probabilities, which cross-entropy is for: name another "
            "loss (loss=, on the command line --loss), mse_loss of torch.nn.functional say"
        )


def _check_number(whole: object, gradient: bool) -> None:
    if not isinstance(whole, Tensor) or whole.dim():
        found = kind(whole) if isinstance(whole, Tensor) else type(whole).__name__
        raise ValueError(f"the loss of a batch is {found}: expected one number, a tensor without dimensions")
    if gradient and not whole.requires_grad:
        raise ValueError("the loss has no gradient by the network's parameters: is something detached?")


def _check_mean(loss: Loss, whole: Tensor, outputs: Tensor, targets: Tensor) -> None:
    singles = zip(outputs.split(1), targets.split(1), strict=True)
    with refusing(outputs[:1], targets[:1]), torch.no_grad():
        alone = torch.stack([loss(*single) for single in singles]).double()
    tolerance = max(TOLERANCE, 8 * torch.finfo(outputs.dtype).eps) * alone.abs().max()
    if whole.isfinite() and not (whole - alone.mean()).abs() <= tolerance:
        raise ValueError(
            f"the loss of {len(alone)} samples is {whole.item():g}, the mean of their losses "
            f"{alone.mean().item():g}: expected the unweighted mean over samples "
            f"(outputs {kind(outputs)}, targets {kind(targets)})"
        )
