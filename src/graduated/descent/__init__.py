"""Gradient descent on linear models and small networks, where closed forms say what must come out."""
