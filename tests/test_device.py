import tempfile
import threading
import time

import torch

from graduated.device import compute_device


def test_a_job_that_waits_for_the_gpu_says_so_and_goes_on(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    entered = threading.Event()

    def second() -> None:
        with compute_device("cuda"):
            entered.set()

    job = threading.Thread(target=second)
    with compute_device("cuda"):
        job.start()
        said, end = "", time.monotonic() + 60
        while not said and time.monotonic() < end:
            said = capsys.readouterr().err
            time.sleep(0.01)
        assert said == "waiting for the GPU, which another job holds\n" and not entered.is_set()
    job.join(60)
    assert entered.is_set() and capsys.readouterr().err == ""
