import subprocess
import sys

import pytest
import torch

from graduated.device import compute_device
from graduated.progress import Progress
from graduated.provenance import Stopwatch, environment, git_commit
from paths import ROOT
from warm import interpreter

PROGRAMS = sorted(path.name for path in (ROOT / "scripts").glob("[a-z]*.py"))


def test_progress_tells_what_is_done_and_when_it_will_end(capsys, monkeypatch):
    clock = iter([0.0, 5.0, 20.0, 40.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    progress = Progress("pack", 8, "epoch", interval=10)
    progress.update(1)
    progress.update(4, "900 images/s")
    progress.update(8)
    assert capsys.readouterr().err.splitlines() == [
        "pack: epoch 4/8, 900 images/s, ETA 0:00:20",
        "pack: epoch 8/8, done in 0:00:40",
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_explains_itself_uninstalled_and_from_anywhere(program, tmp_path):
    command = [interpreter(), str(ROOT / "scripts" / program), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert result.stdout.startswith("usage: ") and len(result.stdout.splitlines()) > 5


def test_an_expected_failure_is_one_line(tmp_path):
    command = [sys.executable, str(ROOT / "scripts/train_pack.py"), str(tmp_path / "no.json")]
    command += ["--data", "no.json", "--output", str(tmp_path / "out"), "--resume", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("train_pack: ") and "no.json" in line


def test_a_device_that_is_not_there_is_refused():
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(ValueError, match="PyTorch sees no CUDA device"), compute_device("cuda"):
        pass


def test_arithmetic_is_deterministic_in_force():
    with compute_device("cpu", threads=1) as device:
        assert device.type == "cpu"
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 1
        record = environment(device)
    assert record["torch"] == torch.__version__.partition("+")[0] and record["git_commit"] == git_commit()
    assert Stopwatch(device).cost()["peak_memory_mib"] > 50
