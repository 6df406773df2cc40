import runpy
import sys

import pytest

from paths import ROOT
from users_module import MODULE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a user's module in it."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "measured_by_user.py").write_text(MODULE)
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """The program, in the user's folder; returns its standard output and standard error."""
    monkeypatch.chdir(folder)
    for path in (ROOT / "scripts", folder):
        monkeypatch.syspath_prepend(str(path))

    def run(network, batches, *arguments):
        names = (f"measured_by_user:{network}", f"measured_by_user:{batches}")
        monkeypatch.setattr(sys, "argv", ["measure_network.py", *names, *map(str, arguments)])
        runpy.run_path(str(ROOT / "scripts/measure_network.py"), run_name="__main__")
        return capsys.readouterr()

    return run
