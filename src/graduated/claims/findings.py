"""What we found: every claim with our numbers, the paper's, and where they part, as a page in Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from graduated.claims.declarations import Claim
from graduated.claims.markdown import RUNS, SIGNS, marked, measured, table_line
from graduated.claims.verdicts import Verdict, Verdicts


@dataclass(frozen=True)
class Finding:
    """What is to be said of a claim beside its numbers, which are the judge's.

    Attributes:
        claim: The claim's id.
        paper: What the paper shows.
        found: What came out here, and where the two part and why.
    """

    claim: str
    paper: str
    found: str


@dataclass(frozen=True)
class Section:
    """Findings under one heading.

    Attributes:
        title: The heading.
        text: What comes before the claims, in Markdown; may be empty.
        findings: A finding per claim; there may be none.
    """

    title: str
    text: str
    findings: tuple[Finding, ...]


def read_findings(path: Path, claims: Sequence[Claim]) -> list[Section]:
    """Read the sections of the page.

    Args:
        path: The file.
        claims: The claims as declared.

    Raises:
        ValueError: An entry has missing or unknown keys, or a claim is not discussed exactly once.
    """
    sections = [_section(path, entry) for entry in yaml.safe_load(Path(path).read_text(encoding="utf-8"))]
    discussed = [finding.claim for section in sections for finding in section.findings]
    for claim in claims:
        if discussed.count(claim.id) != 1:
            raise ValueError(f"{path}: {claim.id}: expected once, found {discussed.count(claim.id)} times")
    if unknown := set(discussed) - {claim.id for claim in claims}:
        raise ValueError(f"{path}: {', '.join(sorted(unknown))}: no such claim")
    return sections


def _section(path: Path, entry: Mapping[str, object]) -> Section:
    keys = {field.name for field in fields(Finding)}
    findings = entry.get("findings", [])
    for finding in findings:
        if set(finding) != keys:
            raise ValueError(f"{path}: {finding.get('claim')}: expected the keys {', '.join(sorted(keys))}")
    if unknown := set(entry) - {field.name for field in fields(Section)}:
        raise ValueError(f"{path}: {entry.get('title')}: unknown key {', '.join(sorted(unknown))}")
    return Section(entry["title"], entry.get("text", ""), tuple(Finding(**finding) for finding in findings))


def findings_page(sections: Sequence[Section], claims: Sequence[Claim], verdicts: Verdicts) -> str:
    """Return the sections of the page as Markdown.

    Args:
        sections: What is said.
        claims: The claims as declared.
        verdicts: Of the presets.
    """
    by_id = {claim.id: claim for claim in claims}
    parts: list[str] = []
    for section in sections:
        parts += [f"## {section.title}", *filter(None, [section.text.strip()])]
        for finding in section.findings:
            claim = by_id[finding.claim]
            parts += _finding(finding, claim, verdicts.of(claim))
    return "\n\n".join(parts) + "\n"


def _finding(finding: Finding, claim: Claim, verdicts: Sequence[Verdict]) -> list[str]:
    parts = [f"### {claim.statement}", f"*In the paper* ({claim.source}): {finding.paper.strip()}"]
    if claim.supported:
        thresholds = f"supported {claim.supported}, contradicted {claim.contradicted}"
        parts.append(f"*Statistic*: {claim.measure}; {thresholds}.")
    elif verdicts:
        parts.append(f"*Statistic*: {verdicts[0].statistic}.")
    return [*parts, _table(claim, verdicts) if verdicts else "Not measured yet.", finding.found.strip()]


def _table(claim: Claim, verdicts: Sequence[Verdict]) -> str:
    lines = [table_line("preset", "runs", "value [95 % interval]", "n", "verdict"), table_line(*["---"] * 5)]
    for verdict in verdicts:
        outcome = f"{SIGNS[verdict.outcome]} {verdict.words}"
        runs = marked(RUNS[verdict.runs], claim, verdict.runs)
        lines.append(table_line(verdict.preset, runs, measured(verdict), verdict.n, outcome))
    return "\n".join(lines)
