"""Figures: functions of the results table alone; they never touch a model. Imports no torch."""

from graduated.plots.captions import caption
from graduated.plots.figures import FIGURES, overview
from graduated.plots.style import save

__all__ = ["FIGURES", "caption", "overview", "save"]
