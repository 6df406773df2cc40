import re
import subprocess
import sys

import pytest
import yaml

from paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_exists(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_program_and_module_that_a_page_names_exists(page):
    text = page.read_text()
    for path in re.findall(r"`((?:scripts|src|tests|workflow|config)/[\w./-]+\.\w+)", text):
        assert (ROOT / path).exists(), f"{page.name} names {path}"
    for module in re.findall(r"`(graduated(?:\.\w+)+)", text):
        path = ROOT / "src" / module.replace(".", "/")
        found = path.is_dir() or path.with_suffix(".py").exists() or path.parent.with_suffix(".py").exists()
        assert found, f"{page.name} names {module}"


def test_the_example_of_the_sharpness_page_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/sharpness.md").read_text(), flags=re.DOTALL)
    exec(compile(example, "docs/sharpness.md", "exec"), {})
    sharpness, norm = map(float, capsys.readouterr().out.split())
    assert sharpness > 0
    assert norm == pytest.approx(0.001 * 650**0.5, rel=0.05)


def test_the_configuration_page_is_what_its_program_writes(tmp_path):
    page = tmp_path / "configuration.md"
    subprocess.run([sys.executable, "scripts/document_config.py", "--output", page], cwd=ROOT, check=True)
    assert (ROOT / "docs/configuration.md").read_text() == page.read_text()


def test_the_yaml_of_every_page_parses():
    for page in PAGES:
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), flags=re.DOTALL):
            assert yaml.safe_load(block)
