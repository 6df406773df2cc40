"""Smoothing a function by noise of its argument: laws of the noise, landscapes, and the smoothed function."""
