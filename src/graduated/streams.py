"""Random streams keyed by (seed, purpose, epoch); nothing in this project reads a global generator.

A library that draws from no other finds a stream of its own there (:func:`global_stream`).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stream_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """Return the 63-bit seed of one stream.

    Args:
        seed: The run's seed.
        purpose: What the numbers are for, e.g. ``"order"`` or ``"augmentation"``.
        epoch: The epoch (or step) that the numbers belong to.
    """
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int, purpose: str, epoch: int = 0) -> torch.Generator:
    """Return a fresh CPU generator for one stream, so that every device sees the same numbers.

    The arguments are those of :func:`stream_seed`.
    """
    return torch.Generator().manual_seed(stream_seed(seed, purpose, epoch))


@contextmanager
def global_stream(seed: int, purpose: str, device: torch.device | str = "cpu") -> Iterator[None]:
    """Put a stream in the place of PyTorch's global generator within the block.

    Args:
        seed: The run's seed.
        purpose: What the numbers are for.
        device: Whose generator is put back at the end, beside the CPU's.
    """
    device = torch.device(device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(stream_seed(seed, purpose))
        yield
