import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from graduated.gallery import render
from graduated.plots.catalogue import FIGURES, METHODS, SECTIONS, find
from paths import ROOT

NAMES = ["hessian_spectrum", "overview", "four_methods_curves", "a_sharpness_vs_batch_size", "smoothing_gap"]


class Page(HTMLParser):
    """What a page holds: addresses, texts by tag, pictures, and figures in order; tags must nest."""

    EMPTY = ("meta", "link", "img")

    def __init__(self, html: str):
        super().__init__()
        self.open, self.addresses, self.texts, self.figures, self.pictures = [], [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.addresses += [attributes[key] for key in ("href", "src") if key in attributes]
        if tag == "figure":
            self.figures.append(attributes["id"])
        if tag == "img":
            self.pictures.append(attributes)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data.strip()))


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render("digits", NAMES))


def test_the_page_is_well_formed_and_shows_every_figure_once(page):
    assert page.open == []
    assert sorted(page.figures) == sorted(NAMES)


def test_figures_stand_in_the_order_of_the_sections(page):
    sections = [text for tag, text in page.texts if tag == "h2"]
    assert sections == [section for section in SECTIONS if section in {find(name).section for name in NAMES}]
    assert METHODS in sections and "Noise" not in sections
    assert page.figures == [
        "overview",
        "a_sharpness_vs_batch_size",
        "four_methods_curves",
        NAMES[0],
        NAMES[-1],
    ]


def test_titles_and_captions_are_those_of_the_catalogue(page):
    for name in NAMES:
        assert ("h3", find(name).title) in page.texts
        assert ("p", find(name).caption) in page.texts
    assert {picture["alt"] for picture in page.pictures} == {find(name).title for name in NAMES}


def test_every_address_is_beside_the_page_or_in_it(page):
    files = {f"{name}{suffix}" for name in NAMES for suffix in (".png", ".pdf", ".csv")}
    others = set(page.addresses) - files
    assert files <= set(page.addresses)
    assert others == {"data:,", *(f"#section-{number}" for number in range(1, 5))}


def test_what_is_not_markup_is_escaped():
    html = render("a<b>&", ["x <i>_curves"])
    assert "<b>" not in html and "<i>" not in html and "a&lt;b&gt;&amp;" in html
    page = Page(html)
    assert "x%20%3Ci%3E_curves.png" in page.addresses
    assert page.figures == ["x <i>_curves"]


def test_an_unknown_figure_is_refused():
    with pytest.raises(ValueError, match=r"^figure 'nothing': not in the catalogue"):
        render("digits", ["nothing"])


def test_the_page_is_for_both_themes_for_print_and_for_a_phone():
    html = render("digits", FIGURES)
    for needed in ("prefers-color-scheme: dark", "@media print", "width=device-width", "min(100%, 20rem)"):
        assert needed in html
    assert re.findall(r"(?:https?:)?//[\w.]+", html) == [], "nothing comes from a network"


def test_the_program_writes_the_same_page_again(tmp_path):
    specification = tmp_path / "gallery.json"
    specification.write_text(json.dumps({"preset": "digits", "figures": NAMES}))
    output = tmp_path / "figures/index.html"
    command = [
        sys.executable,
        str(ROOT / "scripts/write_gallery.py"),
        str(specification),
        "--output",
        str(output),
    ]
    subprocess.run(command, check=True)
    assert output.read_text() == render("digits", NAMES)
