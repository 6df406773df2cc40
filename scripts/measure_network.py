"""Measure a network of your own: C², the noise scale C²/‖∇f‖², δ = η√(C²/b), and sharpness, in one table.

The network and its data come from functions of your own modules, in the current folder or installed. Every
estimator of C² that applies has its rows, and every measure of sharpness, with 95 % intervals where there are
any. See docs/own_network.md.
"""

import argparse
from pathlib import Path

from torch.nn.attention import SDPBackend, sdpa_kernel

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.own_network.loading import check_loss, load_batches, load_network
from graduated.own_network.measures import STANDARD
from graduated.own_network.output import check_output, provenance, write_measured
from graduated.own_network.table import describe, make_table
from graduated.own_network.tasks import check_arguments, make_tasks
from graduated.own_network.workload import carry_out
from graduated.program import run_program
from graduated.progress import Progress
from graduated.provenance import Stopwatch
from graduated.references import resolve


def main() -> None:
    arguments = parse_arguments()
    check_arguments(arguments)
    if arguments.output:
        check_output(arguments.output)
    plain_attention = sdpa_kernel(SDPBackend.MATH)  # the fused kernels have no second derivatives
    with compute_device(arguments.device, arguments.threads) as device, plain_attention:
        watch = Stopwatch(device)
        loss = resolve(arguments.loss)
        network = load_network(arguments.network, arguments.checkpoint).to(device)
        batches = load_batches(arguments.batches)
        check_loss(network, batches, loss)
        tasks = make_tasks(arguments, network, batches)
        progress = Progress("measure_network", 100, "%")
        table = make_table(carry_out(tasks, loss, lambda share, name: progress.update(100 * share, name)))
        print(f"loss: {arguments.loss}", describe(table), sep="\n")
        if arguments.output:
            origin = provenance(arguments, __file__, device, watch)
            write_measured(arguments.output, table, origin)


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
        help="module:function of outputs and targets, the mean over samples; the default is for classes",
    )
    parser.add_argument(
        "--output", type=Path, help="NAME.csv for the table as well, and NAME.json of its origin"
    )
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to compute")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    noise = parser.add_argument_group("noise")
    noise.add_argument("--learning-rate", type=float, help="η of its training, for δ and λη/2")
    noise.add_argument("--batch-size", type=int, help="b of its training, for δ")
    noise.add_argument("--small-batch-size", type=int, default=16, help="of each pair of batch sizes")
    noise.add_argument("--large-batch-size", type=int, default=256, help="of each pair, a multiple of it")
    noise.add_argument("--pairs", type=int, default=30, help="of batch sizes, drawn at random")
    noise.add_argument("--chunk-size", type=int, default=64, help="per-sample gradients in memory at a time")
    noise.add_argument(
        "--by-layer",
        type=int,
        metavar="DEPTH",
        help="C² of each part, too: of the first so many parts of names",
    )
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
