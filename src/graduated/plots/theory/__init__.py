"""Figures of the studies: functions of a study's tables, by file name. Imports no torch."""
