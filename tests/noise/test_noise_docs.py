import re
import shlex
import subprocess
import sys

import pytest

from paths import ROOT

PAGE = (ROOT / "docs" / "noise.md").read_text()
EXAMPLE, NETWORK = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(COMMAND,) = re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL)


def test_example_runs_and_says_what_the_page_says(capsys):
    names = {}
    exec(EXAMPLE, names)
    measured, authors = (float(number) for number in capsys.readouterr().out.split())
    assert measured == pytest.approx(0.1 * (names["measured"].value / 128) ** 0.5)
    assert authors == pytest.approx(0.31623, abs=5e-6)
    assert names["authors"].interval == (256, 512)
    assert names["authors"].gradient_variance_interval == pytest.approx((640, 1280))


def test_a_network_of_your_own_is_measured_as_the_page_says(tmp_path):
    (tmp_path / "my_network.py").write_text(NETWORK)
    program, script, *arguments = shlex.split(COMMAND)
    assert program == "python"
    command = [sys.executable, str(ROOT / script), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    header, *rows = result.stdout.splitlines()
    assert header.split() == ["estimator", "mode", "C²", "C²/‖∇f‖²", "δ"]
    assert [" ".join(row.split()[:-9]) for row in rows] == [
        "per sample evaluation",
        "two batch sizes evaluation",
        "two batch sizes training",
    ]
