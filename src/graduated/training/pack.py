"""One pack in training: K runs of one shape, as one network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.data.augmentation import Draws, draw
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.branches import BranchedNetwork
from graduated.models.replication import ReplicatedNetwork, stack
from graduated.optimizers import build as build_optimizer
from graduated.schedules import Schedule
from graduated.streams import stream
from graduated.training.evaluation import Evaluator
from graduated.training.perturbation import WeightPerturbation
from graduated.training.precision import PRECISIONS
from graduated.training.step import Feed, TrainingStep

NETWORKS = {"grouped": ReplicatedNetwork, "branches": BranchedNetwork}
"""How the replicas of a pack are computed, by ``Run.packing``."""


@dataclass(frozen=True)
class EpochResult:
    """What one epoch of training did to each of K replicas.

    Attributes:
        loss: Mean over the epoch's images of the loss in training mode, [K].
        accuracy: Fraction of the epoch's images classified rightly in training mode, [K].
        finite: Whether every mini-batch loss was finite, [K].
        gradient_norms: Norm of every mini-batch gradient, [steps, K]; None unless asked for.
    """

    loss: Tensor
    accuracy: Tensor
    finite: Tensor
    gradient_norms: Tensor | None


class PackTraining:
    """Trains a pack epoch by epoch; replica k computes what run k would alone.

    Args:
        runs: The pack's runs, of one shape (``graduated.experiment.packs.pack_shape``).
        data: The dataset, on the device to compute on.
        captured: Whether to replay steps and evaluations as CUDA graphs; perturbed steps never are.

    Attributes:
        epoch: Epochs completed.
        step: Steps done of the epoch after them.
        evaluate: Called, says how every replica does on the test set.
    """

    def __init__(self, runs: Sequence[Run], data: ImageData, captured: bool = False):
        self.runs, first = tuple(runs), runs[0]
        self.data = data if first.train_samples is None else data.subset(first.train_samples)
        self.epoch, self.step = 0, 0
        self.device = data.train_images.device
        self.precision = PRECISIONS[first.precision]
        self.dtype = self.precision.weights
        self.images = channels_last_storage(self.data.train_images)
        self.schedules: list[Schedule] = [run.build_schedule(len(self.images)) for run in runs]
        self.network = build_network(runs, data).to(self.device, self.dtype)
        self.network.load_state(stack([_initial_state(run, data) for run in runs]))
        parameters = dict(self.network.body.named_parameters())
        quasi = torch.tensor([run.quasi for run in runs], dtype=self.dtype, device=self.device)
        self.optimizer = build_optimizer(first.optimizer, parameters, quasi)
        self.levels = [level for run in runs if (level := run.build_perturbation())]
        self.perturbation = None
        if self.levels:
            self.perturbation = WeightPerturbation(list(parameters.values()), [run.seed for run in runs])
        test_images = channels_last_storage(data.test_images)
        self.evaluate = Evaluator(self.network, test_images, self.data, self.precision, captured)
        captured = captured and not self.perturbation
        self.training_step = TrainingStep(
            self.network, self.optimizer, self.images, self.data, self.precision, captured, self.perturbation
        )

    def train_epoch(
        self, record_gradient_norms: bool = False, after_step: Callable[[], None] | None = None
    ) -> EpochResult:
        """Train every replica on its own order of the training set; the last partial batch is kept.

        Args:
            record_gradient_norms: Whether to return the norm of every mini-batch gradient.
            after_step: Called after every step; may raise to stop, and the epoch goes on from there when this
                is called again (gradient norms are returned from there on only).
        """
        first_step, batch_size, samples = self.step, self.batch_size, len(self.images)
        steps = -(-samples // batch_size)
        feed = self._feed(steps, record_gradient_norms)
        self.network.train()
        if self.perturbation:
            scales = [levels.at(self.epoch) for levels in self.levels]
            self.perturbation.begin_epoch(scales, self.epoch, first_step)
        self.training_step.begin_epoch(feed, first_step, batch_size)
        for step in range(first_step, steps):
            self.training_step(min(batch_size, samples - step * batch_size))
            self.step += 1
            if after_step:
                after_step()
        tally, norms = self.training_step.tally, self.training_step.feed.norms
        result = EpochResult(
            loss=tally.loss / samples,
            accuracy=tally.correct / samples,
            finite=tally.finite.clone(),
            gradient_norms=None if norms is None else norms[first_step:].clone(),
        )
        tally.clear()
        self.epoch, self.step = self.epoch + 1, 0
        return result

    def state(self) -> dict[str, Tensor]:
        """Return the stacked weights and buffers."""
        return self.network.state()

    def resume_state(self) -> dict[str, Tensor]:
        """Return all that the rest of the training depends on, beside its specification and data."""
        position = {"epoch": torch.tensor(self.epoch), "step": torch.tensor(self.step)}
        groups = {"network": self.state(), "momentum": self.optimizer.buffers, "tally": self._sums}
        named = {
            f"{group}.{name}": tensor for group, tensors in groups.items() for name, tensor in tensors.items()
        }
        return {**named, **position}

    def load_resume_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state returned by ``resume_state``."""
        state = {name: tensor.to(self.device) for name, tensor in state.items()}
        self.network.load_state(
            {
                name.removeprefix("network."): value
                for name, value in state.items()
                if name.startswith("network.")
            }
        )
        for group, tensors in (("momentum", self.optimizer.buffers), ("tally", self._sums)):
            for name, value in tensors.items():
                value.copy_(state[f"{group}.{name}"])
        self.epoch, self.step = int(state["epoch"]), int(state["step"])

    @property
    def _sums(self) -> dict[str, Tensor]:
        return vars(self.training_step.tally)

    def _feed(self, steps: int, record_gradient_norms: bool) -> Feed:
        """Return the epoch's order, augmentation and learning rates, from each run's own streams."""
        samples, seeds = len(self.images), [run.seed for run in self.runs]
        order = [torch.randperm(samples, generator=stream(seed, "order", self.epoch)) for seed in seeds]
        draws = None
        if not (augmentation := self.data.augmentation).is_empty:
            generators = [stream(seed, "augmentation", self.epoch) for seed in seeds]
            draws = Draws.stack([draw(augmentation, samples, generator) for generator in generators])
            draws = draws.to(self.device)
        settings = [schedule.at(self.epoch) for schedule in self.schedules]
        rates, momenta = (
            torch.tensor([getattr(one, name) for one in settings], dtype=self.dtype)
            .to(self.device)
            .repeat(steps, 1)
            for name in ("learning_rate", "momentum")
        )
        norms = torch.zeros_like(rates) if record_gradient_norms else None
        return Feed(torch.stack(order).to(self.device), draws, rates, momenta, norms)

    @property
    def batch_size(self) -> int:
        """The batch size of the epoch that is under way.

        Raises:
            ValueError: The runs' schedules do not agree on it.
        """
        sizes = {schedule.batch_size(self.epoch) for schedule in self.schedules}
        if len(sizes) != 1:
            raise ValueError(
                f"pack: batch sizes {sorted(sizes)} at epoch {self.epoch}; expected one for all its runs"
            )
        return sizes.pop()

    @property
    def at_stage_change(self) -> bool:
        """Whether a run's settings, the same for two epochs or more, are others in the epoch to come."""
        if not 2 <= self.epoch < self.runs[0].epochs:
            return False
        stages = (
            [plan.at(self.epoch - back) for back in (2, 1, 0)] for plan in (*self.schedules, *self.levels)
        )
        return any(before == last != next_one for before, last, next_one in stages)

    @property
    def updates(self) -> int:
        """Updates made in the completed epochs."""
        sizes = (self.schedules[0].batch_size(epoch) for epoch in range(self.epoch))
        return sum(-(-len(self.images) // size) for size in sizes)


def build_network(runs: Sequence[Run], data: ImageData) -> ReplicatedNetwork:
    """Build a pack's network, its weights not yet set."""
    first = runs[0]
    channels = data.train_images.shape[1]
    kind = NETWORKS[first.packing]
    return kind(len(runs), first.model, channels, data.classes, dict(first.model_options))


def channels_last_storage(images: Tensor) -> Tensor:
    """Lay images [N, C, h, w] out as [N, h, w, C]."""
    return images.permute(0, 2, 3, 1).contiguous()


def _initial_state(run: Run, data: ImageData) -> dict[str, Tensor]:
    options, channels = dict(run.model_options), data.train_images.shape[1]
    return initialise(run.model, channels, data.classes, options, run.seed).state_dict()
