"""How K replicas do on the test set: counted on the device, in batches that a CUDA graph can replay."""

from dataclasses import dataclass

import torch
from torch import Tensor

from graduated.data.augmentation import gather_batch
from graduated.data.images import ImageData
from graduated.models.replication import ReplicatedNetwork
from graduated.training.graphs import Graphs
from graduated.training.precision import Precision
from graduated.training.step import cross_entropies

EVALUATION_BATCH = {"cpu": 64, "cuda": 512}
"""Images evaluated together; on a CPU so few that the activations of a pack stay in its cache."""


@dataclass(frozen=True)
class Evaluation:
    """How K replicas do in evaluation mode.

    Attributes:
        loss: Mean cross-entropy [K].
        accuracy: Share of the images classified rightly [K].
    """

    loss: Tensor
    accuracy: Tensor


class Evaluator:
    """Evaluates K replicas on the test set, with running statistics.

    Args:
        network: The replicas; left in evaluation mode.
        images: Test images, uint8 [N, h, w, C].
        data: Labels and normalisation.
        precision: The arithmetic.
        captured: Whether to replay batches as CUDA graphs.
    """

    def __init__(
        self,
        network: ReplicatedNetwork,
        images: Tensor,
        data: ImageData,
        precision: Precision,
        captured: bool = False,
    ):
        self.network, self.images, self.data, self.precision = network, images, data, precision
        self.device, self.captured, self.graphs = images.device, captured, Graphs()
        self.loss = torch.zeros(network.replicas, device=self.device, dtype=torch.float64)
        self.correct = torch.zeros_like(self.loss)
        self.position = torch.zeros(1, dtype=torch.long, device=self.device)
        self.offsets = torch.arange(EVALUATION_BATCH[self.device.type], device=self.device)

    @torch.no_grad()
    def __call__(self) -> Evaluation:
        """Evaluate the replicas as they are."""
        self.network.eval()
        for counter in self._counters:
            counter.zero_()
        samples, size = len(self.images), len(self.offsets)
        for start in range(0, samples, size):
            self._add(min(size, samples - start))
        return Evaluation(self.loss / samples, self.correct / samples)

    @property
    def _counters(self) -> list[Tensor]:
        return [self.loss, self.correct, self.position]

    def _add(self, batch: int) -> None:
        if not self.captured:
            self._compute(batch)
            return
        if batch not in self.graphs.keys:
            self.graphs.record(batch, lambda: self._compute(batch), self._counters)
        self.graphs.replay(batch)

    def _compute(self, batch: int) -> None:
        index = self.position + self.offsets[:batch]
        labels = self.data.test_labels[index].expand(self.network.replicas, -1)
        with self.precision.in_force(self.device):
            mean, std = self.data.mean, self.data.std
            images = gather_batch(self.images, index[None], None, mean, std, self.precision.weights)
            logits = self.network(self.network.share(images))
            self.loss += cross_entropies(logits, labels).sum(1)
        self.correct += (logits.argmax(2) == labels).sum(1)
        self.position += batch
