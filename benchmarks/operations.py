"""Where the time of training steps goes, by operation: the profile behind a throughput that is not reached.

Steps are launched operation by operation, so that each kernel has the name of the operation that it is for.
"""

import argparse
from itertools import product
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.program import run_program
from record import benchmark_parser, write_record
from workload import Setting, Workload, images


def shares(
    workload: Workload, replicas: int, epochs: int, most: int, device: torch.device
) -> list[dict[str, Any]]:
    """Return the operations that a pack's training spends most of its time in, the longest first.

    Args:
        workload: What is trained.
        replicas: K.
        epochs: How many are profiled; one before them warms up.
        most: Operations to name; the last row is of all others.
        device: Whose time is told: the GPU's own, or that of one CPU thread.
    """
    training = workload.training(replicas, images(workload.dataset, workload.samples).to(device))
    training.train_epoch()
    on_gpu = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with profile(activities=activities) as profiler:
        for _ in range(epochs):
            training.train_epoch()
        if on_gpu:
            torch.cuda.synchronize()
    time_of = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    events = [event for event in profiler.key_averages() if event.key.startswith("aten::") or not on_gpu]
    events.sort(key=lambda event: getattr(event, time_of), reverse=True)
    total = sum(getattr(event, time_of) for event in events)
    steps = epochs * workload.samples // workload.batch_size
    rows = [
        {
            "operation": event.key.removeprefix("aten::"),
            "share": round(getattr(event, time_of) / total, 4),
            "calls_per_step": round(event.count / steps, 1),
        }
        for event in events[:most]
    ]
    others = {"operation": "all others", "share": round(1 - sum(row["share"] for row in rows), 4)}
    others["calls_per_step"] = round(sum(event.count for event in events[most:]) / steps, 1)
    known = {"batch_size": workload.batch_size, "replicas": replicas}
    return [{**known, **row} for row in [*rows, others]]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--dataset", default="digits", help="the digits, or the shape of cifar10 or cifar100")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[8, 128])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 12], help="K")
    parser.add_argument("--steps", type=int, default=20, help="most steps of an epoch")
    parser.add_argument("--precision", default="float32", help="arithmetic of the training")
    parser.add_argument("--most", type=int, default=6, help="operations to name")
    return parser.parse_args()


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    rows = []
    with compute_device(arguments.device, 1) as device:
        for batch_size, replicas in product(arguments.batch_sizes, arguments.replicas):
            network = arguments.dataset, arguments.model, arguments.model_options
            workload = Workload(*network, batch_size, arguments.steps, Setting(arguments.precision))
            rows += shares(workload, replicas, arguments.repetitions, arguments.most, device)
        described = {
            name: getattr(arguments, name)
            for name in ("dataset", "model", "steps", "repetitions", "precision")
        }
        described["model_options"] = arguments.model_options
        write_record(arguments.results, f"operations_{arguments.model}", device, described, rows)


if __name__ == "__main__":
    run_program(main)
