"""The arithmetic of a training: which types the weights and the products have."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Precision:
    """How numbers are kept and multiplied.

    Attributes:
        weights: Type of weights, running statistics and updates.
        products: Type of convolutions and matrix products, by autocast; None is that of the weights.
        tf32: Whether a GPU may round the factors of float32 products to 10 bits.
    """

    weights: torch.dtype
    products: torch.dtype | None = None
    tf32: bool = False

    @contextmanager
    def in_force(self, device: torch.device) -> Iterator[None]:
        """Compute forward passes of the block in this precision."""
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.tf32
        # Casts of the weights are not cached: a captured graph must make them anew at every replay.
        casts = torch.autocast(device.type, self.products, cache_enabled=False)
        with casts if self.products else nullcontext():
            yield


PRECISIONS = {
    "float32": Precision(torch.float32),
    "float64": Precision(torch.float64),
    "tf32": Precision(torch.float32, tf32=True),
    "bf16": Precision(torch.float32, products=torch.bfloat16),
}
