"""Measure the gradient noise of a network of your own: C², the noise scale C²/‖∇f‖² and δ = η√(C²/b).

The network and its data come from functions of your own modules, in the current folder or installed; they
alone read files. One row per estimator that applies, with 95 % intervals. See docs/noise.md.
"""

import argparse
from pathlib import Path

from torch import nn

import _source  # noqa: F401
from graduated.noise.table import Estimation, describe, noise_table
from graduated.program import run_program
from graduated.references import resolve
from graduated.storage import write_table


def main() -> None:
    arguments = parse_arguments()
    load_network, load_batches, loss = map(resolve, (arguments.network, arguments.batches, arguments.loss))
    network = load_network()
    if not isinstance(network, nn.Module):
        raise ValueError(
            f"{arguments.network}: returned {type(network).__name__}, expected a torch.nn.Module"
        )
    estimation = Estimation(
        arguments.small_batch_size,
        arguments.large_batch_size,
        arguments.pairs,
        arguments.chunk_size,
        arguments.seed,
    )
    table = noise_table(
        network, load_batches(), arguments.learning_rate, arguments.batch_size, loss, estimation
    )
    print(describe(table))
    if arguments.output:
        write_table(arguments.output, table)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("network", help="module:function that returns a torch.nn.Module")
    parser.add_argument("batches", help="module:function that returns batches (inputs, targets)")
    parser.add_argument("--learning-rate", type=float, required=True, help="η of its training")
    parser.add_argument("--batch-size", type=int, required=True, help="b of its training")
    parser.add_argument(
        "--loss",
        default="torch.nn.functional:cross_entropy",
        help="module:function of outputs and targets, the mean over samples",
    )
    parser.add_argument("--small-batch-size", type=int, default=16, help="of each pair of batch sizes")
    parser.add_argument("--large-batch-size", type=int, default=256, help="of each pair, a multiple of it")
    parser.add_argument("--pairs", type=int, default=30, help="of batch sizes, drawn at random")
    parser.add_argument("--chunk-size", type=int, default=64, help="per-sample gradients in memory at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--output", type=Path, help="CSV file to write too, with more columns")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
