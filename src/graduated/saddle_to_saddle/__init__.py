"""Stage-wise learning of small networks from small weights: gradient descent from saddle to saddle."""
