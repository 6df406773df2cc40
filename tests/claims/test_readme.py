"""The verdicts in the README are those of the reference results."""

import pandas as pd

from graduated.claims.declarations import read_claims
from graduated.claims.markdown import insert, verdict_table
from paths import ROOT


def test_the_readme_has_the_verdicts_of_the_reference_results():
    folders = [path.parent for path in sorted(ROOT.glob("results/reference/*/claims.csv"))]
    assert {folder.name for folder in folders} >= {"cifar100-small", "digits"}
    verdicts = {folder.name: pd.read_csv(folder / "claims.csv") for folder in folders}
    studies = {
        folder.name: pd.read_csv(folder / "verdicts.csv")
        for folder in folders
        if (folder / "verdicts.csv").is_file()
    }
    table = verdict_table(read_claims(ROOT / "workflow/claims.yaml").claims, verdicts, studies)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert insert(readme, table) == readme
