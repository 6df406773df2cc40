"""Where an artefact comes from: versions, device, commit, cost."""

import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "torchvision", "numpy")


class Stopwatch:
    """Measures the wall time and the peak memory of a job from its creation on."""

    def __init__(self, device: torch.device):
        self.device, self.start = device, time.monotonic()

    def cost(self) -> dict[str, float]:
        """Return wall_seconds and the peak memory in MiB of the process and of the GPU (0 on CPU)."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        on_gpu = self.device.type == "cuda"
        return {
            "wall_seconds": round(time.monotonic() - self.start, 3),
            "peak_memory_mib": round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1),
            "peak_gpu_memory_mib": round(torch.cuda.max_memory_allocated() / (1 << 20), 1) if on_gpu else 0.0,
        }


def environment(device: torch.device) -> dict[str, Any]:
    """Return what the result of a computation may depend on beside its specification and its inputs."""
    return {
        "git_commit": git_commit(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "device": torch.cuda.get_device_name() if device.type == "cuda" else _processor(),
        "threads": torch.get_num_threads(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def git_commit() -> str:
    """Return the commit of the source folder, ``+`` where tracked files differ; ``unknown`` without git."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
