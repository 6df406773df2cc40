"""How to cite the project and the papers, from CITATION.cff."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Reference:
    """A work to be cited.

    Attributes:
        authors: Their names, as ``N. Sato and H. Iiduka``.
        title: Of the work.
        details: Where and when it appeared.
        link: Its address, or nothing.
        note: Why it is cited.
    """

    authors: str
    title: str
    details: str
    link: str = ""
    note: str = ""


def read_citation(path: Path) -> tuple[Reference, list[Reference]]:
    """Return the project itself, and the works that it asks to be cited too.

    Args:
        path: A file of the Citation File Format, version 1.2.
    """
    citation = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    details = f"Version {citation['version']}, {citation['date-released']}"
    itself = Reference(_authors(citation), citation["title"], details, note=citation["message"])
    return itself, [_reference(entry) for entry in citation.get("references", [])]


def _reference(entry: Mapping[str, Any]) -> Reference:
    identifiers = [identifier["value"] for identifier in entry.get("identifiers", [])]
    preprints = [value.removeprefix("arXiv:") for value in identifiers if value.startswith("arXiv:")]
    details = ", ".join([*filter(None, [entry.get("conference", {}).get("name")]), *identifiers])
    link = f"https://arxiv.org/abs/{preprints[0]}" if preprints else ""
    return Reference(_authors(entry), entry["title"], details, link, entry.get("notes", ""))


def _authors(entry: Mapping[str, Any]) -> str:
    names = [
        author.get("name") or f"{author['given-names'][0]}. {author['family-names']}"
        for author in entry["authors"]
    ]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
