"""Refusing networks whose outputs depend on more than their parameters and the sample."""

import torch
from torch import Tensor

from graduated.sharpness.objective import Outputs

REPEAT_TOLERANCE = 1e-4
"""Relative; two evaluations of one batch may differ by rounding where kernels are not deterministic."""
PART_TOLERANCE = 0.1
"""Relative; rounding, in half precision too, is far below, and batch statistics of two samples far above."""


@torch.no_grad()
def check_evaluation(outputs: Outputs, parameters: dict[str, Tensor], inputs: Tensor) -> None:
    """Verify that outputs depend on the parameters and the sample alone, as they do in evaluation mode.

    Args:
        outputs: The networks' function.
        parameters: Stacked parameters of K replicas.
        inputs: One batch [B, ...].

    Raises:
        ValueError: The outputs are not [K, B, ...], two evaluations of the batch differ, or a sample's
            outputs depend on the rest of the batch.
    """
    whole = outputs(parameters, inputs)
    expected = [len(next(iter(parameters.values()))), len(inputs)]
    if whole.dim() < 2 or list(whole.shape[:2]) != expected:
        raise ValueError(f"sharpness: expected outputs {[*expected, '...']}, got {list(whole.shape)}")
    if _differ(whole, outputs(parameters, inputs), REPEAT_TOLERANCE):
        raise ValueError(
            "sharpness: two evaluations of the same batch differ; "
            "expected evaluation mode (is dropout left on, or a layer random?)"
        )
    if _differ(whole[:, :2], outputs(parameters, inputs[:2]), PART_TOLERANCE):
        raise ValueError(
            "sharpness: a sample's outputs depend on the other samples of the batch; "
            "expected evaluation mode (is batch normalisation in training mode?)"
        )


def _differ(first: Tensor, second: Tensor, tolerance: float) -> bool:
    distance = torch.linalg.vector_norm((first - second).flatten(1), dim=1)
    return bool((distance > tolerance * torch.linalg.vector_norm(first.flatten(1), dim=1)).any())
