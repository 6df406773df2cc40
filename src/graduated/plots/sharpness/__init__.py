"""Figures of all measures of sharpness of a preset, drawn from tables alone. Imports no torch."""

from graduated.plots.sharpness.names import Measure
from graduated.plots.sharpness.ranked import sharpness_measures_ranked
from graduated.plots.sharpness.versus_smoothing import sharpness_measures_vs_smoothing

__all__ = ["Measure", "sharpness_measures_ranked", "sharpness_measures_vs_smoothing"]
