import importlib
import json
import sys

import pytest

from paths import ROOT

sys.path.append(str(ROOT / "benchmarks"))
explicit = importlib.import_module("explicit")

pytestmark = pytest.mark.usefixtures("arithmetic_as_before")

AUTHORS_SCRIPT = """
import pathlib, time
import functions
time.sleep(functions.SECONDS)
pathlib.Path("results").mkdir()
pathlib.Path("results/rastrigin_func.txt").write_text("delta[0]: 1.0\\nave:0.99520, \\nmean:0.9")
"""


@pytest.fixture
def peer(tmp_path):
    folder = tmp_path / "peer"
    folder.mkdir()
    (folder / "functions.py").write_text("SECONDS = 0.1")
    (folder / "ego.py").write_text(AUTHORS_SCRIPT)
    return folder


def measure(peer, results, monkeypatch):
    arguments = ["--peer", peer, "--results", results, "--device", "cpu", "--threads", 1, "--runs", 1, 3]
    monkeypatch.setattr(sys, "argv", ["explicit", *map(str, arguments)])
    monkeypatch.setattr(explicit, "LEVELS", 6)
    explicit.main()
    return json.loads((results / "explicit-cpu.json").read_text())


def test_the_script_runs_as_it_is_and_leaves_the_checkout_as_it_was(peer, tmp_path, monkeypatch):
    record = measure(peer, tmp_path, monkeypatch)
    authors, alone, together = record["rows"]
    assert authors["final_value"]["median"] == 0.9952 and authors["seconds_per_run"]["low"] >= 0.1
    assert authors["speedup"]["median"] == 1 and authors["runs_in_global_basin"] == 0
    assert (alone["runs"], together["runs"]) == (1, 3) and together["runs_together"] == 3
    expected = authors["seconds_per_run"]["median"] / alone["seconds_per_run"]["median"]
    assert alone["speedup"]["median"] == pytest.approx(expected, rel=1e-2)
    assert sorted(path.name for path in peer.iterdir()) == ["ego.py", "functions.py"]
    assert record["settings"]["peer_commit"] == "unknown" and record["environment"]["torch"]


def test_a_script_that_fails_or_says_nothing_is_reported_in_a_line(peer, tmp_path, monkeypatch):
    (peer / "functions.py").write_text("")
    with pytest.raises(ChildProcessError, match="AttributeError"):
        measure(peer, tmp_path, monkeypatch)
    with pytest.raises(ValueError, match="expected a line 'ave:VALUE'"):
        explicit.final_value("Rastrigin")
