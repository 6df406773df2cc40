"""Titles and captions of the figures, by their names. Imports nothing."""
