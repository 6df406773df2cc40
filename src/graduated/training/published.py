"""A finished pack as read back from its folder, its checksums verified."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.models.replication import ReplicatedNetwork
from graduated.storage import read_json, read_tensors
from graduated.training.history import FINISHED
from graduated.training.pack import build_network
from graduated.training.precision import PRECISIONS


@dataclass(frozen=True)
class PublishedPack:
    """The runs of a finished pack with their final weights.

    Attributes:
        runs: Replica k is ``runs[k]``.
        finished: For each run whether it finished (rather than diverged).
        state: Stacked weights and buffers.
        weights_checksum: SHA-256 of the weights' file.
    """

    runs: tuple[Run, ...]
    finished: tuple[bool, ...]
    state: dict[str, Tensor]
    weights_checksum: str

    @classmethod
    def read(cls, record_path: Path) -> "PublishedPack":
        """Read a pack from its record and the weights beside it.

        Raises:
            DamagedFileError: The weights are missing or not those that the record promises.
        """
        record = read_json(record_path)
        checksum = record["checksums"]["weights"]
        return cls(
            runs=tuple(Run.from_specification(run["specification"]) for run in record["runs"]),
            finished=tuple(run["status"] == FINISHED for run in record["runs"]),
            state=read_tensors(Path(record_path).with_name("weights.safetensors"), checksum),
            weights_checksum=checksum,
        )

    def network(self, data: ImageData) -> ReplicatedNetwork:
        """Return the pack's network in evaluation mode, on the data's device."""
        dtype = PRECISIONS[self.runs[0].precision].weights
        network = build_network(self.runs, data).to(data.train_images.device, dtype)
        network.load_state(self.state)
        return network.eval()
