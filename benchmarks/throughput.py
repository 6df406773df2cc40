"""Training speed: packs of K runs against the same runs one after the other, and against arithmetic.

Every figure comes from interleaved repetitions: one run alone, every K, one process and several, and the
matrix products that give the bound, take turns.
"""

import argparse
import itertools
import json
import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.experiment.packs import PackLimits
from graduated.program import run_program
from record import benchmark_parser, cores, write_record
from timing import interleave, paired_ratio, spread
from workers import Arm, Worker, run_together, started
from workload import AXES, Setting, Workload, matrix_flop, training_flop

Speeds = Mapping[Arm, Sequence[float]]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--dataset", default="digits", help="the digits, or the shape of cifar10 or cifar100")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default="{}", help="its further arguments, as JSON")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[4, 8, 16, 32, 64, 128, 256, 512])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 4, 6, 12], help="runs in a pack, K")
    parser.add_argument(
        "--processes", type=int, nargs="+", help="packs trained at once (default: 1, CPU: 1 2)"
    )
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of each process")
    parser.add_argument("--max-images", type=int, default=PackLimits.max_images, help="most K * b of a pack")
    parser.add_argument("--steps", type=int, default=50, help="most steps of an epoch")
    parser.add_argument("--seconds", type=float, default=0.2, help="least duration of one measurement")
    for axis, values in AXES.items():
        parser.add_argument(f"--{axis}", nargs="+", choices=values, default=values[:1])
    return parser.parse_args()


def arms_for(arguments: argparse.Namespace, batch_size: int) -> list[Arm]:
    """Return the ways to train that are compared.

    Beside those asked for there is one run on as many threads as all processes have together, since that is
    the other way to use the cores when runs are trained one after the other.
    """
    replicas = {1, *(k for k in arguments.replicas if k * batch_size <= arguments.max_images)}
    processes = {1, *arguments.processes}
    packs = {Arm(k, p, arguments.threads) for k in replicas for p in processes}
    return sorted(packs | {Arm(1, 1, max(processes) * arguments.threads)})


def baseline_for(arm: Arm, speeds: Speeds) -> Arm:
    """Return the fastest way to train runs one after the other on no more threads than an arm has in all."""
    single = [other for other in speeds if other.replicas == other.processes == 1]
    allowed = [other for other in single if other.threads <= arm.processes * arm.threads]
    return max(allowed, key=lambda other: statistics.median(speeds[other]))


def rows_for(workload: Workload, arguments: argparse.Namespace, device: str) -> list[dict[str, Any]]:
    """Measure all ways to train one workload, by turns."""
    samples, arms = workload.samples, arms_for(arguments, workload.batch_size)
    most = {(arm.replicas, arm.threads): arm.processes for arm in arms}  # the arms are sorted
    pools = {
        (replicas, threads): [Worker(workload, replicas, threads, device) for _ in range(processes)]
        for (replicas, threads), processes in most.items()
    }
    workers = {arm: pools[arm.replicas, arm.threads][: arm.processes] for arm in arms}
    with started(itertools.chain(*pools.values())):
        peaks = {key: max([worker.answer() for worker in pool]) for key, pool in pools.items()}

        def measurement(arm: Arm, request: str, amount: float) -> Callable[[], float]:
            """Return a function that gives an amount (of one pack and one repeat) per second."""
            repeats = math.ceil(arguments.seconds / run_together(workers[arm], request))
            total = amount * arm.processes * repeats
            return lambda: total / run_together(workers[arm], request, repeats)

        work = matrix_flop(device)
        measurements = {
            **{(arm, "train"): measurement(arm, "train", arm.replicas * samples) for arm in arms},
            **{(arm, "multiply"): measurement(arm, "multiply", work) for arm in arms if arm.replicas == 1},
        }
        values = interleave(measurements, arguments.repetitions)
    speeds = {arm: values[arm, "train"] for arm in arms}
    flop = training_flop(workload.dataset, workload.model, workload.model_options)
    bounds = {arm: values[Arm(1, arm.processes, arm.threads), "multiply"] for arm in arms}
    memory = {arm: peaks[arm.replicas, arm.threads] for arm in arms}
    return [row(workload, arm, speeds, bounds[arm], flop, memory[arm]) for arm in arms]


def row(
    workload: Workload, arm: Arm, speeds: Speeds, rates: Sequence[float], flop: int, memory: float
) -> dict[str, Any]:
    """Return the figures of one way to train."""
    baseline = baseline_for(arm, speeds)
    return {
        "batch_size": workload.batch_size,
        **vars(arm),
        **vars(workload.setting),
        "images_per_second": spread(speeds[arm]),
        "baseline_threads": baseline.threads,
        "ratio": paired_ratio(speeds[arm], speeds[baseline]),
        "matrix_flop_per_second": spread(rates),
        "fraction_of_bound": paired_ratio([speed * flop for speed in speeds[arm]], rates),
        "flop_per_image": flop,
        "peak_memory_mib": round(memory, 1),
    }


def check(arguments: argparse.Namespace, device: str) -> None:
    """Refuse what cannot be measured, in one line.

    Raises:
        ValueError: The arguments do not fit the device or the machine.
    """
    for execution in arguments.execution:
        if device == "cpu" and "captured" in execution:
            raise ValueError(
                f"--execution: {execution!r} needs a CUDA device, expected 'eager' or 'compiled'"
            )
    if (asked := max(arguments.processes) * arguments.threads) > cores():
        raise ValueError(f"--processes, --threads: {asked} threads in all, expected {cores()} at most")


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    with compute_device(arguments.device, arguments.threads) as device:
        arguments.processes = arguments.processes or ([1] if device.type == "cuda" else [1, min(2, cores())])
        check(arguments, device.type)
        shape = arguments.dataset, arguments.model, arguments.model_options
        rows = []
        for *values, batch_size in itertools.product(
            *(getattr(arguments, axis) for axis in AXES), arguments.batch_sizes
        ):
            print(f"throughput: {', '.join(values)}, b = {batch_size}", file=sys.stderr, flush=True)
            workload = Workload(*shape, batch_size, arguments.steps, Setting(*values))
            rows += rows_for(workload, arguments, device.type)
        constant = ("dataset", "model", "repetitions", "steps", "seconds")
        described = {name: getattr(arguments, name) for name in constant}
        described["model_options"] = json.loads(arguments.model_options)
        write_record(arguments.results, f"throughput_{arguments.model}", device, described, rows)


if __name__ == "__main__":
    run_program(main)
