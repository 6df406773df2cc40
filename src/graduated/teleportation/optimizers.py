"""Optimizers with teleports, and the control in which their state is reset as often without a teleport."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import product

import pandas as pd
import torch
from torch import Tensor

from graduated.studies import Report
from graduated.studies.settings import TeleportationOnDigits
from graduated.teleportation.actions import ACTIONS
from graduated.teleportation.networks import (
    Batch,
    Weights,
    initial_weights,
    losses,
    minibatches,
    random_samples,
)
from graduated.teleportation.teleport import squared_norms, teleport


@dataclass(frozen=True)
class Method:
    """An optimizer of torch, with its published teleports.

    Attributes:
        build: From weights and a learning rate to the optimizer.
        learning_rate: The best of three without teleports on digits, after 20 epochs.
        epoch: Whose first mini-batches are preceded by teleports.
        ascent_rate: Of the teleports.
    """

    build: Callable[[Iterable[Tensor], float], torch.optim.Optimizer]
    learning_rate: float
    epoch: int
    ascent_rate: float


METHODS = {
    "SGD": Method(torch.optim.SGD, 0.3, 2, 1e-4),
    "AdaGrad": Method(torch.optim.Adagrad, 0.1, 2, 1e-4),
    "momentum": Method(partial(torch.optim.SGD, momentum=0.9), 0.03, 0, 5e-2),
    "RMSprop": Method(torch.optim.RMSprop, 0.003, 0, 5e-2),
    "Adam": Method(torch.optim.Adam, 0.01, 0, 5e-2),
}
"""Epochs and ascent rates of the teleports as released."""

PLAIN, RESET, TELEPORT = ARMS = "plain", "reset", "teleport"
"""The last two build the optimizer anew at the published times; the last also teleports, as released."""

RELATIVE_RATES = (1.0, 0.1)
"""Learning rates, in units of the best one; the published ones lie far below those that are best here."""

_ACTION = ACTIONS["pseudo-inverse"]


def compare(
    settings: TeleportationOnDigits, train: Batch, test: Batch, report: Report
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train the same networks by every optimizer in every arm.

    Args:
        settings: Of the study.
        train: All training samples.
        test: All test samples.
        report: Told the progress.

    Returns:
        Training and test loss by optimizer, relative learning rate, arm, network and epoch (1: after the
        first); and by teleport and network the loss and ‖∇L‖² at its mini-batch before and after, and the
        loss of all training samples.

    Source:
        arXiv 2305.13404, optimizers with teleportation (settings of the released code).
    """
    histories, moves = [], [pd.DataFrame()]
    cells = list(product(METHODS, RELATIVE_RATES, ARMS))
    for done, (name, relative, arm) in enumerate(cells):
        report(done / len(cells), f"{name}, {arm}")
        names = {"optimizer": name, "relative_rate": relative}
        history, moved = _train(settings, train, test, METHODS[name], relative, arm)
        histories.append(history.assign(**names, arm=arm))
        moves.append(moved.assign(**names))
    return pd.concat(histories, ignore_index=True), pd.concat(moves, ignore_index=True)


def _train(
    settings: TeleportationOnDigits, train: Batch, test: Batch, method: Method, relative: float, arm: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    weights = [weight.requires_grad_() for weight in initial_weights(settings.networks, settings.seed)]
    rate = relative * method.learning_rate
    optimizer = method.build(weights, rate)
    history, moves = [], [pd.DataFrame()]
    for epoch in range(settings.epochs):
        batches = minibatches(train, settings.networks, settings.batch_size, settings.seed, epoch)
        for step, batch in enumerate(batches):
            if arm != PLAIN and epoch == method.epoch and step < settings.teleports:
                if arm == TELEPORT:
                    weights, moved = _move(settings, train, weights, method.ascent_rate, step)
                    moves.append(moved)
                optimizer = method.build(weights, rate)
            optimizer.zero_grad()
            losses(weights, batch).sum().backward()
            optimizer.step()
        history.append(_losses(weights, train, test).assign(epoch=epoch + 1))
    return pd.concat(history), pd.concat(moves)


def _move(
    settings: TeleportationOnDigits, train: Batch, weights: Weights, ascent_rate: float, step: int
) -> tuple[Weights, pd.DataFrame]:
    """Teleport, and return the weights with what became of loss and gradient."""
    samples = min(settings.teleport_samples, train.labels.shape[1])
    batch = random_samples(train, settings.networks, samples, settings.seed, "teleport", step)
    moved = teleport(weights, batch, _ACTION, ascent_rate, settings.ascent_steps)
    moved = [weight.requires_grad_() for weight in moved]
    columns: dict[str, object] = {"network": range(settings.networks), "teleport": step}
    for name, now in (("before", weights), ("after", moved)):
        columns |= {
            f"loss_{name}": losses(now, batch).tolist(),
            f"squared_norm_{name}": squared_norms(now, batch).tolist(),
            f"train_loss_{name}": losses(now, train).tolist(),
        }
    return moved, pd.DataFrame(columns)


@torch.no_grad()
def _losses(weights: Weights, train: Batch, test: Batch) -> pd.DataFrame:
    parts = {"train_loss": losses(weights, train).numpy(), "test_loss": losses(weights, test).numpy()}
    return pd.DataFrame({"network": range(len(weights[0])), **parts})
