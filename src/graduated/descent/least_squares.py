"""Least squares of minimum norm on normal features: its risk by simulation, and in closed form."""

from dataclasses import dataclass

import numpy as np
import torch

from graduated.streams import stream


@dataclass(frozen=True)
class Regression:
    """A data set y = Xβ + noise, in the singular vectors of X.

    Attributes:
        singular_values: Of X, shape (min(n, p),).
        axes: Right singular vectors, shape (min(n, p), p).
        targets: y along the left singular vectors, shape (min(n, p),).
        beta: β, shape (p,).
    """

    singular_values: np.ndarray
    axes: np.ndarray
    targets: np.ndarray
    beta: np.ndarray

    def error(self, left: np.ndarray | float = 1.0) -> np.ndarray:
        """Return ‖β̂ − β‖², the risk beyond the noise where features are of unit variance.

        Args:
            left: What is left of each coefficient of least squares of minimum norm, shape (..., min(n, p)).
        """
        return np.square((left * self.targets / self.singular_values) @ self.axes - self.beta).sum(-1)

    def decayed(self, decay: float) -> float:
        """Return ‖β̂ − β‖² for the minimum of ‖y − Xβ‖² + λ‖β‖²."""
        squares = self.singular_values**2
        return float(self.error(squares / (squares + decay)))


def draw(samples: int, parameters: int, signal: float, noise: float, purpose: str, number: int) -> Regression:
    """Draw a regression with standard normal features and a β of random direction.

    Args:
        samples: n.
        parameters: p.
        signal: ‖β‖².
        noise: σ².
        purpose: Of the random stream.
        number: Which of the data sets.
    """
    generator = stream(number, purpose)
    normal = torch.randn((samples + 1, parameters), generator=generator, dtype=torch.float64).numpy()
    errors = torch.randn(samples, generator=generator, dtype=torch.float64).numpy()
    design, beta = normal[1:], np.sqrt(signal) * normal[0] / np.linalg.norm(normal[0])
    left, singular_values, axes = np.linalg.svd(design, full_matrices=False)
    targets = left.T @ (design @ beta + np.sqrt(noise) * errors)
    return Regression(singular_values, axes, targets, beta)


def expected_risk(samples: int, parameters: int, signal: float, noise: float) -> float:
    """Return the mean of ‖β̂ − β‖² for least squares of minimum norm.

    σ²p/(n − p − 1) below p = n − 1, and ‖β‖²(1 − n/p) + σ²n/(p − n − 1) beyond n + 1; between them it is
    infinite (inverse Wishart moments; Hastie et al., arXiv 1903.08560; Belkin, Hsu & Xu, arXiv 1903.07571).

    Args:
        samples: n.
        parameters: p.
        signal: ‖β‖².
        noise: σ².
    """
    if parameters < samples - 1:
        return noise * parameters / (samples - parameters - 1)
    if parameters > samples + 1:
        return signal * (1 - samples / parameters) + noise * samples / (parameters - samples - 1)
    return np.inf
