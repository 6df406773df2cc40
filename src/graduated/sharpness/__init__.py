"""Sharpness of K trained networks at once: how far the loss can rise near the weights."""
