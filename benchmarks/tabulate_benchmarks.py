"""Write docs/benchmarks.md from the records of the benchmarks."""

import argparse
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import _source  # noqa: F401
from graduated.program import run_program
from graduated.storage import read_json, write_if_changed
from record import RESULTS
from workload import AXES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
Record = Mapping[str, Any]

HEADER = """\
# Benchmarks

Written by `benchmarks/tabulate_benchmarks.py` from the records in `benchmarks/results/`, which hold every
figure below with its spread and the environment it was measured in; not to be edited.

Everything compared was measured in one run, by turns, after a warm-up that is not counted, and in an
order that is reversed every other time. A figure is the median of the repetitions, with the lowest and
the highest in brackets; a ratio is formed within each repetition, so that what else the machine did
cancels as far as it can. Seconds depend on the machine, and no test asserts any.

"""

NO_GPU = "**There are no figures from a GPU yet.** [How to get them](#run-them).\n\n"

RUN = """\
## Run them

```
make bench        # on the CPU, 10 minutes; PEERS=FOLDER for the comparisons with the code of others
```

`PEERS` is a folder that holds checkouts of the code of others, `new-sigma-nice` and
`sharpness-vs-generalization`. Neither is part of this project, and without them those two comparisons are
skipped. The one with the authors' training takes CIFAR-100 from `GRADUATED_DATA` (or `data/`), or with
`--synthetic` random images. Each benchmark alone, on a GPU:

```
python benchmarks/throughput.py --device cuda --dataset cifar100 --model resnet18 \\
    --batch-sizes 2 8 32 128 512 2048 --replicas 1 4 16 --execution eager captured \\
    --precision float32 tf32 bf16 --kernels deterministic any
python benchmarks/peer_training.py --device cuda --peer FOLDER/new-sigma-nice \\
    --steps 50 --replicas 1 4 --execution captured --precision tf32
python benchmarks/sharpness.py --device cuda --dataset cifar100 --model resnet18 \\
    --peer FOLDER/sharpness-vs-generalization
python benchmarks/tabulate_benchmarks.py
```

A GPU is timed by its own events, with nothing else in its queue. One that other jobs share gives no
figures worth keeping.
"""

THROUGHPUT = """\
The network is trained by the step that all jobs use; speed depends on shapes, not on what is learnt. A
column is a way to train: one run alone, a pack of K runs in one process, or two such packs at the same
time in two processes; each process has {threads} CPU thread{plural} unless the column says otherwise.

"""

GAIN = """\
How many times sooner the same runs are done than if each were trained alone, **one after the other**, on
as many threads as make that fastest, up to those that the column uses in all:

"""

SPEED = "Images a second, over all runs:\n\n"

BOUND = """\
Share of the **arithmetic bound**: floating-point operations a second ({flop:,} an image forward and
backward, as PyTorch counts them on this network), over those of large matrix products of the same type on
as many processes and threads, measured in between ({rates}):

"""

MEMORY = "Peak of memory in MiB, each process, {memory}:\n\n"

CPU_EXPLANATION = """\
At small b the images a second of one run grow almost as b does, far below the arithmetic bound: a step is
mostly the fixed cost of its operations, which a pack pays once for all its runs. The gain falls as the
batch grows and arithmetic takes over.

"""

TRAINING = """\
The authors' ResNet18, transforms (PIL images, one by one), DataLoader with two workers, loss and
optimizer, taken from a checkout of [their code]({peer}) (`{commit}`) at run time. Their script as
released does not run (a counter is used before it is set), so only the structure of its loop is repeated
around them: move the batch, forward, backward, step, and read loss and hits back after each step. Theirs
runs under PyTorch's defaults; ours in {precision}, {execution}, {kernels} kernels. Batch size {batch},
{threads} CPU threads, {data}. *Ratio*: images/s, over the authors'. Augmentation is measured alone too:
the authors' in one process, and by their loader's two; ours, random draws included.

"""

SHARPNESS = """\
Worst-case sharpness (ℓ∞, {steps} steps, {samples} images in batches of {batch_size}) of {replicas}
networks, {threads} CPU thread{plural}. *Ratio*: seconds, over the pack's. *Largest difference*: of any
network's sharpness from that in the pack, relative.

"""

RELEASED = """\
The function of the [released code]({peer}) (`{commit}`), its calls of CUDA sent to the device in use,
called network by network on the same weights and batches.

"""


def figure(spread: Mapping[str, float]) -> str:
    """Return median and range of a measurement."""
    return f"{_number(spread['median'])} ({_number(spread['low'])}–{_number(spread['high'])})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines) + "\n"


def machine(record: Record) -> str:
    """Return a line on where a record was measured."""
    known = record["environment"]
    torch = f"PyTorch {known['torch']}" + (f", CUDA {known['cuda']}" if "cuda" in known else "")
    repetitions = record["settings"]["repetitions"]
    where = f"{known['device']}, {known['cores']} CPU cores, {torch}, Python {known['python']}"
    return f"*{where}; {repetitions} repetitions.*\n\n"


def device(record: Record) -> str:
    """Return the kind of device a record was measured on, for headings."""
    return "GPU" if "cuda" in record["environment"] else "CPU"


def way(row: Mapping[str, Any], threads: int) -> str:
    """Return what a way to train is called in a heading."""
    name = "1 run" if row["replicas"] == 1 else f"pack of {row['replicas']}"
    name = name if row["processes"] == 1 else f"{row['processes']} × {name}"
    return name if row["threads"] == threads else f"{name}, {row['threads']} threads"


def by_batch_size(
    rows: Sequence[Mapping[str, Any]], cell: Callable[[Mapping[str, Any]], str], threads: int
) -> str:
    """Return a table with a line for each batch size and setting, and a column for each way to train."""
    axes = [axis for axis in AXES if len({row[axis] for row in rows}) > 1]
    ways = list(dict.fromkeys(way(row, threads) for row in rows))
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in rows:
        key = (*(row[axis] for axis in axes), row["batch_size"])
        lines.setdefault(key, {})[way(row, threads)] = cell(row)
    return table(
        [*axes, "b", *ways], ([*key, *(line.get(w, "") for w in ways)] for key, line in lines.items())
    )


def throughput(record: Record) -> str:
    """Return the section on training speed."""
    settings, rows, on_gpu = record["settings"], record["rows"], device(record) == "GPU"
    threads = min(row["threads"] for row in rows)
    memory = "allocated on the GPU" if on_gpu else "beyond the idle process, libraries that it loads included"
    compared = [row for row in rows if (row["replicas"], row["processes"]) != (1, 1)]
    return "".join(
        [
            f"## Packs: {settings['model']}, {settings['dataset']}, {device(record)}\n\n",
            THROUGHPUT.format(threads=threads, plural="s" * (threads > 1)),
            machine(record),
            GAIN,
            by_batch_size(compared, lambda row: figure(row["ratio"]), threads),
            "" if on_gpu else CPU_EXPLANATION,
            SPEED,
            by_batch_size(rows, lambda row: _number(row["images_per_second"]["median"]), threads),
            BOUND.format(flop=rows[0]["flop_per_image"], rates=rates_text(rows)),
            by_batch_size(rows, lambda row: f"{100 * row['fraction_of_bound']['median']:.2g} %", threads),
            MEMORY.format(memory=memory),
            by_batch_size(
                [row for row in rows if row["processes"] == 1 and row["threads"] == threads],
                lambda row: f"{row['peak_memory_mib']:,.0f}",
                threads,
            ),
        ]
    )


def rates_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the speed of matrix products by precision, as far as the table has to explain its bound."""
    found: dict[str, list[float]] = {}
    for row in rows:
        cores = row["processes"] * row["threads"]
        name = f"{row['precision']}, {cores} thread{'s' * (cores > 1)}"
        found.setdefault(name, []).append(row["matrix_flop_per_second"]["median"])
    return "; ".join(
        f"{name}: {statistics.median(rates) / 1e9:,.0f} GFLOP/s" for name, rates in found.items()
    )


def peer_training(record: Record) -> str:
    """Return the section on training beside the authors' own."""
    settings, rows = record["settings"], record["rows"]
    data = "random images" if settings["synthetic"] else "real images"
    text = f"## Beside the authors' training: {settings['model']}, CIFAR-100, {device(record)}\n\n"
    text += TRAINING.format(
        peer=settings["peer"],
        commit=settings["peer_commit"][:7],
        batch=rows[0]["batch_size"],
        threads=record["environment"]["threads"],
        data=data,
        **{axis: settings[axis] for axis in ("precision", "execution", "kernels")},
    )
    return (
        text
        + machine(record)
        + table(
            ["what", "who", "images/s", "ratio"],
            (
                [row["what"], row["who"], figure(row["images_per_second"]), figure(row["ratio"])]
                for row in rows
            ),
        )
    )


def sharpness(record: Record) -> str:
    """Return the section on the sharpness of packs, or beside the released code."""
    settings, threads = record["settings"], record["environment"]["threads"]
    beside = "peer" in settings
    title = "Sharpness beside the released code" if beside else "Sharpness of packs"
    text = f"## {title}: {settings['model']}, {settings['dataset']}, {device(record)}\n\n"
    if beside:
        text += RELEASED.format(peer=settings["peer"], commit=settings["peer_commit"][:7])
    text += SHARPNESS.format(threads=threads, plural="s" if threads > 1 else "", **settings)
    return (
        text
        + machine(record)
        + table(
            ["who", "seconds", "ratio", "largest difference"],
            (
                [
                    row["who"],
                    figure(row["seconds"]),
                    figure(row["ratio"]),
                    f"{row['largest_relative_difference']:.1g}",
                ]
                for row in record["rows"]
            ),
        )
    )


SECTIONS = {
    "throughput": throughput,
    "peer_training": peer_training,
    "sharpness": sharpness,
    "peer_sharpness": sharpness,
}


def page(folder: Path) -> str:
    """Return the page for the records in a folder."""
    records = [read_json(path) for path in sorted(folder.glob("*.json"))]
    text = HEADER
    if not any(device(record) == "GPU" for record in records):
        text += NO_GPU
    for kind, section in SECTIONS.items():
        for record in records:
            if record["benchmark"] == kind or record["benchmark"].startswith(f"{kind}_"):
                text += section(record)
    return text + RUN


def main() -> None:
    """Read the records and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the records")
    parser.add_argument("--output", type=Path, default=PAGE, help="page to write")
    arguments = parser.parse_args()
    write_if_changed(arguments.output, page(arguments.results))


if __name__ == "__main__":
    run_program(main)
