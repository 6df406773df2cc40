"""Sharpness as curvature: largest eigenvalues and trace of the loss's Hessian.

The estimators are SciPy's and curvlinops', on the Hessian over all n samples.
"""

from functools import partial

import numpy as np
import torch
from scipy.sparse.linalg import eigsh
from torch import Tensor

from graduated.sharpness.batches import Batches
from graduated.sharpness.hessian import Hessian, hessian_operator, hutchinson_trace
from graduated.sharpness.objective import Objective
from graduated.sharpness.result import SharpnessResult
from graduated.sharpness.sampled import student
from graduated.sharpness.settings import Curvature, HessianTrace, TopEigenvalues
from graduated.streams import global_stream, stream_seed

TOLERANCE = 1e-4
"""Relative, of an eigenvalue."""


def curvature(objective: Objective, batches: Batches, settings: Curvature) -> SharpnessResult:
    """Return the largest eigenvalue or the trace of the Hessian of the mean loss over all samples.

    Eigenvalues are by ARPACK's Lanczos iteration. The trace is the mean of independent estimates vᵀHv with
    random signs v (Hutchinson 1989), whose spread gives its interval.

    Args:
        objective: One network.
        batches: n / m batches of m samples; m changes memory and time but not the result.
        settings: The measure.

    Raises:
        ValueError: There are several networks, or as many eigenvalues asked for as parameters.
    """
    hessian = hessian_operator(objective, batches)
    losses = [objective.evaluate(objective.weights, *batch)[0] for batch in batches]
    clean_loss, sound = torch.stack(losses).mean(0), all(loss.isfinite() for loss in losses)
    absent = partial(clean_loss.new_full, fill_value=torch.nan)
    if isinstance(settings, HessianTrace):
        values = _trace_estimates(hessian, settings) if sound else absent((settings.draws, 1))
        return SharpnessResult(values.mean(0), clean_loss, **student(values))
    values = _top_eigenvalues(hessian, settings) if sound else absent((1, settings.eigenvalues))
    return SharpnessResult(values[:, 0], clean_loss, eigenvalues=values)


def _trace_estimates(hessian: Hessian, settings: HessianTrace) -> Tensor:
    """Return independent estimates of the trace [draws, 1]."""
    with global_stream(settings.seed, "sharpness/trace", hessian.device):
        return torch.stack([hutchinson_trace(hessian, 1) for _ in range(settings.draws)])[:, None]


def _top_eigenvalues(hessian: Hessian, settings: TopEigenvalues) -> Tensor:
    """Return the largest eigenvalues, descending [1, number]."""
    number, parameters = settings.eigenvalues, hessian.shape[0]
    if number >= parameters:
        raise ValueError(
            f"sharpness eigenvalues: expected fewer than the network's {parameters} parameters, got {number}"
        )
    start = np.random.default_rng(stream_seed(settings.seed, "sharpness/lanczos")).standard_normal(parameters)
    operator = hessian.to_scipy(np.float64)
    values = eigsh(operator, number, which="LA", v0=start, tol=TOLERANCE, return_eigenvectors=False)
    return torch.from_numpy(np.sort(values)[::-1].copy()).to(hessian.device, hessian.dtype)[None]
