import re

import pytest

from paths import ROOT

PAGE = (ROOT / "docs" / "noise.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def run(example: str) -> dict:
    names: dict = {}
    exec(example, names)
    return names


def test_the_direct_measurement_prints_c2_its_interval_and_delta(capsys):
    names = run(EXAMPLES[0])
    value, low, high, delta = map(float, re.findall(r"[\d.]+(?:e-\d+)?", capsys.readouterr().out))
    assert low < value < high
    assert delta == pytest.approx(0.1 * (names["measured"].value / 128) ** 0.5, rel=1e-2)


def test_the_authors_way_says_what_the_page_says(capsys):
    authors = run(EXAMPLES[1])["authors"]
    assert capsys.readouterr().out.split() == ["512", "1280.0"]
    assert authors.interval == (256, 512)
    assert authors.gradient_variance_interval == pytest.approx((640, 1280))


def test_examples_have_ten_lines_at_most():
    assert len(EXAMPLES) == 2
    assert all(len(example.splitlines()) <= 10 for example in EXAMPLES)
