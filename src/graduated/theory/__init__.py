"""Measurements of the theory: smoothing, nice functions and the noise, on functions known in closed form."""
