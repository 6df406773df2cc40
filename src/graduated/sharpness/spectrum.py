"""The whole spectrum of a Hessian by stochastic Lanczos quadrature (Papyan 2020, Algorithm 2).

The routines are curvlinops'. A run of Lanczos' iteration from a random vector gives nodes, its Ritz values,
and weights, the share of the vector along each: in expectation, the share of the eigenvalues there.
"""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.sharpness.hessian import Hessian
from graduated.streams import global_stream

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # what it imports uses a deprecated decorator
    from curvlinops.papyan2020traces.spectrum import fast_lanczos, lanczos_approximate_spectrum_from_iter

KAPPA, MARGIN = 3.0, 0.05
"""Width of a node's bump, and room beside the ends, as shares: those of Papyan (2020, D.2)."""


@dataclass(frozen=True)
class Spectrum:
    """An approximate spectrum.

    Attributes:
        eigenvalues: An even grid [points].
        density: Of the eigenvalues, its integral 1, on the grid [points].
        nodes: Ritz values, ascending [draws, steps].
        weights: Theirs; those of a draw add up to 1 [draws, steps].
    """

    eigenvalues: Tensor
    density: Tensor
    nodes: Tensor
    weights: Tensor

    @property
    def top(self) -> float:
        """The largest eigenvalue."""
        return self.nodes.max().item()

    @property
    def bottom(self) -> float:
        """The smallest eigenvalue, negative off a minimum."""
        return self.nodes.min().item()

    @property
    def negative_share(self) -> float:
        """The share of negative eigenvalues in the sum of the absolute values of all.

        Their share in the number of eigenvalues is beyond the method: most lie close to zero, on either side.
        """
        sizes = (self.weights * self.nodes.abs()).double()
        return (sizes[self.nodes < 0].sum() / sizes.sum()).item()


@torch.no_grad()
def lanczos_spectrum(
    hessian: Hessian, steps: int = 30, draws: int = 1, points: int = 256, seed: int = 0
) -> Spectrum:
    """Return the spectrum of a Hessian.

    Args:
        hessian: The Hessian.
        steps: Of Lanczos' iteration; more resolve more.
        draws: Random starting vectors, averaged over.
        points: Of the grid.
        seed: Of the starting vectors.

    Raises:
        ValueError: There are not more parameters than steps.
    """
    if steps >= hessian.shape[0]:
        raise ValueError(
            f"spectrum steps: expected fewer than the network's {hessian.shape[0]} parameters, got {steps}"
        )
    with global_stream(seed, "sharpness/spectrum", hessian.device):
        runs = [fast_lanczos(hessian, steps) for _ in range(draws)]
    nodes = torch.stack([values for values, _ in runs])
    weights = torch.stack([vectors[0].square() for _, vectors in runs])
    ends = nodes.min().item(), nodes.max().item()
    curves = [lanczos_approximate_spectrum_from_iter(run, ends, points, KAPPA, MARGIN) for run in runs]
    return Spectrum(curves[0][0], torch.stack([density for _, density in curves]).mean(0), nodes, weights)
