"""The Hessian of one network's mean loss, as curvlinops' linear operator."""

import warnings

import torch
from torch import Tensor, nn

from graduated.sharpness.batches import Batches
from graduated.sharpness.objective import Objective

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # what it imports uses a deprecated decorator
    from curvlinops import HessianLinearOperator, hutchinson_trace

__all__ = ["Hessian", "hessian_operator", "hutchinson_trace"]


class Hessian(HessianLinearOperator):
    """curvlinops' Hessian of a network with one parameter, a vector, by backpropagating twice.

    curvlinops vectorises over the columns of a matrix by ``torch.vmap``, whose second derivatives of layer
    normalisation are wrong (PyTorch 2.14: the Hessian is not symmetric; issue 534 of functorch).
    """

    def _matmat_batch(self, X: Tensor, y: Tensor, M: list[Tensor]) -> list[Tensor]:  # noqa: N803
        (weights,), (matrix,) = self._params, M
        with torch.enable_grad():
            loss = self._loss_func(self._model_func(X), y)
            (gradient,) = torch.autograd.grad(loss, weights, create_graph=True)
            products = [
                torch.autograd.grad(gradient, weights, column, retain_graph=True)[0]
                for column in matrix.unbind(-1)
            ]
        return [torch.stack(products, -1)]


def hessian_operator(objective: Objective, batches: Batches) -> Hessian:
    """Return the Hessian of one network's mean loss over all samples as a linear operator [P, P].

    Args:
        objective: One network.
        batches: The samples; the batches' size changes memory and time but not the result.

    Raises:
        ValueError: There are several networks.
    """
    if len(objective.weights) != 1:
        raise ValueError(f"sharpness: curvature is of one network at a time, got {len(objective.weights)}")
    network = _Network(objective)
    samples = sum(len(inputs) for inputs, _ in batches)
    return Hessian(
        network,
        _MeanLoss(objective),
        [network.weights],
        batches,
        check_deterministic=False,
        num_data=samples,
    )


class _Network(nn.Module):
    """One network as a module whose only parameter is the vector of all its weights."""

    def __init__(self, objective: Objective):
        super().__init__()
        self.objective = objective
        self.weights = nn.Parameter(objective.weights[0].clone())

    def forward(self, inputs: Tensor) -> Tensor:
        return self.objective.outputs(self.objective.parameters(self.weights[None]), inputs)[0]


class _MeanLoss(nn.Module):
    reduction = "mean"

    def __init__(self, objective: Objective):
        super().__init__()
        self.objective = objective

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self.objective.mean_loss(outputs, targets)
