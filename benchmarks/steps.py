"""The ways to compute a step: eager, captured or compiled, grouped or in branches, with any kernels.

All ways of one shape take turns, so that their ratios hold where the machine is not quiet.
"""

import argparse
import itertools
import json
import math
import os
import sys
import tempfile
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


def ways(device: str, precision: str) -> list[Setting]:
    """Return the settings that are worth a try; the first is the one that others are compared with.

    Graphs are CUDA's, and to compile the branches of K networks instead of one would take K times as long.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
        precision: Of all of them.
    """
    executions = [name for name in AXES["execution"] if device == "cuda" or "captured" not in name]
    grouped = [Setting(precision, execution) for execution in executions]
    branches = [Setting(precision, name, "branches") for name in executions if "compiled" not in name]
    usual = "captured" if device == "cuda" else "eager"
    return [*grouped, *branches, Setting(precision, usual, kernels="any")]


def prepared(
    training: PackTraining, setting: Setting, seconds: float, device: torch.device
) -> tuple[Callable[[], float], float]:
    """Train until nothing is compiled or captured any more.

    Args:
        training: The pack.
        setting: What is in force when it is measured.
        seconds: Least duration of one measurement.
        device: Where it is.

    Returns:
        A function that gives images a second, and the seconds that the first epoch took more than the next.
    """
    setting.enforce()
    began = time.perf_counter()
    training.train_epoch()
    first = time.perf_counter() - began
    once = timed(training.train_epoch, device)
    repeats = math.ceil(seconds / once)
    amount = repeats * len(training.runs) * len(training.images)

    def speed() -> float:
        setting.enforce()
        return amount / timed(lambda: [training.train_epoch() for _ in range(repeats)], device)

    return speed, max(0.0, first - once)


def rows_for(
    shape: tuple[str, str, str], batch_size: int, replicas: int, precision: str, arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure all ways to train one pack, by turns; one that fails says why."""
    device = torch.device(arguments.device)
    plain, *_ = settings = ways(device.type, precision)
    known = {"batch_size": batch_size, "replicas": replicas}
    rows = {setting: {**known, **vars(setting)} for setting in settings}
    arms = {}
    for setting, row in rows.items():
        workload = Workload(*shape, batch_size, arguments.steps, setting)
        try:
            training = workload.training(replicas, images(shape[0], workload.samples).to(device))
            arms[setting], overhead = prepared(training, setting, arguments.seconds, device)
        except RuntimeError as error:
            row["refused"] = str(error).strip().partition("\n")[0]
        else:
            row["first_epoch_overhead"] = round(overhead, 2)
    speeds = interleave(arms, arguments.repetitions)
    for setting, values in speeds.items():
        rows[setting] |= {"images_per_second": spread(values), "ratio": paired_ratio(values, speeds[plain])}
    return list(rows.values())


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
    return parser.parse_args()


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    with (
        tempfile.TemporaryDirectory() as empty,
        compute_device(arguments.device, arguments.threads) as device,
    ):
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = empty
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
