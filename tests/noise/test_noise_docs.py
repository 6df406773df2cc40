import re

import pytest

from paths import ROOT

PAGE = (ROOT / "docs" / "noise.md").read_text()
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_example_runs_and_says_what_the_page_says(capsys):
    names = {}
    exec(EXAMPLE, names)
    measured, authors = (float(number) for number in capsys.readouterr().out.split())
    assert measured == pytest.approx(0.1 * (names["measured"].value / 128) ** 0.5)
    assert authors == pytest.approx(0.31623, abs=5e-6)
    assert names["authors"].interval == (256, 512)
    assert names["authors"].gradient_variance_interval == pytest.approx((640, 1280))
