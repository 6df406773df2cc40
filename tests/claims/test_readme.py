"""What is written of the reference results is what they say."""

import pytest

from graduated.claims.declarations import read_claims
from graduated.claims.findings import findings_page, read_findings
from graduated.claims.markdown import insert, verdict_table
from graduated.claims.verdicts import Verdicts
from paths import ROOT


@pytest.fixture(scope="module")
def claims():
    return read_claims(ROOT / "workflow/claims.yaml").claims


@pytest.fixture(scope="module")
def verdicts():
    return Verdicts.read(sorted(ROOT.glob("results/reference/*/claims.csv")))


def test_the_readme_has_the_verdicts_of_the_reference_results(claims, verdicts):
    assert set(verdicts.presets) >= {"cifar100-small", "digits-full"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert insert(readme, verdict_table(claims, verdicts)) == readme


def test_the_findings_have_the_verdicts_of_the_reference_results(claims, verdicts):
    sections = read_findings(ROOT / "workflow/findings.yaml", claims)
    page = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    assert page.endswith(findings_page(sections, claims, verdicts))
