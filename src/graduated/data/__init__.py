"""Datasets as tensors: what is known of them, where they come from, how they are kept and augmented."""
