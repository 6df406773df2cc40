"""The ways to compute a pack's step: eager, captured or compiled, grouped or in branches.

All ways of one shape take turns, so that their ratios hold where the machine is not quiet.
"""

import argparse
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.program import run_program
from graduated.training.pack import PackTraining
from record import benchmark_parser, write_record
from timing import interleave, paired_ratio, spread, timed
from workload import AXES, Setting, Workload, images

PLAIN = ("eager", "grouped")
"""The way that others are compared with."""


def ways(device: str) -> list[tuple[str, str]]:
    """Return the pairs of execution and packing that are worth a try: graphs on CUDA, no compiled branches.

    To compile K networks instead of one would take K times as long.
    """
    pairs = itertools.product(AXES["execution"], AXES["packing"])
    return [
        (execution, packing)
        for execution, packing in pairs
        if (device == "cuda" or "captured" not in execution)
        and not ("compiled" in execution and packing == "branches")
    ]


def prepared(
    training: PackTraining, seconds: float, device: torch.device
) -> tuple[Callable[[], float], float]:
    """Train until nothing is compiled or captured any more.

    Args:
        training: The pack.
        seconds: Least duration of one measurement.
        device: Where it is.

    Returns:
        A function that gives images a second, and the seconds that the first epoch took more than the next.
    """
    began = time.perf_counter()
    training.train_epoch()
    first = time.perf_counter() - began
    once = timed(training.train_epoch, device)
    repeats = math.ceil(seconds / once)
    amount = repeats * len(training.runs) * len(training.images)

    def repeated() -> None:
        for _ in range(repeats):
            training.train_epoch()

    return lambda: amount / timed(repeated, device), max(0.0, first - once)


def rows_for(
    shape: tuple[str, str, str], batch_size: int, replicas: int, precision: str, arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure all ways to train one pack, by turns; one that fails says why."""
    device, arms, known = torch.device(arguments.device), {}, {}
    for execution, packing in ways(device.type):
        workload = Workload(
            *shape, batch_size, arguments.steps, Setting(precision, execution, packing, arguments.kernels)
        )
        workload.setting.enforce()
        row = {"batch_size": batch_size, "replicas": replicas, **vars(workload.setting)}
        try:
            training = workload.training(replicas, images(shape[0], workload.samples).to(device))
            arm, overhead = prepared(training, arguments.seconds, device)
        except RuntimeError as error:
            known[execution, packing] = row | {"refused": str(error).strip().partition("\n")[0]}
            continue
        arms[execution, packing] = arm
        known[execution, packing] = row | {"first_epoch_overhead": round(overhead, 2)}
    speeds = interleave(arms, arguments.repetitions)
    for way, values in speeds.items():
        known[way] |= {"images_per_second": spread(values), "ratio": paired_ratio(values, speeds[PLAIN])}
    return list(known.values())


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--dataset", default="digits", help="the digits, or the shape of cifar10 or cifar100")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[4, 16, 128])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 12], help="runs in a pack, K")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--steps", type=int, default=50, help="most steps of an epoch")
    parser.add_argument("--seconds", type=float, default=0.2, help="least duration of one measurement")
    parser.add_argument("--precision", nargs="+", choices=AXES["precision"], default=AXES["precision"][:1])
    parser.add_argument("--kernels", choices=AXES["kernels"], default=AXES["kernels"][0])
    return parser.parse_args()


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    with compute_device(arguments.device, arguments.threads) as device:
        arguments.device, rows = device.type, []
        shape = arguments.dataset, arguments.model, arguments.model_options
        for precision, replicas, batch_size in itertools.product(
            arguments.precision, arguments.replicas, arguments.batch_sizes
        ):
            print(f"steps: {precision}, K = {replicas}, b = {batch_size}", file=sys.stderr, flush=True)
            rows += rows_for(shape, batch_size, replicas, precision, arguments)
        described = {name: getattr(arguments, name) for name in ("dataset", "model", "repetitions", "steps")}
        described |= {"seconds": arguments.seconds, "model_options": json.loads(arguments.model_options)}
        write_record(arguments.results, f"steps_{arguments.model}", device, described, rows)


if __name__ == "__main__":
    run_program(main)
