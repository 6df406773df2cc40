"""Whether results of trainings in a lower precision are distributed otherwise than in float32.

The same runs are trained in each precision, several seeds of each; every seed gives a pair. Compared are the
means (paired), the spreads, and the whole distributions.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

import _source  # noqa: F401
from graduated.data.catalogue import describe
from graduated.data.images import ImageData
from graduated.data.store import raw_folder
from graduated.device import compute_device
from graduated.experiment.run import Run
from graduated.intervals import mean_interval
from graduated.program import run_program
from graduated.references import resolve
from graduated.training.history import run_records, train_pack
from graduated.training.pack import PackTraining
from record import benchmark_parser, write_record
from workload import AXES

METRICS = {"log train_loss": np.log, "log test_loss": np.log, "test_accuracy": np.asarray}
"""What is compared, and the scale it is compared on."""

FEWEST_SEEDS = 8


def outcomes(runs: Sequence[Run], data: ImageData, replicas: int) -> dict[str, np.ndarray]:
    """Train runs in packs and return their final metrics, each [runs], NaN of a run that diverged."""
    records: list[dict[str, Any]] = []
    for start in range(0, len(runs), replicas):
        pack = runs[start : start + replicas]
        print(f"precision: {pack[0].precision}, seeds {start} to {start + len(pack) - 1}", file=sys.stderr)
        records += run_records(pack, train_pack(PackTraining(pack, data), lambda done, detail: None))
    return {
        name: scale(np.array([record[name.split()[-1]] for record in records], dtype=float))
        for name, scale in METRICS.items()
    }


def compare(values: np.ndarray, baseline: np.ndarray) -> dict[str, float]:
    """Compare a metric in two precisions.

    Args:
        values: Of the runs in the one [n].
        baseline: Of the same runs in the other [n].

    Returns:
        n; means and standard deviations of both; mean difference of the pairs with its 95 % interval; p of
        Pitman and Morgan's test of equal spreads, and of the two-sample test of Kolmogorov and Smirnov.
    """
    finite = np.isfinite(values) & np.isfinite(baseline)
    one, other = values[finite], baseline[finite]
    difference, low, high = mean_interval(one - other)
    return {
        "n": len(one),
        "mean": one.mean(),
        "deviation": one.std(ddof=1),
        "baseline_mean": other.mean(),
        "baseline_deviation": other.std(ddof=1),
        "difference": difference,
        "low": low,
        "high": high,
        "p_spread": stats.pearsonr(one + other, one - other).pvalue if np.ptp(one - other) else 1.0,
        "p_distribution": stats.ks_2samp(one, other).pvalue,
    }


def rows_for(arguments: argparse.Namespace, data: ImageData, batch_size: int) -> list[dict[str, Any]]:
    """Train one cell in all precisions and compare them with the first."""
    options = tuple(sorted(json.loads(arguments.model_options).items()))
    cell = arguments.learning_rate, batch_size
    run = Run(arguments.dataset, arguments.model, *cell, 0, arguments.epochs, model_options=options)
    found = {}
    for precision in arguments.precision:
        runs = [replace(run, seed=seed, precision=precision) for seed in range(arguments.seeds)]
        found[precision] = outcomes(runs, data, arguments.replicas)
    baseline, *others = arguments.precision
    return [
        {
            "batch_size": batch_size,
            "precision": precision,
            "baseline": baseline,
            "metric": metric,
            **{key: float(value) for key, value in compare(values, found[baseline][metric]).items()},
        }
        for precision in others
        for metric, values in found[precision].items()
    ]


def parse() -> argparse.Namespace:
    """Read the command line.

    Raises:
        ValueError: There is nothing to compare, or too little.
    """
    parser = benchmark_parser(__doc__)
    parser.add_argument("--dataset", default="digits", help="a name of the catalogue; real images")
    parser.add_argument("--model", default="small_resnet", help="name of the architecture")
    parser.add_argument("--model-options", default='{"width": 8}', help="its further arguments, as JSON")
    parser.add_argument("--learning-rate", type=float, default=0.1, help="η, constant")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 128])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=48, help="runs in each precision, n")
    parser.add_argument("--replicas", type=int, default=12, help="runs in a pack, K")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument(
        "--precision",
        nargs="+",
        choices=AXES["precision"],
        default=["float32", "bf16"],
        help="compared with the first",
    )
    arguments = parser.parse_args()
    if len(set(arguments.precision)) < max(2, len(arguments.precision)):
        raise ValueError("--precision: expected two or more, each once")
    if arguments.seeds < FEWEST_SEEDS:
        raise ValueError(f"--seeds: expected {FEWEST_SEEDS} at least, found {arguments.seeds}")
    return arguments


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    with compute_device(arguments.device, arguments.threads) as device:
        data = resolve(describe(arguments.dataset).loader)(raw_folder()).to(device)
        rows = [row for size in arguments.batch_sizes for row in rows_for(arguments, data, size)]
        constant = ("dataset", "model", "learning_rate", "epochs", "seeds")
        described = {name: getattr(arguments, name) for name in constant}
        described |= {"repetitions": 1, "model_options": json.loads(arguments.model_options)}
        write_record(arguments.results, f"precision_{arguments.model}", device, described, rows)


if __name__ == "__main__":
    run_program(main)
