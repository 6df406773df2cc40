"""The convolutions of a pack: K in one grouped convolution, one by one, or for the first layer as products.

Each is forward and backward on the layers of ResNet18, in the layout and the types that training has.
"""

import argparse
import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

import _source  # noqa: F401
from graduated.device import compute_device
from graduated.program import run_program
from graduated.streams import stream
from graduated.training.precision import PRECISIONS
from record import benchmark_parser, write_record
from timing import interleave, paired_ratio, spread, timed
from workload import AXES, Setting

KERNEL, PADDING = 3, 1
GROUPED, SINGLE, PRODUCT = "grouped", "one by one", "unfold and multiply"


def grouped(inputs: Tensor, weight: Tensor) -> Tensor:
    """Convolve as packs do: inputs [b, K * c, h, w], weight [K, o, c, 3, 3]; result [b, K * o, h, w]."""
    return F.conv2d(inputs, weight.flatten(0, 1), padding=PADDING, groups=len(weight))


def one_by_one(inputs: Tensor, weight: Tensor) -> Tensor:
    """Do the same as K convolutions."""
    parts = zip(inputs.chunk(len(weight), 1), weight, strict=True)
    return torch.cat([F.conv2d(part, one, padding=PADDING) for part, one in parts], 1)


def unfold_and_multiply(inputs: Tensor, weight: Tensor) -> Tensor:
    """Do the same as one batched product of matrices."""
    replicas, (batch, _, height, width) = len(weight), inputs.shape
    columns = F.unfold(inputs, KERNEL, padding=PADDING).unflatten(1, (replicas, -1))
    patches = columns.permute(1, 0, 3, 2).flatten(1, 2)
    outputs = torch.bmm(patches, weight.flatten(2).transpose(1, 2))
    return outputs.unflatten(1, (batch, height, width)).permute(1, 0, 4, 2, 3).flatten(1, 2)


@dataclass(frozen=True)
class Layer:
    """One 3x3 convolution at stride 1.

    Attributes:
        inputs: Channels that it reads.
        outputs: Channels that it writes.
        size: Height and width of its images.
    """

    inputs: int
    outputs: int
    size: int

    @property
    def is_first(self) -> bool:
        """Whether it reads the images themselves, which need no gradient."""
        return self.inputs == 3

    @property
    def ways(self) -> dict[str, Callable[[Tensor, Tensor], Tensor]]:
        """The ways to compute it for K networks."""
        ways = {GROUPED: grouped, SINGLE: one_by_one}
        return ways | {PRODUCT: unfold_and_multiply} if self.is_first else ways

    @property
    def flop(self) -> int:
        """Floating-point operations of an image, forward and backward."""
        passes = 2 if self.is_first else 3
        return passes * 2 * KERNEL**2 * self.inputs * self.outputs * self.size**2


def layers(width: int, size: int) -> list[Layer]:
    """Return the first layer of ResNet18 and one of each stage; it has width 64 and size 32."""
    stages = [Layer(width << stage, width << stage, size >> stage) for stage in range(4)]
    return [Layer(3, width, size), *stages]


class Work:
    """Forward and backward pass of one layer of K networks, on numbers that are the same for all ways.

    Args:
        layer: The layer.
        replicas: K.
        batch_size: b.
        precision: Name of the arithmetic.
        device: Where it computes.
    """

    def __init__(self, layer: Layer, replicas: int, batch_size: int, precision: str, device: torch.device):
        self.arithmetic, self.device = PRECISIONS[precision], device
        generator, dtype = stream(0, "convolutions"), self.arithmetic.weights
        activations = dtype if layer.is_first else self.arithmetic.products or dtype

        def numbers(*shape: int) -> Tensor:
            """Return normal numbers [..., h, w, c] as [..., c, h, w]."""
            return torch.randn(shape, generator=generator, dtype=dtype).to(device).movedim(-1, -3)

        side, kernel = (layer.size, layer.size), (KERNEL, KERNEL)
        self.inputs = numbers(batch_size, *side, replicas * layer.inputs).to(activations)
        self.weight = numbers(replicas, layer.outputs, *kernel, layer.inputs).requires_grad_()
        self.after = numbers(batch_size, *side, replicas * layer.outputs)
        self.leaves = [self.weight] if layer.is_first else [self.weight, self.inputs.requires_grad_()]

    def __call__(self, way: Callable[[Tensor, Tensor], Tensor]) -> tuple[Tensor, ...]:
        """Return the outputs and the gradients in the weights and, but for the first layer, the inputs."""
        with self.arithmetic.in_force(self.device):
            outputs = way(self.inputs, self.weight)
        gradients = torch.autograd.grad(outputs, self.leaves, self.after.to(outputs.dtype))
        return outputs.detach(), *gradients


def rows_for(
    layer: Layer, replicas: int, batch_size: int, setting: Setting, arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure all ways to compute one layer, by turns; one that this device refuses says why."""
    setting.enforce()
    device = torch.device(arguments.device)
    work = Work(layer, replicas, batch_size, setting.precision, device)
    refused: dict[str, str] = {}

    def measurement(way: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], float]:
        """Return a function that gives the floating-point operations a second."""
        work(way)
        repeats = math.ceil(arguments.seconds / timed(lambda: work(way), device))
        flop = repeats * layer.flop * batch_size * replicas

        def repeated() -> None:
            for _ in range(repeats):
                work(way)

        return lambda: flop / timed(repeated, device)

    arms = {}
    for name, way in layer.ways.items():
        try:
            arms[name] = measurement(way)
        except RuntimeError as error:
            refused[name] = str(error).strip().partition("\n")[0]
    rates = interleave(arms, arguments.repetitions)
    known = {**asdict(layer), "replicas": replicas, "batch_size": batch_size}
    known |= {"precision": setting.precision, "kernels": setting.kernels}
    rows = [{**known, "who": name, "flop_per_second": spread(values)} for name, values in rates.items()]
    if GROUPED in rates:
        for row in rows:
            row["ratio"] = paired_ratio(rates[row["who"]], rates[GROUPED])
    return [*rows, *({**known, "who": name, "refused": why} for name, why in refused.items())]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--width", type=int, default=64, help="channels of the first stage")
    parser.add_argument("--size", type=int, default=32, help="height and width of the images")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 128])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 8], help="runs in a pack, K")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--seconds", type=float, default=0.05, help="least duration of one measurement")
    for axis in ("precision", "kernels"):
        parser.add_argument(f"--{axis}", nargs="+", choices=AXES[axis], default=AXES[axis][:1])
    arguments = parser.parse_args()
    if arguments.size < 8 or arguments.width < 1:
        raise ValueError(
            f"--size, --width: expected 8 and 1 at least, found {arguments.size} and {arguments.width}"
        )
    return arguments


def main() -> None:
    """Measure and write the record."""
    arguments = parse()
    with compute_device(arguments.device, arguments.threads) as device:
        arguments.device = device.type
        rows = []
        for precision, kernels, replicas, batch_size in itertools.product(
            arguments.precision, arguments.kernels, arguments.replicas, arguments.batch_sizes
        ):
            print(f"convolutions: {precision}, {kernels}, K = {replicas}, b = {batch_size}", file=sys.stderr)
            setting = Setting(precision, kernels=kernels)
            for layer in layers(arguments.width, arguments.size):
                rows += rows_for(layer, replicas, batch_size, setting, arguments)
        described = {name: getattr(arguments, name) for name in ("repetitions", "seconds")}
        write_record(arguments.results, "convolutions", device, described, rows)


if __name__ == "__main__":
    run_program(main)
