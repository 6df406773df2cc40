"""Gradient descent on linear models and small networks, where closed forms say what must come out."""

BOOK = "Bishop & Bishop, Deep Learning (2024)"
"""The textbook whose statements are examined."""
