"""Figures of C², drawn from its record and from the table of its cells alone. Imports no torch."""

from graduated.plots.noise.along_training import noise_along_training
from graduated.plots.noise.estimators import noise_estimators_compared

__all__ = ["noise_along_training", "noise_estimators_compared"]
