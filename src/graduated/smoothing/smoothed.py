"""The smoothed function f̂_δ(x) = E[f(x − δu)]: by Monte Carlo, by quadrature, and in closed form.

Definition 2.1 of arXiv 2311.08745; δ is the degree of smoothing, u the noise. Points are float64 [N, D].
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from graduated.smoothing.landscapes import WAVE_NUMBER, WAVE_WIDTH, Function
from graduated.smoothing.laws import HEAVY, Law

_NUMBERS_AT_ONCE = 2**22
"""Coordinates of shifted points held at once, unless the draws of a single point are more."""

_NEGLIGIBLE = 1e-17
"""Probability, on each side of the noise, that quadrature leaves out."""

_NOISE, _FREQUENCIES = (400, 20), (40, 20)
"""Gauss–Legendre panels, and nodes on each, of the noise's range and of the frequencies of Drop-Wave."""


def monte_carlo(function: Function, points: Tensor, smoothing: float, draws: Tensor) -> tuple[Tensor, Tensor]:
    """Estimate f̂_δ as the mean over draws of the noise.

    Args:
        function: f, from points [..., D] to values [...].
        points: [N, D].
        smoothing: δ.
        draws: Noise [S, D], the same for every point, or [N, S, D], its own for each.

    Returns:
        The mean [N] and its standard error [N], which means nothing where f(x − δu) has no variance.

    Raises:
        ValueError: Fewer than two draws a point, of which there is no standard error.
    """
    chunks = [_mean(function(shifted)) for shifted in _shifted(points, smoothing, draws)]
    means, errors = zip(*chunks, strict=True)
    return torch.cat(means), torch.cat(errors)


def monte_carlo_gradient(
    function: Function, points: Tensor, smoothing: float, draws: Tensor
) -> tuple[Tensor, Tensor]:
    """Estimate E[∇f(x − δu)], the gradient of f̂_δ, as the mean over draws of the noise.

    Args:
        function: f, differentiable, from points [..., D] to values [...].
        points: [N, D].
        smoothing: δ.
        draws: Noise [S, D], the same for every point, or [N, S, D], its own for each.

    Returns:
        The mean [N, D] and its standard error [N, D].

    Raises:
        ValueError: Fewer than two draws a point, of which there is no standard error.
    """
    chunks = []
    for shifted in _shifted(points, smoothing, draws):
        shifted.requires_grad_()
        (gradients,) = torch.autograd.grad(function(shifted).sum(), shifted)
        chunks.append(_mean(gradients))
    means, errors = zip(*chunks, strict=True)
    return torch.cat(means), torch.cat(errors)


def _shifted(points: Tensor, smoothing: float, draws: Tensor) -> Iterator[Tensor]:
    """Yield x − δu [n, S, D], a few points at a time."""
    if draws.shape[-2] < 2:
        raise ValueError(f"draws of shape {list(draws.shape)}: a standard error needs at least two per point")
    size = max(1, _NUMBERS_AT_ONCE // draws.shape[-2:].numel())
    own = draws.split(size) if draws.ndim == 3 else [draws] * math.ceil(len(points) / size)
    for chunk, noise in zip(points.split(size), own, strict=True):
        yield chunk.unsqueeze(1) - smoothing * noise


def _mean(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard error over dimension 1."""
    return values.mean(1), values.std(1) / math.sqrt(values.shape[1])


def quadrature(function: Function, points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Integrate f(x − δu) over a one-dimensional, light-tailed noise by composite Gauss–Legendre quadrature.

    Exact to rounding for smooth f whose oscillations are longer than about a hundredth of the noise's range
    times δ.

    Args:
        function: f, from points [..., 1] to values [...].
        points: [N, 1].
        smoothing: δ.
        law: Of the noise.

    Returns:
        f̂_δ [N].

    Raises:
        ValueError: The points are not one-dimensional, or the noise is heavy-tailed.
    """
    if points.shape[-1] != 1:
        raise ValueError(f"points have {points.shape[-1]} coordinates: quadrature needs 1")
    if law.tail == HEAVY:
        raise ValueError(f"{law.name} noise is heavy-tailed: quadrature needs a light tail")
    ends = law.distribution.ppf(_NEGLIGIBLE), law.distribution.isf(_NEGLIGIBLE)
    noise, weights = _legendre(*ends, *_NOISE)
    return function((points - smoothing * noise).unsqueeze(-1)) @ (weights * law.density(noise))


@lru_cache(maxsize=64)
def _legendre(lower: float, upper: float, panels: int, nodes: int) -> tuple[Tensor, Tensor]:
    """Return nodes and weights of a composite Gauss–Legendre rule."""
    inner, weights = np.polynomial.legendre.leggauss(nodes)
    edges = np.linspace(lower, upper, panels + 1)
    half = np.diff(edges) / 2
    where = (edges[:-1] + half)[:, None] + half[:, None] * inner
    return torch.from_numpy(where.ravel()), torch.from_numpy((half[:, None] * weights).ravel())


def smoothed_sphere(points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Return f̂_δ of ‖x‖² in closed form, Σ x² − 2xδE[u] + δ²E[u²]; infinite for a heavy tail.

    Args:
        points: [N, D].
        smoothing: δ > 0.
        law: Of the noise, independent in every coordinate.

    Returns:
        Values [N].
    """
    if law.tail == HEAVY:
        return torch.full(points.shape[:-1], math.inf, dtype=torch.float64)
    shifted = points.square() - 2 * smoothing * law.mean * points + smoothing**2 * law.second_moment
    return shifted.sum(-1)


def smoothed_rastrigin(points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Return f̂_δ of Rastrigin's function in closed form.

    It is Σ x² − 2xδE[u] + δ²E[u²] + 10 − 10 Re(e^{2πix} φ(−2πδ)), φ the noise's characteristic function;
    infinite for a heavy tail.

    Args:
        points: [N, D].
        smoothing: δ > 0.
        law: Of the noise, independent in every coordinate.

    Returns:
        Values [N].
    """
    return smoothed_sphere(points, smoothing, law) + (10 - 10 * _wave(points, smoothing, law).real).sum(-1)


def smoothed_rastrigin_gradient(points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Return E[∇f(x − δu)] of Rastrigin's function in closed form, infinite or nan where E[u] is.

    Args:
        points: [N, D].
        smoothing: δ > 0.
        law: Of the noise, independent in every coordinate.

    Returns:
        Gradients [N, D].
    """
    wave = _wave(points, smoothing, law)
    return 2 * (points - smoothing * law.mean) + 20 * math.pi * wave.imag


def smoothed_rastrigin_curvature(points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Return E[f''(x − δu)] of Rastrigin's function in closed form, the diagonal of its (diagonal) Hessian.

    Args:
        points: [N, D].
        smoothing: δ > 0.
        law: Of the noise, independent in every coordinate; finite for heavy tails too.

    Returns:
        Second derivatives [N, D].
    """
    return 2 + 40 * math.pi**2 * _wave(points, smoothing, law).real


def _wave(points: Tensor, smoothing: float, law: Law) -> Tensor:
    """Return E exp(2πi(x − δu)) [N, D]."""
    frequency = torch.tensor(-2 * math.pi * smoothing, dtype=torch.float64)
    return torch.exp(2j * math.pi * points) * law.characteristic(frequency)


def smoothed_drop_wave(points: Tensor, smoothing: float, law: Law, derivative: int = 0) -> Tensor:
    """Return f̂_δ of the one-dimensional Drop-Wave function for any law, by an integral over frequencies.

    As 1/(a² + x²) = (1/2a) ∫ e^{−a|k|} e^{ikx} dk, the smoothed function is

        −(1/a) ∫ e^{−a|k|} Re[ψ(k) + ψ(k + 12π)] dk,  ψ(k) = e^{ikx} φ(−δk),  a = 2,

    φ the noise's characteristic function. As f is bounded, heavy tails are no exception. The
    integrand may be as rough at k = 0 as √k (Lévy), hence k = s². Accurate to 1e-12 for δ ≤ 10, |x| ≤ 30.

    Args:
        points: [N, 1].
        smoothing: δ > 0.
        law: Of the noise.
        derivative: Order of the derivative in x to return in place of f̂_δ.

    Returns:
        Values [N].
    """
    root, weights = _legendre(0.0, math.sqrt(40 / WAVE_WIDTH), *_FREQUENCIES)
    frequency = root.square()
    weights = 2 * root * weights * torch.exp(-WAVE_WIDTH * frequency) / WAVE_WIDTH

    def parts(frequency: Tensor) -> Tensor:
        return weights * law.characteristic(-smoothing * frequency) * (1j * frequency) ** derivative

    waves = torch.exp(1j * points * frequency)
    envelope = 2 * waves @ parts(frequency)
    ripple = waves @ parts(WAVE_NUMBER + frequency) + waves.conj() @ parts(WAVE_NUMBER - frequency)
    return -(envelope + torch.exp(1j * WAVE_NUMBER * points.squeeze(-1)) * ripple).real


def smoothed_negative_logarithm(points: Tensor, smoothing: float) -> Tensor:
    """Return f̂_δ of −log x for noise uniform on [−1, 1], in closed form.

    Args:
        points: [N, 1].
        smoothing: δ > 0.

    Returns:
        Values [N]; nan for x < δ, where f̂_δ is undefined.
    """
    above, below = points.squeeze(-1) + smoothing, points.squeeze(-1) - smoothing
    return 1 - (torch.xlogy(above, above) - torch.xlogy(below, below)) / (2 * smoothing)


def smoothed_negative_logarithm_curvature(points: Tensor, smoothing: float) -> Tensor:
    """Return the second derivative 1/(x² − δ²) of −log x smoothed by noise uniform on [−1, 1].

    Args:
        points: [N, 1], each greater than δ.
        smoothing: δ > 0.

    Returns:
        Second derivatives [N].
    """
    return 1 / (points.squeeze(-1).square() - smoothing**2)
