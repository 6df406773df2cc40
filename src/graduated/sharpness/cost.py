"""How often a measure of sharpness looks at its samples: what its time is predicted from."""

from graduated.sharpness.settings import Sharpness

LANCZOS_PRODUCTS = 21
"""Products with the Hessian that its largest eigenvalues take: ARPACK's first factorisation, mostly."""


def evaluations(settings: Sharpness) -> int:
    """Return how often every sample's loss is evaluated, beside the once at the weights themselves.

    Of the searches with its gradient, of curvature with a product of its Hessian and a vector.
    """
    if settings.method == "curvature":
        return settings.draws if settings.quantity == "trace" else LANCZOS_PRODUCTS
    if settings.method == "random_directions":
        return settings.draws * (2 if settings.directions == "two_sided" else 1)
    searches = {"released": settings.steps, "apgd": settings.steps * settings.restarts}
    return searches.get(settings.method, settings.draws)
