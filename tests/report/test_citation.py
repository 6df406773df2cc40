import yaml

from graduated.report.citation import read_citation
from paths import ROOT


def test_all_of_the_citation_file_is_cited():
    file = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    itself, papers = read_citation(ROOT / "CITATION.cff")
    assert itself.title == file["title"] and file["version"] in itself.details
    assert [paper.title for paper in papers] == [entry["title"] for entry in file["references"]]
    sato, *_, andriushchenko = papers
    assert sato.authors == "N. Sato and H. Iiduka"
    assert sato.link == "https://arxiv.org/abs/2311.08745"
    assert andriushchenko.authors.startswith("M. Andriushchenko, F. Croce") and not andriushchenko.link
