"""Every figure by name: section, title, caption and width. For galleries and reports; draws nothing."""

from dataclasses import dataclass

from graduated.plots.titles import companions, comparisons, measurements, paper, theory

PAPER, METHODS, NOISE = "The paper’s figures", "Methods compared", "Noise"
SHARPNESS, THEORY, COMPANIONS = "Sharpness", "Theory by number", "Companion studies"
SECTIONS = (PAPER, METHODS, NOISE, SHARPNESS, THEORY, COMPANIONS)
"""In the order of the pages."""


@dataclass(frozen=True)
class Entry:
    """What is said of a figure.

    Attributes:
        name: Of its files.
        section: One of ``SECTIONS``.
        title: One line.
        caption: One paragraph: what it shows and where the question is from. Counts of runs and what
            intervals mean stand in the figure itself.
        columns: Of a journal's page that it takes: 1 or 2.
    """

    name: str
    section: str
    title: str
    caption: str
    columns: int = 2


PANELS = tuple(paper.PAPER)
"""The paper's figures, and the page that has all of them."""

_ONE_COLUMN = tuple(name for name in PANELS if name != "overview")
_TEXTS = {
    PAPER: paper.PAPER,
    NOISE: measurements.NOISE,
    SHARPNESS: measurements.SHARPNESS,
    THEORY: theory.THEORY,
    COMPANIONS: companions.COMPANIONS,
}

FIGURES = {
    name: Entry(name, section, title, caption, columns=1 if name in _ONE_COLUMN else 2)
    for section, texts in _TEXTS.items()
    for name, (title, caption) in texts.items()
}
"""Every figure by name, but those of comparisons."""


def find(name: str) -> Entry:
    """Return what is said of a figure; those of comparisons are named ``COMPARISON_DRAWING``.

    Raises:
        ValueError: There is no figure of that name.
    """
    comparison, _, drawing = name.rpartition("_")
    if name in FIGURES:
        return FIGURES[name]
    if drawing not in comparisons.COMPARISONS or not comparison:
        raise ValueError(f"figure {name!r}: not in the catalogue (graduated.plots.catalogue)")
    title, caption = comparisons.COMPARISONS[drawing]
    methods = comparison.replace("_", " ")
    return Entry(name, METHODS, f"{methods[0].upper()}{methods[1:]}: {title}", caption)
