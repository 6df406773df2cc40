import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from graduated.report.collect import collect
from graduated.report.page import render
from graduated.storage import sha256

VOID = {"meta", "link", "img", "br", "wbr", "input"}
HOSTILE = "<script>alert('x')</script> & \"quotes\" {{ 7 * 7 }} </style>"


class Outline(HTMLParser):
    """Elements, attributes and texts of a page; fails where elements are not nested properly."""

    def __init__(self, page: str):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += text

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


@pytest.fixture(scope="module")
def page(files) -> str:
    return render(collect(files))


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    return Outline(page)


def test_the_page_is_well_formed(page, outline):
    assert page.startswith("<!DOCTYPE html>\n<html lang=")
    ids = outline.attributes("id")
    assert len(ids) == len(set(ids))
    anchors = {link[1:] for link in outline.attributes("href") if link.startswith("#")}
    assert anchors <= set(ids)
    assert all(attributes.get("alt") for tag, attributes in outline.elements if tag == "img")
    headings = [tag for tag, _ in outline.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1" and headings.count("h1") == 1
    assert all(int(after[1]) <= int(before[1]) + 1 for before, after in pairwise(headings))


def test_the_page_needs_nothing_else(page, outline):
    assert all(source.startswith("data:") for source in outline.attributes("src"))
    loaded = [attributes["href"] for tag, attributes in outline.elements if tag == "link"]
    assert loaded == ["data:,"]
    assert not re.search(r"@import|url\(|\bfetch\(|XMLHttpRequest", page)


def test_every_claim_and_every_verdict_is_there(files, outline):
    for path, claim, verdict in (
        (files.claims, "statement", "verdict"),
        (files.studies, "claim", "outcome"),
    ):
        table = pd.read_csv(path)
        assert len(table) > 10
        assert all(statement in outline.text for statement in table[claim])
        marks = [value for value in outline.attributes("data-mark") if value in set(table[verdict])]
        assert len(marks) >= len(table)


def test_every_picture_is_there_to_the_byte(files, page):
    pictures = [base64.b64decode(code) for code in re.findall(r'src="data:image/png;base64,([^"]+)"', page)]
    assert sorted(pictures) == sorted(path.read_bytes() for path in files.figures)


def test_claims_link_to_the_figure_of_their_panel(outline):
    assert {"#a_sharpness_vs_batch_size", "#c_sharpness_vs_smoothing"} <= set(outline.attributes("href"))


def test_checksums_are_those_of_the_files(files, outline):
    runs = pd.read_parquet(files.results)
    assert all(sha256(path) in outline.text for path in files.tables)
    assert all(checksum in outline.text for checksum in runs["weights_sha256"])


def test_the_same_files_give_the_same_bytes(files, page):
    assert render(collect(files)) == page


def test_hostile_text_stays_text(files, tmp_path):
    claims, studies = pd.read_csv(files.claims), pd.read_csv(files.studies)
    claims.loc[0, ["statement", "statistic", "panel", "verdict"]] = HOSTILE
    studies.loc[0, "remark"] = HOSTILE
    claims.to_csv(tmp_path / "claims.csv", index=False)
    studies.to_csv(tmp_path / "studies.csv", index=False)
    hostile = replace(files, claims=tmp_path / "claims.csv", studies=tmp_path / "studies.csv")
    outline = Outline(render(collect(hostile)))
    assert [tag for tag, _ in outline.elements].count("script") == 1
    assert outline.text.count(HOSTILE) >= 4


def test_a_preset_without_studies_has_no_theory(files):
    outline = Outline(render(collect(replace(files, studies=None))))
    assert "theory" not in outline.attributes("id")


def test_what_is_no_picture_is_refused(files, tmp_path):
    (tmp_path / "overview.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"overview\.png: expected a PNG"):
        collect(replace(files, figures=[tmp_path / "overview.png"]))
