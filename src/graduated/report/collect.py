"""What goes into the report of a preset, read from the files that its rules have left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml

from graduated.report.citation import Reference, read_citation
from graduated.report.differences import differences_table, read_differences
from graduated.report.figures import Figure, by_section, read_figure
from graduated.report.records import checksums_table, cost_table, environment_table, noise_table
from graduated.report.settings import defaults_table, settings_table
from graduated.report.tables import Table, counts
from graduated.report.verdicts import OUTCOMES, claims_table, studies_table
from graduated.storage import read_json


@dataclass(frozen=True)
class Files:
    """The files that a report is made of.

    Attributes:
        preset: The preset's file (YAML).
        schema: The schema of presets (YAML).
        results: The results table, one row per run (Parquet).
        noise: The record of C² (JSON).
        cost: What each pack cost (CSV).
        claims: The verdicts on the claims (CSV).
        differences: Known differences from the paper (YAML).
        citation: How to cite (CFF).
        studies: The verdicts of the studies (CSV), if the preset has any.
        figures: Pictures (PNG), in the order in which they are shown.
        tables: Those whose checksums are listed.
    """

    preset: Path
    schema: Path
    results: Path
    noise: Path
    cost: Path
    claims: Path
    differences: Path
    citation: Path
    studies: Path | None = None
    figures: Sequence[Path] = ()
    tables: Sequence[Path] = ()


@dataclass(frozen=True)
class Report:
    """What the page shows.

    Attributes:
        facts: What was trained, as the question and the cost are told with.
        settings_file: Name of the preset's file.
        tables: By name.
        verdicts: How many claims came out how, by table.
        figures: By section.
        citation: The project.
        papers: What else is to be cited.
    """

    facts: Mapping[str, object]
    settings_file: str
    tables: Mapping[str, Table]
    verdicts: Mapping[str, Mapping[str, int]]
    figures: Mapping[str, list[Figure]]
    citation: Reference
    papers: list[Reference] = field(default_factory=list)


def collect(files: Files) -> Report:
    """Read all that the report shows.

    Raises:
        ValueError: A file is not what it should be.
        OSError: A file is missing.
    """
    results, cost = pd.read_parquet(files.results), pd.read_csv(files.cost)
    figures = [read_figure(path) for path in files.figures]
    claims = pd.read_csv(files.claims)
    preset = files.preset.read_text(encoding="utf-8")
    tables = [
        claims_table(claims, [figure.entry.name for figure in figures]),
        settings_table(preset),
        defaults_table(yaml.safe_load(files.schema.read_text(encoding="utf-8"))),
        differences_table(read_differences(files.differences)),
        noise_table(read_json(files.noise)),
        cost_table(cost),
        environment_table(results),
        checksums_table(files.tables, results),
    ]
    verdicts = {"claims": counts(claims["verdict"], OUTCOMES)}
    if files.studies:
        studies = pd.read_csv(files.studies)
        tables.append(studies_table(studies))
        verdicts["studies"] = counts(studies["outcome"], OUTCOMES)
    citation, papers = read_citation(files.citation)
    return Report(
        facts=_facts(results, cost),
        settings_file=files.preset.as_posix(),
        tables={table.name: table for table in tables},
        verdicts=verdicts,
        figures=by_section(figures),
        citation=citation,
        papers=papers,
    )


def _facts(results: pd.DataFrame, cost: pd.DataFrame) -> dict[str, object]:
    shared = ("preset", "dataset", "model", "epochs")
    counted = ("learning_rate", "batch_size", "seed")
    return {
        **{name: results[name].iloc[0] for name in shared},
        **{f"{name}s": results[name].nunique() for name in counted},
        "runs": len(results),
        "diverged": int((results["status"] == "diverged").sum()),
        "images": None if pd.isna(samples := results["train_samples"].iloc[0]) else int(samples),
        "packs": len(cost),
        "hours": cost["wall_seconds"].sum() / 3600,
        "memory": cost[["peak_memory_mib", "peak_gpu_memory_mib"]].max().tolist(),
    }
