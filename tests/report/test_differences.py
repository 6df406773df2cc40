import subprocess
import sys

import pytest
import yaml

from graduated.report.differences import differences_table, read_differences
from paths import ROOT

SOURCE = ROOT / "workflow/report/differences.yaml"


def test_the_page_of_the_documentation_is_up_to_date(tmp_path):
    page = tmp_path / "differences.md"
    program = [sys.executable, "scripts/document_differences.py", "--output", page]
    subprocess.run(program, cwd=ROOT, check=True)
    assert (ROOT / "docs/differences.md").read_text() == page.read_text()


def test_every_difference_says_what_differs_and_points_to_a_page():
    differences = read_differences(SOURCE)
    assert len({difference.what for difference in differences}) == len(differences)
    for difference in differences:
        assert difference.ours and difference.effect and (difference.paper or difference.code)
        assert (ROOT / difference.page).is_file()
    assert len(differences_table(differences).rows) == len(differences)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"known": "maybe"}, "known: expected one of"), ({"more": "text"}, "expected the keys")],
)
def test_mistakes_are_refused(tmp_path, change, message):
    entries = yaml.safe_load(SOURCE.read_text())
    (tmp_path / "differences.yaml").write_text(yaml.safe_dump([entries[0] | change]))
    with pytest.raises(ValueError, match=message):
        read_differences(tmp_path / "differences.yaml")
