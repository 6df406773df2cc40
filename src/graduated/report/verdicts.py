"""The verdicts as tables of the report: on the claims, and those of the studies."""

from typing import Any

import pandas as pd

from graduated.claims.judge import AFTERWARDS, BEFORE
from graduated.claims.markdown import RUNS
from graduated.report.tables import Cell, Column, Table, interval, number
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED

OUTCOMES = (SUPPORTED, CONTRADICTED, INCONCLUSIVE)

DECLARED = {BEFORE: "", AFTERWARDS: "added after the results were seen"}


def claims_table(claims: pd.DataFrame, figures: list[str]) -> Table:
    """Return the verdicts on the claims.

    Args:
        claims: As ``graduated.claims.judge`` leaves them.
        figures: Names of the report's figures, among which a claim's panel is looked for.
    """
    columns = [
        Column("Verdict", choice=True),
        Column("Claim"),
        Column("Figure"),
        Column("Runs", choice=True),
        Column("Measured", numeric=True),
        Column("Threshold"),
        Column("p, adjusted", numeric=True),
        Column("n", numeric=True),
    ]
    rows = [
        [
            Cell(claim.verdict, note=claim.reason),
            Cell(claim.statement, note=claim.source),
            _panel(claim.panel, figures),
            Cell(RUNS[claim.runs], note=DECLARED[claim.declared]),
            _measured(claim),
            Cell(claim.threshold),
            Cell(_probability(claim.p_adjusted), key=claim.p_adjusted),
            Cell(_counted(claim.n_seeds, "seed"), note=_counted(claim.n_runs, "run"), key=claim.n_seeds),
        ]
        for claim in _without_gaps(claims).itertuples()
    ]
    return Table("claims", columns, rows)


def studies_table(verdicts: pd.DataFrame) -> Table:
    """Return the verdicts of the studies.

    Args:
        verdicts: As ``scripts/tabulate_verdicts.py`` leaves them.
    """
    columns = [
        Column("Verdict", choice=True),
        Column("Claim"),
        Column("Study", choice=True),
        Column("Measured", numeric=True),
        Column("n", numeric=True),
        Column("Remark"),
    ]
    rows = [
        [
            Cell(verdict.outcome),
            Cell(verdict.claim, note=verdict.source),
            Cell(verdict.study),
            _measured(verdict),
            Cell(f"{verdict.n:,}", note=verdict.unit, key=verdict.n),
            Cell(verdict.remark),
        ]
        for verdict in _without_gaps(verdicts).itertuples()
    ]
    return Table("studies", columns, rows)


def _without_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose missing texts are empty; pandas takes a column without any for numbers."""
    texts = ["panel", "reason", "remark"]
    return table.assign(**{name: table[name].astype(object).fillna("") for name in texts if name in table})


def _measured(row: Any) -> Cell:
    return Cell(interval(row.value, row.low, row.high), note=row.statistic, key=row.value)


def _panel(panel: str, figures: list[str]) -> Cell:
    found = [name for name in figures if panel and name.startswith(f"{panel}_")]
    return Cell(f"({panel})", link=f"#{found[0]}") if found else Cell(panel)


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else number(p)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
