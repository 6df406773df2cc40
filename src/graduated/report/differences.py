"""Known differences between the paper, the released code and this project, from one file."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from graduated.report.tables import Cell, Column, Table


@dataclass(frozen=True)
class Difference:
    """One of them; each text says what its source has, empty where it says nothing.

    Attributes:
        what: What differs.
        paper: In the papers' text.
        code: In the authors' released code.
        ours: In this project.
        effect: What it does to results.
        known: How the effect is known: ``measured``, ``computed``, ``not measured`` or ``cannot be known``.
        page: Page of the documentation that tells more.

    Raises:
        ValueError: ``known`` is none of the four.
    """

    what: str
    paper: str
    code: str
    ours: str
    effect: str
    known: str
    page: str

    def __post_init__(self) -> None:
        if self.known not in KNOWN:
            raise ValueError(
                f"differences: {self.what}: known: expected one of {', '.join(KNOWN)}, found {self.known!r}"
            )


KNOWN = ("measured", "computed", "not measured", "cannot be known")


def read_differences(path: Path) -> list[Difference]:
    """Read the differences.

    Raises:
        ValueError: An entry lacks a key, or has one that is unknown.
    """
    keys = [field.name for field in fields(Difference)]
    entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    for entry in entries:
        if set(entry) != set(keys):
            raise ValueError(f"{path}: {entry.get('what')}: expected the keys {', '.join(keys)}")
    return [Difference(**{key: str(entry[key] or "").strip() for key in keys}) for entry in entries]


def differences_table(differences: Sequence[Difference]) -> Table:
    """Return the differences as a table of the report."""
    columns = [
        Column("What differs"),
        Column("Paper"),
        Column("Released code"),
        Column("Here"),
        Column("Effect"),
        Column("Effect known", choice=True),
    ]
    rows = [
        [
            Cell(difference.what, note=difference.page),
            *(Cell(text or "–") for text in (difference.paper, difference.code, difference.ours)),
            Cell(difference.effect),
            Cell(difference.known),
        ]
        for difference in differences
    ]
    return Table("differences", columns, rows)


def differences_page(differences: Sequence[Difference]) -> str:
    """Return the differences as Markdown, a heading each, for the documentation."""
    return "\n".join(_section(difference) for difference in differences)


def _section(difference: Difference) -> str:
    named = {
        "Paper": difference.paper,
        "Released code": difference.code,
        "Here": difference.ours,
        f"Effect ({difference.known})": difference.effect,
    }
    lines = [f"- **{name}:** {text}" for name, text in named.items() if text]
    name = Path(difference.page).name
    see = [f"- More: [{Path(name).stem}]({name})"] if name else []
    return "\n".join([f"## {difference.what}", "", *lines, *see, ""])
