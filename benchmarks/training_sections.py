"""The sections of docs/benchmarks.md on trainings, one for each benchmark, from its record."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import _source  # noqa: F401
from page_texts import (
    BOUND,
    CONVOLUTIONS,
    CPU_EXPLANATION,
    GAIN,
    MEMORY,
    OPERATIONS,
    PRECISION,
    SPEED,
    STEPS,
    THROUGHPUT,
    TRAINING,
)
from tables import Record, device, figure, machine, number, table
from workload import AXES


def way(row: Mapping[str, Any], threads: int) -> str:
    """Return what a way to train is called in a heading."""
    name = "1 run" if row["replicas"] == 1 else f"pack of {row['replicas']}"
    name = name if row["processes"] == 1 else f"{row['processes']} × {name}"
    return name if row["threads"] == threads else f"{name}, {row['threads']} threads"


def by_batch_size(
    rows: Sequence[Mapping[str, Any]], cell: Callable[[Mapping[str, Any]], str], threads: int
) -> str:
    """Return a table with a line for each batch size and setting, and a column for each way to train."""
    rows = [{axis: values[0] for axis, values in AXES.items()} | dict(row) for row in rows]
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
            by_batch_size(rows, lambda row: number(row["images_per_second"]["median"]), threads),
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


def steps(record: Record) -> str:
    """Return the section on the ways to compute a pack's step."""
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    compiling = [
        row.get("first_epoch_overhead", 0.0) for row in record["rows"] if "compiled" in row["execution"]
    ]
    for row in record["rows"]:
        name = f"{row['execution']}, {row['packing']}" + ", any kernels" * (row["kernels"] == "any")
        cell = figure(row["ratio"]) if "ratio" in row else "refused"
        lines.setdefault((row["precision"], row["replicas"], row["batch_size"]), {})[name] = cell
    names = list(dict.fromkeys(name for line in lines.values() for name in line))
    cells = ([*key, *(line.get(name, "") for name in names)] for key, line in lines.items())
    settings = record["settings"]
    title = f"## Ways to compute a step: {settings['model']}, {settings['dataset']}, {device(record)}\n\n"
    text = STEPS.format(longest=number(max(compiling)))
    return title + text + machine(record) + table(["precision", "K", "b", *names], cells)


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


def operations(record: Record) -> str:
    """Return the section on where the time of training steps goes."""
    settings, lines = record["settings"], {}
    for row in record["rows"]:
        named = f"{row['operation']} {100 * row['share']:.0f} % ({row['calls_per_step']:g})"
        lines.setdefault((row["batch_size"], row["replicas"]), []).append(named)
    title = f"## Operations of a step: {settings['model']}, {settings['dataset']}, {device(record)}\n\n"
    text = OPERATIONS.format(whose=f"the {device(record)}’s time", **settings)
    cells = ([*key, ", ".join(named)] for key, named in lines.items())
    return title + text + machine(record) + table(["b", "K", "operations"], cells)


def precision(record: Record) -> str:
    """Return the section on the results of trainings in lower precision."""
    settings = record["settings"]
    title = f"## Results by precision: {settings['model']}, {settings['dataset']}, {device(record)}\n\n"
    columns = ["b", "metric", "precision", "n", "mean ± SD", "in float32", "difference [95 %]"]
    cells = (
        [
            row["batch_size"],
            row["metric"],
            row["precision"],
            f"{row['n']:.0f}",
            f"{row['mean']:.4g} ± {row['deviation']:.2g}",
            f"{row['baseline_mean']:.4g} ± {row['baseline_deviation']:.2g}",
            f"{row['difference']:.2g} [{row['low']:.2g}, {row['high']:.2g}]",
            f"{row['p_spread']:.2g}",
            f"{row['p_distribution']:.2g}",
        ]
        for row in record["rows"]
    )
    text = PRECISION.format(**settings)
    return title + text + machine(record) + table([*columns, "p (spreads)", "p (distributions)"], cells)


def convolutions(record: Record) -> str:
    """Return the section on the convolutions of packs."""
    axes = ["precision", "kernels", "inputs", "outputs", "size", "replicas", "batch_size"]
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in record["rows"]:
        rate = row.get("flop_per_second")
        cell = number(rate["median"] / 1e9) if rate else "refused"
        lines.setdefault(tuple(row[axis] for axis in axes), {})[row["who"]] = cell
    ways = list(dict.fromkeys(row["who"] for row in record["rows"]))
    columns = [*axes[:-2], "K", "b", *ways]
    cells = ([*key, *(line.get(way, "") for way in ways)] for key, line in lines.items())
    title = f"## Convolutions of packs, {device(record)}\n\n"
    return title + CONVOLUTIONS + machine(record) + table(columns, cells)
