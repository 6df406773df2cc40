"""What the searches for the worst case share: the loss round the weights, and the worst point met so far."""

from typing import NamedTuple

import torch
from torch import Tensor

from graduated.sharpness.objective import Objective


class Worst(NamedTuple):
    """Loss, error and norm of the perturbation at the worst point of one batch, [K] each."""

    loss: Tensor
    error: Tensor
    norm: Tensor


class Record:
    """The worst point each replica has met.

    A new record overwrites the rows of the replicas that have set it; nothing is copied but the two matrices,
    once.

    Args:
        delta: Perturbations [K, P].
        loss: There [K].
        error: There [K].
        gradient: Of the loss, there [K, P].
    """

    def __init__(self, delta: Tensor, loss: Tensor, error: Tensor, gradient: Tensor):
        self.loss, self.error = loss, error
        self.delta, self.gradient = delta.clone(), gradient.clone()

    def update(self, delta: Tensor, loss: Tensor, error: Tensor, gradient: Tensor | None) -> Tensor:
        """Take over the replicas whose loss sets a record.

        Args:
            delta: Other perturbations [K, P].
            loss: There [K].
            error: There [K].
            gradient: There [K, P]; None keeps that of the record before.

        Returns:
            Which replicas set one, bool [K].
        """
        higher = loss > self.loss
        self.loss, self.error = torch.where(higher, loss, self.loss), torch.where(higher, error, self.error)
        torch.where(higher[:, None], delta, self.delta, out=self.delta)
        if gradient is not None:
            torch.where(higher[:, None], gradient, self.gradient, out=self.gradient)
        return higher

    @property
    def worst(self) -> Worst:
        """The point in short."""
        return Worst(self.loss, self.error, torch.linalg.vector_norm(self.delta, dim=1))


class Landscape:
    """The loss on one batch as a function of the perturbation.

    Args:
        objective: The networks.
        inputs: Of the batch [m, ...].
        targets: Of the batch [m, ...].
    """

    def __init__(self, objective: Objective, inputs: Tensor, targets: Tensor):
        self.objective, self.inputs, self.targets = objective, inputs, targets

    def __call__(self, delta: Tensor, with_gradient: bool = True) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return loss [K], error [K] and gradient [K, P] at perturbed weights.

        Args:
            delta: Perturbations Δ [K, P].
            with_gradient: Whether the gradient is wanted; None takes its place and saves a backward pass.
        """
        weights = self.objective.weights + delta
        if with_gradient:
            return self.objective(weights, self.inputs, self.targets)
        return *self.objective.evaluate(weights, self.inputs, self.targets), None

    def record(self, delta: Tensor) -> Record:
        """Return a record that begins at a perturbation [K, P]."""
        return Record(delta, *self(delta))
