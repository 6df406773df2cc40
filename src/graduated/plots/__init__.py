"""Figures: functions of tables alone; they never touch a model. Imports no torch."""
