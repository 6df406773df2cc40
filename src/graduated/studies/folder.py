"""The folder of a study: a CSV file per table, and a record of settings, verdicts and provenance."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from graduated.storage import write_json, write_table
from graduated.studies import Findings, Tables
from graduated.studies.catalogue import STUDIES

RECORD = "record.json"


def write_findings(
    folder: Path, name: str, settings: Any, findings: Findings, provenance: Mapping[str, Any]
) -> None:
    """Write what a study found.

    Args:
        folder: To write to.
        name: Of the study.
        settings: Of the study.
        findings: Its tables and verdicts.
        provenance: Inputs, sources, environment and cost.

    Raises:
        ValueError: The tables are not those that the catalogue names.
    """
    expected = STUDIES[name].tables
    if set(findings.tables) != set(expected):
        raise ValueError(f"study {name}: expected the tables {expected}, found {tuple(findings.tables)}")
    for table in expected:
        write_table(folder / f"{table}.csv", findings.tables[table])
    record = {
        "study": name,
        "question": STUDIES[name].question,
        "settings": asdict(settings),
        "verdicts": findings.records,
        **provenance,
    }
    write_json(folder / RECORD, record)


def read_tables(paths: Iterable[Path]) -> Tables:
    """Read the tables of a study back, each named by its file."""
    return {path.stem: pd.read_csv(path) for path in paths}
