"""The page of what was found: a claim each, with the numbers of every preset."""

import pandas as pd
import pytest
import yaml

from graduated.claims.declarations import Claim
from graduated.claims.findings import findings_page, read_findings
from graduated.claims.judge import WEAKER
from graduated.claims.regions import Region
from graduated.claims.verdicts import Verdicts

JUDGED = Claim(
    "rises",
    "It rises.",
    "figure 1",
    measure="slope",
    supported=Region.parse("above 0.5"),
    contradicted=Region.parse("below 0"),
    runs=("all", "trained"),
    afterwards=("trained",),
)
STUDIED = Claim("tails", "Tails are light.", "section 2", study="noise", verdict="light")
CLAIMS = (JUDGED, STUDIED)
FINDINGS = [
    {"title": "Setting", "text": "Two presets."},
    {
        "title": "Results",
        "findings": [
            {"claim": "tails", "paper": "Light.", "found": "Heavy."},
            {"claim": "rises", "paper": "It does.", "found": "It does not."},
        ],
    },
]


@pytest.fixture
def verdicts() -> Verdicts:
    numbers = {"value": 0.25, "low": -0.5, "high": 1.0, "statistic": "slope"}
    rows = [
        {
            "claim": "rises",
            "runs": "all",
            "n_seeds": 5,
            "verdict": "inconclusive",
            "reason": WEAKER,
            **numbers,
        },
        {
            "claim": "rises",
            "runs": "trained",
            "n_seeds": 4,
            "verdict": "supported",
            "reason": "",
            **numbers,
            "value": 0.75,
        },
        {"claim": "other", "runs": "all", "n_seeds": 3, "verdict": "supported", "reason": "", **numbers},
    ]
    missing = [{**rows[0], "value": float("nan")}]
    study = {"study": "noise", "claim": "light", "n": 1200, "unit": "batches", "outcome": "contradicted"}
    studies = pd.DataFrame([{**study, **numbers}, {**study, **numbers, "claim": "of something else"}])
    return Verdicts({"small": pd.DataFrame(rows), "empty": pd.DataFrame(missing)}, {"small": studies})


def written(tmp_path, findings):
    path = tmp_path / "findings.yaml"
    path.write_text(yaml.safe_dump(findings))
    return path


def test_a_claim_stands_with_its_numbers_and_nobody_else_s(tmp_path, verdicts):
    page = findings_page(read_findings(written(tmp_path, FINDINGS), CLAIMS), CLAIMS, verdicts)
    assert [line for line in page.splitlines() if line.startswith("| small")] == [
        "| small | all | 0.25 [−0.5, 1] | 1,200 batches | ✘ contradicted |",
        "| small | all | 0.25 [−0.5, 1] | 5 seeds | – weaker than claimed |",
        "| small | better-trained half † | 0.75 [−0.5, 1] | 4 seeds | ✔ supported |",
    ]
    assert "| empty" not in page
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == ["## Setting", "## Results", "### Tails are light.", "### It rises."]
    assert "*Statistic*: slope; supported above 0.5, contradicted below 0." in page
    assert page.index("Light.") < page.index("1,200 batches") < page.index("Heavy.") < page.index("It does.")


def test_what_no_preset_measured_is_said(tmp_path):
    empty = Verdicts({}, {})
    page = findings_page(read_findings(written(tmp_path, FINDINGS), CLAIMS), CLAIMS, empty)
    assert page.count("Not measured yet.") == 2


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda page: page[1]["findings"].pop(), "rises: expected once, found 0 times"),
        (lambda page: page[1]["findings"].append(page[1]["findings"][0]), "tails: expected once, found 2"),
        (lambda page: page[0].update(colour="red"), "Setting: unknown key colour"),
        (lambda page: page[1]["findings"][0].pop("paper"), "tails: expected the keys claim, found, paper"),
    ],
)
def test_a_page_that_leaves_a_claim_out_or_misspells_is_refused(tmp_path, change, message):
    findings = yaml.safe_load(yaml.safe_dump(FINDINGS))
    change(findings)
    with pytest.raises(ValueError, match=message):
        read_findings(written(tmp_path, findings), CLAIMS)


def test_a_finding_of_no_claim_is_refused(tmp_path):
    with pytest.raises(ValueError, match="tails: no such claim"):
        read_findings(written(tmp_path, FINDINGS), (JUDGED,))
