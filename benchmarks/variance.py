"""C² of one network by per-sample gradients: seconds, memory on a GPU, and what precision and chunk change.

The network is at initialisation; time depends on shapes alone. Every measurement reads all images twice.
"""

import argparse
import json
from collections.abc import Callable
from itertools import product
from typing import Any

import torch

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.models import initialise
from graduated.noise.minibatches import training_set_variance
from graduated.program import run_program
from graduated.training.precision import PRECISIONS
from record import benchmark_parser, write_record
from timing import interleave, spread, timed
from workload import images

Arm = tuple[str, int]
"""Precision and chunk size."""


class Measurement:
    """C² of one network, measured in several ways.

    Args:
        arguments: Of the program.
        device: Where it computes.

    Attributes:
        values: C² by arm, of the last measurement.
        memory: Most memory beyond what was held before, in bytes; 0 on a CPU, where it is not known.
    """

    def __init__(self, arguments: argparse.Namespace, device: torch.device):
        self.device, self.samples = device, arguments.samples
        self.data = images(arguments.dataset, arguments.samples).to(device)
        shape, options = self.data.train_images.shape, json.loads(arguments.model_options)
        network = initialise(arguments.model, shape[1], self.data.classes, options, seed=0)
        self.network = network.to(device)
        self.values: dict[Arm, float] = {}
        self.memory: dict[Arm, int] = {}

    def seconds(self, arm: Arm) -> float:
        """Measure C² once, and return the seconds it takes."""
        precision, chunk_size = arm
        on_gpu = self.device.type == "cuda"
        before = torch.cuda.memory_allocated() if on_gpu else 0
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()

        def measure() -> None:
            found = training_set_variance(self.network, self.data, self.samples, chunk_size)
            self.values[arm] = found.value

        with PRECISIONS[precision].in_force(self.device):
            taken = timed(measure, self.device)
        self.memory[arm] = torch.cuda.max_memory_allocated() - before if on_gpu else 0
        return taken

    def arm(self, arm: Arm) -> Callable[[], float]:
        """Return a function that measures one arm."""
        return lambda: self.seconds(arm)


def measure(measurement: Measurement, arms: list[Arm], repetitions: int) -> list[dict[str, Any]]:
    """Measure all arms by turns; C² is compared with that of the first.

    Args:
        measurement: Of one network.
        arms: What is compared.
        repetitions: Of each.
    """
    seconds = interleave({arm: measurement.arm(arm) for arm in arms}, repetitions)
    reference = measurement.values[arms[0]]
    return [
        {
            "precision": arm[0],
            "chunk_size": arm[1],
            "seconds": spread(seconds[arm]),
            "memory_mib": round(measurement.memory[arm] / (1 << 20)),
            "difference": float(f"{abs(measurement.values[arm] / reference - 1):.1g}"),
        }
        for arm in arms
    ]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--dataset", default="digits", help="the digits, or the shape of cifar10 or cifar100")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--samples", type=int, default=1437, help="images, n")
    parser.add_argument("--chunk-sizes", type=int, nargs="+", default=[64], help="gradients held at once")
    parser.add_argument("--precision", nargs="+", default=["float32"], choices=("float32", "tf32"))
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    return parser.parse_args()


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    arms = list(product(arguments.precision, arguments.chunk_sizes))
    with compute_device(arguments.device, arguments.threads) as device:
        measurement = Measurement(arguments, device)
        constant = ("dataset", "model", "samples", "repetitions", "threads")
        described: dict[str, Any] = {name: getattr(arguments, name) for name in constant}
        described["model_options"] = json.loads(arguments.model_options)
        rows = measure(measurement, arms, arguments.repetitions)
        write_record(arguments.results, f"variance_{arguments.model}", device, described, rows)


if __name__ == "__main__":
    run_program(main)
