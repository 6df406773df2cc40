"""The verdicts in words: of several presets as a table in Markdown, of one for the terminal."""

from collections.abc import Sequence

import pandas as pd

from graduated.claims.declarations import ALL_RUNS, TRAINED_RUNS, Claim
from graduated.claims.verdicts import Verdict, Verdicts
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED

BEGIN, END = "<!-- verdicts: begin -->", "<!-- verdicts: end -->"
"""Marks of the place that holds the table."""

SIGNS = {SUPPORTED: "✔", CONTRADICTED: "✘", INCONCLUSIVE: "–"}

RUNS = {ALL_RUNS: "all", TRAINED_RUNS: "better-trained half"}
"""Which runs a verdict rests on, in words."""

AFTERWARDS = "†"
"""Mark of what was added after the results were seen."""


def verdict_table(claims: Sequence[Claim], verdicts: Verdicts) -> str:
    """Return the table: a row per claim, a column per preset.

    Args:
        claims: The claims, in the order of the rows.
        verdicts: Of the presets, in the order of the columns.
    """
    lines = [table_line("claim", "where", *verdicts.presets)]
    lines.append(table_line(*["---"] * (2 + len(verdicts.presets))))
    for claim in claims:
        found = verdicts.of(claim)
        cells = [_cell(claim, [one for one in found if one.preset == preset]) for preset in verdicts.presets]
        lines.append(table_line(marked(claim.statement, claim, ALL_RUNS), claim.source, *cells))
    return "\n".join(lines)


def table_line(*cells: str) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def marked(text: str, claim: Claim, runs: str) -> str:
    """Return a text, with a mark if the claim was declared afterwards for these runs.

    Args:
        text: The text.
        claim: The claim that it is about.
        runs: On which runs it is judged: ``all`` or ``trained``.
    """
    return f"{text} {AFTERWARDS}" if runs in claim.afterwards else text


def measured(verdict: Verdict) -> str:
    """Return the number with its interval."""
    return f"{verdict.value:.3g} [{verdict.low:.3g}, {verdict.high:.3g}]".replace("-", "−")


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
    judged = table[table["value"].notna()]
    if judged.empty:
        return f"Claims: none can be judged on this preset ({table['reason'].iloc[0]})"
    lines = ["Claims (mean over seeds of a statistic, 95 % interval):"]
    for row in judged.itertuples():
        statement = row.statement if row.runs == ALL_RUNS else f"  … on the {RUNS[row.runs]}"
        interval = f"{row.value:.3g} [{row.low:.3g}, {row.high:.3g}]"
        lines.append(f"  {row.verdict:12s} {statement:88s} {interval}, n = {row.n_seeds}")
    return "\n".join(lines)


def _cell(claim: Claim, verdicts: Sequence[Verdict]) -> str:
    """Return what a preset says of a claim: on all runs and on the better-trained half."""
    texts = []
    for verdict in verdicts:
        text = f"{SIGNS[verdict.outcome]} {verdict.words}: {measured(verdict)}"
        if verdict.runs == ALL_RUNS:
            texts.append(f"{text}, n = {verdict.n}")
        else:
            texts.append(marked(f"{RUNS[verdict.runs]}: {text}", claim, verdict.runs))
    return "<br>".join(texts)
