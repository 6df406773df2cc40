"""The verdicts in words: of several presets as a table in Markdown, of one for the terminal."""

from collections.abc import Mapping, Sequence

import pandas as pd

from graduated.claims.declarations import Claim
from graduated.claims.judge import ALL_RUNS, TRAINED_RUNS
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED

BEGIN, END = "<!-- verdicts: begin -->", "<!-- verdicts: end -->"
"""Marks of the place that holds the table."""

SIGNS = {SUPPORTED: "✔", CONTRADICTED: "✘", INCONCLUSIVE: "–"}


def verdict_table(
    claims: Sequence[Claim], verdicts: Mapping[str, pd.DataFrame], studies: Mapping[str, pd.DataFrame]
) -> str:
    """Return the table: a row per claim, a column per preset.

    Args:
        claims: The claims, in the order of the rows.
        verdicts: The judge's tables by preset, in the order of the columns.
        studies: The studies' verdicts by preset, of those that have any.
    """
    lines = [_line("claim", "where", *verdicts), _line(*["---"] * (2 + len(verdicts)))]
    for claim in claims:
        cells = [
            _of_study(claim, studies.get(preset)) if claim.study else _of_judge(claim, table)
            for preset, table in verdicts.items()
        ]
        lines.append(_line(claim.statement, claim.source, *cells))
    return "\n".join(lines)


def insert(text: str, table: str) -> str:
    """Return a text with the table between its two marks.

    Raises:
        ValueError: The marks are not there, once each and in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before + after:
        raise ValueError(f"expected {BEGIN} and after it {END}, once each")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def describe_verdicts(table: pd.DataFrame) -> str:
    """Return the judge's table as a few lines for the terminal, claims without data left out."""
    lines = ["Claims (mean over seeds of a statistic, 95 % interval):"]
    for row in table[table["value"].notna()].itertuples():
        statement = row.statement if row.runs == ALL_RUNS else "  … on trained runs"
        interval = f"{row.value:.3g} [{row.low:.3g}, {row.high:.3g}]"
        lines.append(f"  {row.verdict:12s} {statement:88s} {interval}, n = {row.n_seeds}")
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _of_judge(claim: Claim, table: pd.DataFrame) -> str:
    rows = table[table["claim"] == claim.id].set_index("runs")
    if ALL_RUNS not in rows.index or pd.isna(rows.at[ALL_RUNS, "value"]):
        return ""
    row = rows.loc[ALL_RUNS]
    text = _cell(row["verdict"], row["value"], row["low"], row["high"], f"n = {row['n_seeds']} seeds")
    if TRAINED_RUNS in rows.index and rows.at[TRAINED_RUNS, "verdict"] != row["verdict"]:
        text += f"; trained runs: {SIGNS[rows.at[TRAINED_RUNS, 'verdict']]}"
    return text


def _of_study(claim: Claim, table: pd.DataFrame | None) -> str:
    if table is None:
        return ""
    rows = table[(table["study"] == claim.study) & (table["claim"] == claim.verdict)]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return _cell(row["outcome"], row["value"], row["low"], row["high"], f"n = {row['n']} {row['unit']}")


def _cell(verdict: str, value: float, low: float, high: float, n: str) -> str:
    return f"{SIGNS[verdict]} {verdict}: {value:.3g} [{low:.3g}, {high:.3g}], {n}"
