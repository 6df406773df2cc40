"""Methods compared with one another, drawn from a comparison's history alone. Imports no torch."""

from graduated.plots.methods.curves import method_curves
from graduated.plots.methods.published import beside_published
from graduated.plots.methods.settings import smoothing_along_training

__all__ = ["beside_published", "method_curves", "smoothing_along_training"]
