"""Symmetry teleportation: gradient descent that may move along level sets of the loss.

As in arXiv 2205.10637 and 2305.13404, before a step, w moves to the point g·w of its orbit under a symmetry
group G where ‖∇L‖ is greatest:

    g* = argmax_{g ∈ G} ‖∇L(g·w_t)‖²,   w_{t+1} = g*·w_t − η∇L(g*·w_t).
"""
