"""What is to be measured of a network, refused where it cannot be before anything is."""

import argparse
import sys
from functools import partial

from torch import nn

from graduated.noise.smoothing import smoothing
from graduated.noise.table import Estimation
from graduated.noise.two_batch_sizes import check_sizes
from graduated.own_network.loading import Pairs, check_samples
from graduated.own_network.measures import parse_measures
from graduated.own_network.table import layer_rows, noise_rows, sharpness_rows
from graduated.own_network.workload import Task, layer_work, noise_work, sharpness_work
from graduated.sharpness.settings import Sharpness, TopEigenvalues


def check_arguments(arguments: argparse.Namespace) -> None:
    """Verify what can be verified of the arguments before the network and its data are there.

    Args:
        arguments: Of ``scripts/measure_network.py``.

    Raises:
        ValueError: There is nothing to measure, or a number or a measure is wrong.
    """
    if arguments.no_noise and arguments.no_sharpness:
        raise ValueError("nothing to measure: --no-noise and --no-sharpness")
    rate, size = arguments.learning_rate, arguments.batch_size
    if not arguments.no_noise and None in (rate, size):
        raise ValueError("--learning-rate and --batch-size: needed for δ, unless --no-noise")
    smoothing(0 if rate is None else rate, 1 if size is None else size, 0.0)
    if arguments.chunk_size < 1:
        raise ValueError(f"--chunk-size {arguments.chunk_size}: expected at least 1")
    depth = arguments.by_layer
    if depth is not None and (depth < 1 or arguments.no_noise):
        raise ValueError(f"--by-layer {depth}: expected at least 1, and no --no-noise")
    if arguments.threads < 1:
        raise ValueError(f"--threads {arguments.threads}: expected at least 1")
    if not arguments.no_noise:
        check_sizes(arguments.small_batch_size, arguments.large_batch_size, arguments.pairs, sys.maxsize)
    if not arguments.no_sharpness:
        chosen_measures(arguments, sys.maxsize)


def chosen_measures(arguments: argparse.Namespace, available: int) -> dict[str, Sharpness]:
    """Return the measures of sharpness by name; arguments and errors are those of ``parse_measures``."""
    sizes = arguments.samples, arguments.measure_batch_size
    return parse_measures(arguments.sharpness, available, *sizes)


def make_tasks(arguments: argparse.Namespace, network: nn.Module, batches: Pairs) -> list[Task]:
    """Return the measurements that the arguments ask for.

    Args:
        arguments: Of ``scripts/measure_network.py``, after ``check_arguments``.
        network: The network, on the device to compute on.
        batches: Its data.

    Raises:
        ValueError: The network or the number of samples does not suit a measurement.
    """
    samples = sum(len(inputs) for inputs, _ in batches)
    tasks = []
    if not arguments.no_noise:
        sizes = arguments.small_batch_size, arguments.large_batch_size, arguments.pairs
        check_sizes(*sizes, samples)
        estimation = Estimation(*sizes, arguments.chunk_size, arguments.seed)
        training = arguments.learning_rate, arguments.batch_size
        measure = partial(noise_rows, network, batches, *training, estimation)
        tasks.append(Task("C²", measure, *noise_work(samples, estimation)))
        if arguments.by_layer is not None:
            chunk_size = arguments.chunk_size
            measure = partial(layer_rows, network, batches, chunk_size, arguments.by_layer)
            tasks.append(Task("C² by layer", measure, *layer_work(samples, chunk_size)))
    if not arguments.no_sharpness:
        measures = chosen_measures(arguments, samples)
        check_samples(network, batches)
        _check_eigenvalues(network, measures)
        for name, settings in measures.items():
            measure = partial(sharpness_rows, network, batches, arguments.learning_rate, name, settings)
            tasks.append(Task(name, measure, *sharpness_work(settings)))
    return tasks


def _check_eigenvalues(network: nn.Module, measures: dict[str, Sharpness]) -> None:
    parameters = sum(tensor.numel() for tensor in network.parameters())
    for name, settings in measures.items():
        if isinstance(settings, TopEigenvalues) and settings.eigenvalues >= parameters:
            expected = f"fewer than the network's {parameters} parameters, got {settings.eigenvalues}"
            raise ValueError(f"sharpness {name}: eigenvalues: expected {expected}")
