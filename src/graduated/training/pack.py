"""One pack in training: K runs that differ in learning rate and seed, as one network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from graduated.data.augmentation import Draws, draw, gather_batch
from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models import initialise
from graduated.models.replication import ReplicatedNetwork, stack
from graduated.schedules import Schedule, build
from graduated.streams import stream
from graduated.training.sgd import gradient_norms, sgd_step

EVALUATION_BATCH = 512
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}


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


@dataclass(frozen=True)
class Evaluation:
    """Mean loss and accuracy of each of K replicas in evaluation mode, [K] each."""

    loss: Tensor
    accuracy: Tensor


class Tally:
    """Sums over the images of an epoch, for each of K replicas."""

    def __init__(self, replicas: int, device: torch.device):
        self.loss = torch.zeros(replicas, device=device, dtype=torch.float64)
        self.correct = torch.zeros_like(self.loss)
        self.finite = torch.ones_like(self.loss, dtype=torch.bool)

    def add(self, losses: Tensor, hits: Tensor) -> None:
        """Add a mini-batch: loss of every image and whether it was classified rightly, [K, batch] each."""
        self.loss += losses.sum(1)
        self.correct += hits.sum(1)
        self.finite &= losses.mean(1).isfinite()


class PackTraining:
    """Trains a pack epoch by epoch; replica k computes what run k would alone.

    Args:
        runs: The pack's runs: equal but for learning rate and seed.
        data: The dataset, on the device to compute on.

    Attributes:
        epoch: Epochs completed.
        step: Steps done of the epoch after them.
    """

    def __init__(self, runs: Sequence[Run], data: ImageData):
        self.runs, first = tuple(runs), runs[0]
        self.data = data if first.train_samples is None else data.subset(first.train_samples)
        self.epoch, self.step = 0, 0
        self.device = data.train_images.device
        self.tally = Tally(len(runs), self.device)
        self.dtype = PRECISIONS[first.precision]
        self.schedules: list[Schedule] = [
            build(run.schedule, run.learning_rate, run.batch_size) for run in runs
        ]
        self.network = build_network(runs, data).to(self.device, self.dtype)
        channels, options = data.train_images.shape[1], dict(first.model_options)
        self.network.load_state(
            stack(
                [
                    initialise(first.model, channels, data.classes, options, run.seed).state_dict()
                    for run in runs
                ]
            )
        )
        self.images = channels_last_storage(self.data.train_images)
        self.test_images = channels_last_storage(data.test_images)

    def train_epoch(
        self, record_gradient_norms: bool = False, after_step: Callable[[], None] | None = None
    ) -> EpochResult:
        """Train every replica on its own order of the training set; the last partial batch is kept.

        Args:
            record_gradient_norms: Whether to return the norm of every mini-batch gradient.
            after_step: Called after every step; may raise to stop, and the epoch goes on from there when this
                is called again (gradient norms are returned from there on only).
        """
        order, draws = self._order_and_draws()
        samples, batch_size = order.shape[1], self.batch_size
        steps = -(-samples // batch_size)
        rates = self._learning_rates(steps)
        norms = []
        parameters = list(self.network.parameters())
        self.network.train()
        for step in range(self.step, steps):
            batch = slice(step * batch_size, (step + 1) * batch_size)
            losses, hits = self._forward(order[:, batch], None if draws is None else draws[:, batch])
            losses.mean(1).sum().backward()
            if record_gradient_norms:
                norms.append(gradient_norms(parameters))
            sgd_step(parameters, rates[step])
            self.tally.add(losses.detach(), hits)
            self.step += 1
            if after_step:
                after_step()
        tally, self.tally = self.tally, Tally(len(self.runs), self.device)
        self.epoch, self.step = self.epoch + 1, 0
        return EpochResult(
            tally.loss / samples, tally.correct / samples, tally.finite, torch.stack(norms) if norms else None
        )

    @torch.no_grad()
    def evaluate(self) -> Evaluation:
        """Evaluate every replica on the test set, with running statistics."""
        self.network.eval()
        samples = len(self.test_images)
        loss = torch.zeros(len(self.runs), device=self.device, dtype=torch.float64)
        correct = torch.zeros_like(loss)
        for start in range(0, samples, EVALUATION_BATCH):
            index = torch.arange(start, min(start + EVALUATION_BATCH, samples), device=self.device)
            images = gather_batch(
                self.test_images, index.unsqueeze(0), None, self.data.mean, self.data.std, self.dtype
            )
            logits = self.network(self.network.share(images))
            labels = self.data.test_labels[index].expand(len(self.runs), -1)
            loss += _losses(logits, labels).sum(1)
            correct += (logits.argmax(2) == labels).sum(1)
        return Evaluation(loss / samples, correct / samples)

    def state(self) -> dict[str, Tensor]:
        """Return the stacked weights and buffers."""
        return self.network.state()

    def resume_state(self) -> dict[str, Tensor]:
        """Return all that the rest of the training depends on, beside its specification and data."""
        position = {"epoch": torch.tensor(self.epoch), "step": torch.tensor(self.step)}
        network = {f"network.{name}": tensor for name, tensor in self.state().items()}
        return {**network, **{f"tally.{name}": value for name, value in vars(self.tally).items()}, **position}

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
        for name in vars(self.tally):
            setattr(self.tally, name, state[f"tally.{name}"])
        self.epoch, self.step = int(state["epoch"]), int(state["step"])

    def _forward(self, index: Tensor, draws: Draws | None) -> tuple[Tensor, Tensor]:
        images = gather_batch(self.images, index, draws, self.data.mean, self.data.std, self.dtype)
        logits = self.network(images)
        labels = self.data.train_labels[index]
        return _losses(logits, labels), logits.detach().argmax(2) == labels

    def _order_and_draws(self) -> tuple[Tensor, Draws | None]:
        samples = len(self.images)
        seeds = [run.seed for run in self.runs]
        order = torch.stack(
            [torch.randperm(samples, generator=stream(seed, "order", self.epoch)) for seed in seeds]
        )
        if self.data.augmentation.is_empty:
            return order.to(self.device), None
        draws = [
            draw(self.data.augmentation, samples, stream(seed, "augmentation", self.epoch)) for seed in seeds
        ]
        return order.to(self.device), Draws.stack(draws).to(self.device)

    @property
    def batch_size(self) -> int:
        """The batch size of the epoch that is under way.

        Raises:
            ValueError: The runs' schedules do not agree on it.
        """
        sizes = {schedule.at(self.epoch).batch_size for schedule in self.schedules}
        if len(sizes) != 1:
            raise ValueError(
                f"pack: batch sizes {sorted(sizes)} at epoch {self.epoch}; expected one for all its runs"
            )
        return sizes.pop()

    def _learning_rates(self, steps: int) -> Tensor:
        rates = [
            [schedule.at(self.epoch, step).learning_rate for schedule in self.schedules]
            for step in range(steps)
        ]
        return torch.tensor(rates, dtype=self.dtype, device=self.device)


def build_network(runs: Sequence[Run], data: ImageData) -> ReplicatedNetwork:
    """Build a pack's network, its weights not yet set."""
    first = runs[0]
    channels = data.train_images.shape[1]
    return ReplicatedNetwork(len(runs), first.model, channels, data.classes, dict(first.model_options))


def channels_last_storage(images: Tensor) -> Tensor:
    """Lay images [N, C, h, w] out as [N, h, w, C]."""
    return images.permute(0, 2, 3, 1).contiguous()


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of every image: logits [K, batch, classes], labels [K, batch]; result [K, batch]."""
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view_as(labels)
