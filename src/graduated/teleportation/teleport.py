"""Teleports of networks: ascent on ‖∇L‖² over the group, at a fixed mini-batch (arXiv 2305.13404)."""

import torch
from torch import Tensor

from graduated.teleportation.actions import Action, act, identity_generators
from graduated.teleportation.networks import Batch, Weights, gradients

CAP = 100.0
"""‖∇L‖² at which a network moves no further (released code)."""


def squared_norms(weights: Weights, batch: Batch, *, differentiable: bool = False) -> Tensor:
    """Return every network's ‖∇L‖² [K], summed over its layers."""
    parts = gradients(weights, batch, differentiable=differentiable)
    return torch.stack([part.square().sum((1, 2)) for part in parts]).sum(0)


def teleport(weights: Weights, batch: Batch, action: Action, rate: float, steps: int) -> Weights:
    """Return weights moved by steps of gradient ascent on ‖∇L‖² over T, from T = 0 at each.

    What enters a layer is computed anew after every step; the released code carries it along to first order.

    Args:
        weights: Of the networks.
        batch: At which the loss should stay and the gradient grow.
        action: Of the group.
        rate: Learning rate of the ascent.
        steps: Of the ascent.
    """
    for _ in range(steps):
        generators = [generator.requires_grad_() for generator in identity_generators(weights)]
        moved = act(action, [weight.requires_grad_() for weight in weights], batch.inputs, generators)
        norms = squared_norms(moved, batch, differentiable=True)
        slopes = torch.autograd.grad(norms.sum(), generators)
        going = (norms <= CAP).to(norms.dtype).view(-1, 1, 1).detach()
        weights = [weight.detach() for weight in weights]
        with torch.no_grad():
            weights = act(action, weights, batch.inputs, [rate * going * slope for slope in slopes])
    return weights
