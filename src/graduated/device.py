"""The device that a job computes on: chosen, made deterministic, and held by one job at a time."""

import contextlib
import ctypes
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Numbers of glibc's mallopt."""


@contextmanager
def compute_device(name: str = "auto", threads: int = 1) -> Iterator[torch.device]:
    """Yield the device, with deterministic arithmetic in force.

    The number of CPU threads is fixed because it changes the order of sums. A GPU is held by a file lock
    until the block ends (also when the process is killed), so that jobs never share one by accident.

    Args:
        name: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: CPU threads.

    Raises:
        ValueError: ``"cuda"`` is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("compute.device: 'cuda' was asked for, but PyTorch sees no CUDA device")
    on_gpu = name != "cpu" and torch.cuda.is_available()
    torch.set_num_threads(threads)
    _keep_freed_memory()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # What use_deterministic_algorithms does besides is for compiled code, and takes a second of imports.
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    with _lease() if on_gpu else nullcontext():
        yield torch.device("cuda" if on_gpu else "cpu")


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _keep_freed_memory() -> None:
    """Have glibc keep freed memory: large activations otherwise go back to the system after every step.

    With packs of 12 small networks at b = 512 this makes training on a CPU a quarter faster.
    """
    with contextlib.suppress(OSError, AttributeError):
        allocator = ctypes.CDLL("libc.so.6")
        allocator.mallopt(M_MMAP_MAX, 0)
        allocator.mallopt(M_TRIM_THRESHOLD, -1)


@contextmanager
def _lease() -> Iterator[None]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all").replace(",", "+")
    path = Path(tempfile.gettempdir()) / f"graduated-gpu-{visible}-{os.getuid()}.lock"
    with path.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for the GPU, which another job holds", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
