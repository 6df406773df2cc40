"""How often a measure of sharpness looks at its samples: what its time is predicted from."""

from graduated.sharpness.settings import AutoPGD, RandomDirections, Sharpness, TopEigenvalues, WorstCase

LANCZOS_PRODUCTS = 21
"""Products with the Hessian that its largest eigenvalues take: ARPACK's first factorisation, mostly."""


def evaluations(settings: Sharpness) -> int:
    """Return how often every sample's loss is evaluated, beside the once at the weights themselves.

    Of the searches with its gradient, of curvature with a product of its Hessian and a vector.
    """
    match settings:
        case AutoPGD():
            return settings.steps * settings.restarts
        case WorstCase():
            return settings.steps
        case RandomDirections(directions="two_sided"):
            return 2 * settings.draws
        case TopEigenvalues():
            return LANCZOS_PRODUCTS
    return settings.draws
