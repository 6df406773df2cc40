"""The gallery of a preset: one page of every figure, with links to its files. Imports no torch."""

from collections.abc import Iterable

from graduated.pages import template_environment
from graduated.plots.catalogue import SECTIONS, find


def render(preset: str, names: Iterable[str]) -> str:
    """Return the page as HTML; the figures' files are to lie beside it. The same figures, the same page.

    Args:
        preset: Its name.
        names: Of the figures; they stand by section, in this order. One that is not drawn is shown as such.

    Raises:
        ValueError: A figure is not in the catalogue.
    """
    entries = [find(name) for name in names]
    sections = {section: [entry for entry in entries if entry.section == section] for section in SECTIONS}
    shown = {section: chosen for section, chosen in sections.items() if chosen}
    environment = template_environment("graduated.gallery")
    return environment.get_template("gallery.html").render(preset=preset, sections=shown)
