"""Sharpness of a pack of K trained networks against the same K one by one, and against the released code.

The released code (github.com/tml-epfl/sharpness-vs-generalization) is imported from a checkout at run time,
its calls of CUDA sent to the device in use, and called network by network on the same weights and batches.
Without a checkout only the first comparison is made.
"""

import argparse
import contextlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

import _source  # noqa: F401
import peers
from graduated.data.images import ImageData
from graduated.device import compute_device
from graduated.models import initialise
from graduated.models.replication import ReplicatedNetwork, replica
from graduated.program import run_program
from graduated.sharpness.batches import first_batches
from graduated.sharpness.measure import measure_sharpness
from graduated.sharpness.settings import ReleasedSearch
from graduated.training.pack import PackTraining
from record import add_peer_argument, benchmark_parser, write_record
from timing import interleave, paired_ratio, spread, timed
from workload import Workload, images

ADDRESS = "https://github.com/tml-epfl/sharpness-vs-generalization"
PACK, SINGLE, RELEASED = "pack", "one by one", "released code, one by one"


class Networks:
    """K networks after an epoch of training, and the batches that their sharpness is measured on."""

    def __init__(self, workload: Workload, replicas: int, data: ImageData, settings: ReleasedSearch):
        self.workload, self.data, self.settings = workload, data, settings
        self.runs = workload.runs(replicas)
        training = PackTraining(self.runs, data)
        training.train_epoch()
        self.state = training.state()
        inputs = data.normalise(data.train_images[: settings.samples])
        self.batches = first_batches(inputs, data.train_labels[: settings.samples], settings)

    def pack(self) -> list[float]:
        """Return the sharpness of all networks, measured as one."""
        return self._sharpness(len(self.runs), self.state)

    def one_by_one(self) -> list[float]:
        """Return the sharpness of all networks, each measured alone."""
        alone = [
            {name: tensor.unsqueeze(0) for name, tensor in replica(self.state, index).items()}
            for index in range(len(self.runs))
        ]
        return [value for state in alone for value in self._sharpness(1, state)]

    def released(self, code: ModuleType) -> list[float]:
        """Return the sharpness of all networks, by the released code's own function."""
        return [self._released(code, index) for index in range(len(self.runs))]

    def _sharpness(self, replicas: int, state: dict[str, torch.Tensor]) -> list[float]:
        first, channels = self.runs[0], self.data.train_images.shape[1]
        options = dict(first.model_options)
        network = ReplicatedNetwork(replicas, first.model, channels, self.data.classes, options)
        network.load_state(state)
        network = network.to(self.data.train_images.device).eval()
        parameters = network.parameters_by_name()
        result = measure_sharpness(network.logits, parameters, self.batches, self.settings)
        return result.sharpness.tolist()

    def _released(self, code: ModuleType, index: int) -> float:
        batches = [(inputs, None, targets, None, None) for inputs, targets in self.batches]
        with contextlib.redirect_stdout(io.StringIO()):
            increase, _, _ = code.eval_APGD_sharpness(
                self._plain(index),
                batches,
                F.cross_entropy,
                None,
                None,
                rho=self.settings.radius,
                n_iters=self.settings.steps,
                adaptive=self.settings.adaptive,
                norm=self.settings.norm,
                rand_init=False,
            )
        return increase

    def _plain(self, index: int) -> nn.Module:
        run, channels = self.runs[index], self.data.train_images.shape[1]
        network = initialise(run.model, channels, self.data.classes, dict(run.model_options), run.seed)
        network.load_state_dict(replica(self.state, index))
        return network.to(self.data.train_images.device).eval()


def measure(
    ways: dict[str, Callable[[], list[float]]], repetitions: int, device: torch.device
) -> list[dict[str, Any]]:
    """Measure by turns, and compare the numbers with those of the pack.

    Args:
        ways: How the sharpness of all networks is had.
        repetitions: Of each.
        device: Where it computes.
    """
    found: dict[str, list[float]] = {}

    def measurement(way: str) -> Callable[[], float]:
        return lambda: timed(lambda: found.__setitem__(way, ways[way]()), device)

    seconds = interleave({way: measurement(way) for way in ways}, repetitions)
    return [
        {
            "who": way,
            "seconds": spread(seconds[way]),
            "ratio": paired_ratio(seconds[way], seconds[PACK]),
            "largest_relative_difference": largest_difference(found[way], found[PACK]),
        }
        for way in ways
    ]


def largest_difference(values: Sequence[float], reference: Sequence[float]) -> float:
    """Return the largest relative difference of two lists, to two digits."""
    differences = [abs(value / other - 1) for value, other in zip(values, reference, strict=True)]
    return float(f"{max(differences):.2g}")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    add_peer_argument(parser, ADDRESS)
    parser.add_argument("--dataset", default="digits", help="the digits, or the shape of cifar10 or cifar100")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--replicas", type=int, default=12, help="networks, K")
    parser.add_argument("--samples", type=int, default=1024, help="images, n")
    parser.add_argument("--batch-size", type=int, default=128, help="images maximised over together, m")
    parser.add_argument("--steps", type=int, default=20, help="steps of the search on each batch")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    return parser.parse_args()


def main() -> None:
    """Measure and write the records: ours, and where there is a checkout the comparison with it."""
    arguments = parse()
    settings = ReleasedSearch(
        samples=arguments.samples, batch_size=arguments.batch_size, steps=arguments.steps
    )
    workload = Workload(arguments.dataset, arguments.model, arguments.model_options, 32, 40)
    with compute_device(arguments.device, arguments.threads) as device:
        data = images(arguments.dataset, max(workload.samples, settings.samples)).to(device)
        networks = Networks(workload, arguments.replicas, data, settings)
        constant = ("dataset", "model", "replicas", "samples", "batch_size", "steps", "repetitions")
        described: dict[str, Any] = {name: getattr(arguments, name) for name in constant}
        described["model_options"] = json.loads(arguments.model_options)
        ours = {PACK: networks.pack, SINGLE: networks.one_by_one}
        rows = measure(ours, arguments.repetitions, device)
        write_record(arguments.results, "sharpness", device, described, rows)
        if not peers.is_there(arguments.peer, ADDRESS):
            return
        with peers.modules(Path(arguments.peer), "sharpness") as (code,), peers.cuda_calls_kept_on(device):
            theirs = {PACK: networks.pack, RELEASED: lambda: networks.released(code)}
            rows = measure(theirs, arguments.repetitions, device)
        described |= {"peer": ADDRESS, "peer_commit": peers.commit(arguments.peer)}
        write_record(arguments.results, "peer_sharpness", device, described, rows)


if __name__ == "__main__":
    run_program(main)
