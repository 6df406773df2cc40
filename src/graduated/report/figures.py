"""The figures of a report: their pictures, within the page, with titles and captions of the catalogue."""

import base64
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graduated.plots.catalogue import SECTIONS, Entry, find

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Figure:
    """A figure as it stands on the page.

    Attributes:
        entry: What the catalogue says of it.
        path: Of its picture.
        width: Of the picture, in pixels.
        height: Likewise.
        address: The picture itself, as a ``data:`` address.
    """

    entry: Entry
    path: Path
    width: int
    height: int
    address: str


def read_figure(path: Path) -> Figure:
    """Read a figure that the catalogue knows.

    Raises:
        ValueError: The file is no PNG, or the catalogue does not know its name.
    """
    content = Path(path).read_bytes()
    if content[:8] != _SIGNATURE:
        raise ValueError(f"{path}: expected a PNG")
    width, height = struct.unpack(">II", content[16:24])
    address = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return Figure(find(Path(path).stem), Path(path), width, height, address)


def by_section(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    """Return figures by section of the catalogue, in its order; sections without a figure are left out."""
    sections = {
        section: [figure for figure in figures if figure.entry.section == section] for section in SECTIONS
    }
    return {section: found for section, found in sections.items() if found}


def restructured_caption(entry: Entry) -> str:
    """Return a figure's caption as reStructuredText, for Snakemake's own report."""
    return re.sub(r"([\\`*_|])", r"\\\1", entry.caption) + "\n"
