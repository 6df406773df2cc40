"""What trainings and measurements of sharpness left, read back and checked against one another."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from graduated.storage import DamagedFileError, read_json, read_table

Record = dict[str, Any]


def read_trainings(paths: Iterable[Path]) -> tuple[list[Record], list[pd.DataFrame]]:
    """Read the records of trained packs and the histories beside them.

    Args:
        paths: The records.

    Raises:
        DamagedFileError: A record is none, or a history is not the one that its record promises.
    """
    records, histories = [], []
    for path in paths:
        record = read_json(path, "pack", "runs", "checksums", "sources", "environment", "cost")
        records.append(record)
        histories.append(read_table(path.with_name("history.csv"), record["checksums"]["history"]))
    return records, histories


def read_sharpness(paths: Iterable[Path], packs: Sequence[Record]) -> list[Record]:
    """Read records of sharpness.

    Args:
        paths: The records.
        packs: Records of the packs that they are of.

    Raises:
        DamagedFileError: A record is none, or its sharpness is of other weights than those of the packs.
    """
    weights = {pack["checksums"]["weights"] for pack in packs}
    records = []
    for path in paths:
        record = read_json(path, "measure", "title", "radius", "runs", "checksums")
        if record["checksums"]["weights"] not in weights:
            raise DamagedFileError(f"{path}: measured on other weights; delete it and run again")
        records.append(record)
    return records
