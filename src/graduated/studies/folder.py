"""The folder of a study: a CSV file per table, and a record of settings, verdicts and provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from graduated.storage import read_json, read_table, sha256, write_json, write_table
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
    paths = {table: folder / f"{table}.csv" for table in expected}
    for table, path in paths.items():
        write_table(path, findings.tables[table])
    record = {
        "study": name,
        "question": STUDIES[name].question,
        "settings": asdict(settings),
        "verdicts": findings.records,
        "checksums": {table: sha256(path) for table, path in paths.items()},
        **provenance,
    }
    write_json(folder / RECORD, record)


def read_tables(paths: Sequence[Path]) -> Tables:
    """Read the tables of a study back, each named by its file.

    Raises:
        DamagedFileError: A table is not the one that the record beside it promises.
    """
    checksums = read_json(paths[0].with_name(RECORD), "checksums")["checksums"]
    return {path.stem: read_table(path, checksums.get(path.stem, "")) for path in paths}
