"""One step of training for K replicas, made so that it can be captured as a CUDA graph and replayed."""

from contextlib import nullcontext
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from graduated.data.augmentation import Draws, gather_batch
from graduated.data.images import ImageData
from graduated.models.replication import ReplicatedNetwork
from graduated.optimizers import Optimizer, gradient_norms
from graduated.training.graphs import Graphs
from graduated.training.perturbation import WeightPerturbation
from graduated.training.precision import Precision


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

    def clear(self) -> None:
        """Start anew."""
        self.loss.zero_()
        self.correct.zero_()
        self.finite.fill_(True)


@dataclass
class Feed:
    """What the steps of an epoch read, all on the device.

    Attributes:
        order: Which image comes when, [K, N].
        draws: The augmentation of each, [K, N]; None for none.
        learning_rates: η of every step, [steps, K].
        momenta: β of every step, [steps, K].
        norms: Takes the norm of every mini-batch gradient, [steps, K]; None if they are not asked for.
    """

    order: Tensor
    draws: Draws | None
    learning_rates: Tensor
    momenta: Tensor
    norms: Tensor | None

    def load(self, other: "Feed") -> bool:
        """Take over another epoch's content in place; False where the shapes differ."""
        if self.learning_rates.shape != other.learning_rates.shape:
            return False
        if (self.norms is None) != (other.norms is None):
            return False
        self.order.copy_(other.order)
        self.learning_rates.copy_(other.learning_rates)
        self.momenta.copy_(other.momenta)
        if self.draws is not None:
            self.draws.copy_(other.draws)
        return True


class TrainingStep:
    """One step of training for K replicas.

    Everything that changes from step to step is read from the feed at the position of a counter on the
    device, and nothing is read back.

    Args:
        network: The replicas.
        optimizer: Their update rule.
        images: Training images, uint8 [N, h, w, C].
        data: Labels and normalisation.
        precision: The arithmetic.
        captured: Whether to replay the step as a CUDA graph.
        perturbation: What the weights are perturbed by while a gradient is taken; None is nothing.
            They are drawn anew for every step, so that no graph can hold them.
    """

    def __init__(
        self,
        network: ReplicatedNetwork,
        optimizer: Optimizer,
        images: Tensor,
        data: ImageData,
        precision: Precision,
        captured: bool = False,
        perturbation: WeightPerturbation | None = None,
    ):
        self.optimizer, self.perturbation = optimizer, perturbation
        self.network, self.images, self.data, self.precision = network, images, data, precision
        self.parameters = list(network.parameters())
        self.device, self.captured = images.device, captured
        self.tally = Tally(network.replicas, self.device)
        self.feed: Feed | None = None
        self.position = torch.zeros(1, dtype=torch.long, device=self.device)
        self.count = torch.zeros(1, dtype=torch.long, device=self.device)
        self.offsets = torch.arange(len(images), device=self.device)
        self.graphs = Graphs()

    def begin_epoch(self, feed: Feed, first_step: int, batch_size: int) -> None:
        """Take the next steps from a feed, from a given step on.

        Args:
            feed: Of the epoch.
            first_step: From 0; what comes before it has been done.
            batch_size: Images of a full step of one replica.
        """
        if self.feed is None or not self.feed.load(feed):
            self.feed = feed
            self.graphs.clear()
        self.position.fill_(first_step * batch_size)
        self.count.fill_(first_step)

    def __call__(self, batch: int) -> None:
        """Make one step on the next ``batch`` images of every replica."""
        if not self.captured:
            self._compute(batch)
            return
        if batch not in self.graphs.keys:
            self.graphs.record(batch, lambda: self._compute(batch), self._state())
        self.graphs.replay(batch)

    def _compute(self, batch: int) -> None:
        positions = self.position + self.offsets[:batch]
        index = self.feed.order[:, positions]
        draws = None if self.feed.draws is None else self.feed.draws[:, positions]
        mean, std = self.data.mean, self.data.std
        with self.perturbation.applied() if self.perturbation else nullcontext():
            with self.precision.in_force(self.device):
                images = gather_batch(self.images, index, draws, mean, std, self.precision.weights)
                logits = self.network(images)
                labels = self.data.train_labels[index]
                losses = cross_entropies(logits, labels)
            losses.mean(1).sum().backward()
        if self.feed.norms is not None:
            self.feed.norms.index_copy_(0, self.count, gradient_norms(self.parameters).unsqueeze(0))
        self.optimizer.step(
            self.feed.learning_rates[self.count].squeeze(0), self.feed.momenta[self.count].squeeze(0)
        )
        self.tally.add(losses.detach(), logits.detach().argmax(2) == labels)
        self.position += batch
        self.count += 1

    def _state(self) -> list[Tensor]:
        """Return every tensor that a step changes."""
        kept = [*self.network.state().values(), *self.optimizer.buffers.values(), *vars(self.tally).values()]
        norms = [] if self.feed.norms is None else [self.feed.norms]
        return [*kept, *norms, self.position, self.count]


def cross_entropies(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of every image: logits [K, batch, classes], labels [K, batch]; result [K, batch]."""
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view_as(labels)
