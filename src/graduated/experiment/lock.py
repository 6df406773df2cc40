"""Snakemake's lock, released where its owner is dead."""

import fcntl
from pathlib import Path
from typing import IO


def hold_workflow(folder: Path) -> IO[str]:
    """Hold the working folder for the life of this process, and remove the locks that a killed one left.

    Every Snakemake process of this project holds a shared lock that the system frees at its death. Where this
    one is alone, what lies in Snakemake's own lock folder belongs to nobody.

    Args:
        folder: Snakemake's folder, ``.snakemake``.

    Returns:
        The lock; it lasts as long as this object.
    """
    folder.mkdir(exist_ok=True)
    lock = (folder / "graduated.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        for path in (folder / "locks").glob("*"):
            path.unlink()
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock
