"""The example of docs/own_network.md, as a user would run it."""

import re
import shlex
import subprocess
import sys

from paths import ROOT

PAGE = (ROOT / "docs/own_network.md").read_text()
(MODULE,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(COMMAND,) = re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL)
(TABLE,) = re.findall(r"prints\n\n```\n(.*?)```", PAGE, flags=re.DOTALL)


def test_a_network_of_your_own_is_measured_as_the_page_says(tmp_path):
    (tmp_path / "my_network.py").write_text(MODULE)
    program, script, *arguments = shlex.split(COMMAND)
    assert program == "python"
    command = [sys.executable, str(ROOT / script), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    printed = [unnumbered(line) for line in result.stdout.splitlines()]
    for line in TABLE.splitlines():
        assert line == "…" or unnumbered(line) in printed


def unnumbered(line):
    """A line of the table without value and interval, which another processor may round otherwise."""
    return re.sub(r" -?\d\S* +(\[.*?\])? +", " ", line)
