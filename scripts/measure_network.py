"""Measure a network of your own: C², the noise scale C²/‖∇f‖², δ = η√(C²/b), and sharpness, in one table.

The network and its data come from functions of your own modules, in the current folder or installed. Every
estimator of C² that applies has its rows, and every measure of sharpness, with 95 % intervals where there are
any. See docs/own_network.md.
"""

import argparse
from functools import partial
from pathlib import Path

from torch import nn

import _source  # noqa: F401
from graduated.noise.table import Estimation
from graduated.own_network.loading import Pairs, check_loss, check_samples, load_batches, load_network
from graduated.own_network.measures import STANDARD, parse_measures
from graduated.own_network.table import describe, make_table, noise_rows, sharpness_rows
from graduated.own_network.workload import Task, carry_out, noise_work, sharpness_work
from graduated.program import run_program
from graduated.progress import Progress
from graduated.references import resolve
from graduated.storage import write_table


def main() -> None:
    arguments = parse_arguments()
    loss = resolve(arguments.loss)
    network = load_network(arguments.network, arguments.checkpoint)
    batches = load_batches(arguments.batches)
    check_loss(network, batches, loss)
    tasks = [*noise_tasks(arguments, network, batches), *sharpness_tasks(arguments, network, batches)]
    if not tasks:
        raise ValueError("nothing to measure: --no-noise and --no-sharpness")
    progress = Progress("measure_network", 100, "%")
    table = make_table(carry_out(tasks, loss, lambda share, name: progress.update(100 * share, name)))
    print(describe(table))
    if arguments.output:
        write_table(arguments.output, table)


def noise_tasks(arguments: argparse.Namespace, network: nn.Module, batches: Pairs) -> list[Task]:
    if arguments.no_noise:
        return []
    training = arguments.learning_rate, arguments.batch_size
    if None in training:
        raise ValueError("--learning-rate and --batch-size: needed for δ, unless --no-noise")
    sizes = arguments.small_batch_size, arguments.large_batch_size
    estimation = Estimation(*sizes, arguments.pairs, arguments.chunk_size, arguments.seed)
    measure = partial(noise_rows, network, batches, *training, estimation)
    return [Task("C²", measure, *noise_work(samples_in(batches), estimation))]


def sharpness_tasks(arguments: argparse.Namespace, network: nn.Module, batches: Pairs) -> list[Task]:
    if arguments.no_sharpness:
        return []
    measures = parse_measures(
        arguments.sharpness, samples_in(batches), arguments.samples, arguments.measure_batch_size
    )
    check_samples(network, batches)
    measure = partial(sharpness_rows, network, batches, arguments.learning_rate)
    return [
        Task(name, partial(measure, name, settings), *sharpness_work(settings))
        for name, settings in measures.items()
    ]


def samples_in(batches: Pairs) -> int:
    return sum(len(inputs) for inputs, _ in batches)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("network", help="module:function that returns a torch.nn.Module")
    parser.add_argument("batches", help="module:function that returns batches (inputs, targets)")
    parser.add_argument("--checkpoint", type=Path, help="state_dict: safetensors, or by torch.save")
    parser.add_argument(
        "--loss",
        default="torch.nn.functional:cross_entropy",
        help="module:function of outputs and targets, the mean over samples",
    )
    parser.add_argument("--output", type=Path, help="CSV file to write the table to as well")
    noise = parser.add_argument_group("noise")
    noise.add_argument("--learning-rate", type=float, help="η of its training, for δ and λη/2")
    noise.add_argument("--batch-size", type=int, help="b of its training, for δ")
    noise.add_argument("--small-batch-size", type=int, default=16, help="of each pair of batch sizes")
    noise.add_argument("--large-batch-size", type=int, default=256, help="of each pair, a multiple of it")
    noise.add_argument("--pairs", type=int, default=30, help="of batch sizes, drawn at random")
    noise.add_argument("--chunk-size", type=int, default=64, help="per-sample gradients in memory at a time")
    noise.add_argument("--seed", type=int, default=0, help="of the draws")
    noise.add_argument("--no-noise", action="store_true", help="measure sharpness only")
    sharpness = parser.add_argument_group("sharpness")
    which = sharpness.add_mutually_exclusive_group()
    which.add_argument(
        "--sharpness",
        nargs="+",
        default=list(STANDARD),
        metavar="NAME[=OPTION:VALUE,...]",
        help="measures by these names, or by options of docs/sharpness.md that differ from the defaults",
    )
    which.add_argument("--no-sharpness", action="store_true", help="measure noise only")
    sharpness.add_argument(
        "--samples", type=int, help="n, the first so many samples; up to 1024 if not given"
    )
    sharpness.add_argument(
        "--measure-batch-size", type=int, default=128, help="m, samples perturbed together"
    )
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
