"""The sections of docs/benchmarks.md, one for each benchmark, from its record."""

import _source  # noqa: F401
from page_texts import (
    EXPLICIT,
    RELEASED,
    SHARPNESS,
    VARIANCE,
)
from tables import Record, device, figure, machine, table
from training_sections import convolutions, operations, peer_training, precision, steps, throughput


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


def variance(record: Record) -> str:
    """Return the section on C² by per-sample gradients."""
    settings, columns = record["settings"], ["precision", "chunk", "seconds", "MiB", "difference"]
    title = f"## C² by per-sample gradients: {settings['model']}, {settings['dataset']}, {device(record)}\n\n"
    cells = (
        [row["precision"], row["chunk_size"], figure(row["seconds"]), row["memory_mib"], row["difference"]]
        for row in record["rows"]
    )
    return title + VARIANCE.format(**settings) + machine(record) + table(columns, cells)


def explicit(record: Record) -> str:
    """Return the section on explicit graduated optimization beside the authors' script."""
    settings = record["settings"]
    text = f"## Explicit graduated optimization beside the authors' script, {device(record)}\n\n"
    text += EXPLICIT.format(commit=settings["peer_commit"][:7], **settings)
    return (
        text
        + machine(record)
        + table(
            ["who", "runs together", "seconds a run", "speedup", "final value", "in the global basin"],
            (
                [
                    row["who"],
                    str(row["runs_together"]),
                    figure(row["seconds_per_run"]),
                    figure(row["speedup"]),
                    figure(row["final_value"]),
                    f"{row['runs_in_global_basin']} of {row['runs']}",
                ]
                for row in record["rows"]
            ),
        )
    )


SECTIONS = {
    "throughput": throughput,
    "steps": steps,
    "convolutions": convolutions,
    "operations": operations,
    "precision": precision,
    "peer_training": peer_training,
    "sharpness": sharpness,
    "peer_sharpness": sharpness,
    "variance": variance,
    "explicit": explicit,
}
"""By what the benchmarks' names begin with, in the page's order."""
