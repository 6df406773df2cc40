"""Random streams keyed by (seed, purpose, epoch); nothing in this project reads a global generator."""

import hashlib

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
    """Return a fresh CPU generator for one stream, so that every device sees the same numbers."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose, epoch))
