"""Explicit graduated optimization: descend a smoothed function while the smoothing decreases."""
