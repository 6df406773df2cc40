"""scripts/campaign.py as a bare machine runs it: few packages, no installation, signals."""

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_campaign import PROGRAMS, Home, contents

from graduated.campaign.plan import PLAN

BARE = """
import re, runpy, sys
from importlib import metadata
from importlib.machinery import PathFinder

def normal(name):
    return re.sub("[-_.]+", "-", name).lower()

def with_requirements(names):
    seen, todo = set(), list(names)
    while todo:
        name = normal(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            required = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        todo += [re.match("[\\\\w.-]+", line)[0] for line in required if "extra ==" not in line]
    return seen

allowed = with_requirements(["torch", "torchvision", "numpy", "pandas", "scipy", "safetensors"])
owners = metadata.packages_distributions()
others = {name for name, found in owners.items() if not {normal(one) for one in found} & allowed}
others.discard("graduated")
assert {"yaml", "jsonschema", "snakemake", "curvlinops", "pyarrow", "sklearn", "matplotlib"} <= others

class Bare(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in others else super().find_spec(name, path, target)

sys.meta_path = [Bare if finder is PathFinder else finder for finder in sys.meta_path]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print("loaded", sorted({name.partition(".")[0] for name in sys.modules} & others))
"""


def start(folder: Path, *arguments: str, code: str | None = None) -> subprocess.Popen:
    before = ["-c", f"import sys; sys.argv = sys.argv[1:]\n{code}"] if code else []
    command = [sys.executable, *before, str(PROGRAMS / "campaign.py"), str(folder), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    )


def test_it_needs_no_packages_but_those_of_a_bare_machine(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "bare")
    pack = next((folder / "results/training").iterdir())
    shutil.rmtree(pack)
    (folder / "results/noise/per_sample.json").unlink()
    (folder / "data/toy_campaign.images.safetensors").unlink()
    out, error = (process := start(folder, "--minutes", "10", code=BARE)).communicate(timeout=300)
    assert process.returncode == 0, error
    assert "loaded []" in out and "in this call 2 runs and 1 probes; nothing is left" in out
    found, expected = contents(folder / "toy.zip"), contents(finished / "toy.zip")
    assert found.keys() == expected.keys()
    history = f"training/{pack.name}/history.csv"
    assert found[history] == expected[history]


def test_sigterm_saves_the_state_and_leaves_the_archive(tmp_path):
    grid = {"learning_rate": [0.1], "batch_size": [8], "seed": [0]}
    home = Home(tmp_path / "home", training={"epochs": 100_000}, grid=grid)
    folder = home.prepare(tmp_path / "campaign")
    plan = json.loads((folder / PLAN).read_text())
    plan["done"] = ["per_sample", "steps/b~16"]
    (folder / PLAN).write_text(json.dumps(plan))
    process = start(folder, "--minutes", "1")
    assert "next: constant.b~8" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM, error
    assert "done: 0 runs and 2 probes, in this call 0 runs and 0 probes; left: 1 runs" in out
    assert len(list((folder / "results/resume").rglob("*.checkpoint"))) == 1
    assert contents(folder / "toy.zip") == {}


@pytest.fixture
def refusal(monkeypatch, tmp_path, capsys):
    """Run the program here, on a folder with nothing but a plan; return the line that refuses it."""
    monkeypatch.syspath_prepend(PROGRAMS)

    def refuse(plan: str | None, folder: Path = tmp_path, minutes: str = "1") -> str:
        monkeypatch.setattr(sys, "argv", ["campaign.py", str(folder), "--minutes", minutes])
        if plan:
            (folder / PLAN).write_text(plan)
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(PROGRAMS / "campaign.py"), run_name="__main__")
        assert not any(capsys.readouterr()) and "\n" not in stop.value.code
        return stop.value.code

    return refuse


def test_a_measure_that_the_machine_cannot_take_is_refused_before_any_work(finished, refusal, monkeypatch):
    monkeypatch.setitem(sys.modules, "curvlinops", None)
    plan = json.loads((finished / PLAN).read_text())
    plan["specifications"]["specifications/sharpness/top.json"] = {"method": "top_eigenvalues"}
    plan["measures"].append("top")
    expected = "campaign: sharpness.top: needs curvlinops, which is not installed here"
    assert refusal(json.dumps(plan)) == expected


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (None, "no such file; scripts/prepare_campaign.py writes it"),
        ("{}", "not a campaign's plan; prepare it anew"),
        ("{", "not a campaign's plan; prepare it anew"),
    ],
)
def test_bad_folders_are_refused_in_one_line(refusal, plan, complaint, tmp_path):
    assert refusal(plan) == f"campaign: {tmp_path / PLAN}: {complaint}"
    assert [path.name for path in tmp_path.iterdir()] == [PLAN] * bool(plan)


def test_a_folder_that_is_not_there_is_refused_in_one_line(refusal, tmp_path):
    assert refusal(None, tmp_path / "no").startswith(f"campaign: {tmp_path / 'no' / PLAN}: no such file")


@pytest.mark.parametrize("minutes", ["-3", "nan", "inf"])
def test_a_budget_that_is_none_is_refused_in_one_line(refusal, minutes, tmp_path):
    complaint = "campaign: --minutes: expected a number of at least 0, found"
    assert refusal(None, minutes=minutes) == f"{complaint} {float(minutes)}"
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("arithmetic_as_before")
@pytest.mark.parametrize(
    ("option", "captured"), [(None, False), ("--cuda-graphs", True), ("--no-cuda-graphs", False)]
)
def test_graphs_can_be_had_without_preparing_anew(finished, tmp_path, monkeypatch, option, captured):
    folder, found = shutil.copytree(finished, tmp_path / "again"), []
    monkeypatch.syspath_prepend(PROGRAMS)
    monkeypatch.setattr(
        "graduated.campaign.loop.Campaign.run", lambda campaign: found.append(campaign.bench.plan)
    )
    arguments = ["campaign.py", str(folder), "--minutes", "0", *([option] if option else [])]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit, match=r"0|False"):
        runpy.run_path(str(PROGRAMS / "campaign.py"), run_name="__main__")
    assert found[0].compute["cuda_graphs"] is captured
