"""One process at a time for a campaign's folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graduated.storage import sweep_partial


@contextmanager
def hold_campaign(folder: Path) -> Iterator[None]:
    """Hold a campaign's folder for the length of the block, or until this process dies.

    What a killed process left half written is removed.

    Raises:
        ValueError: Another process holds it.
        FileNotFoundError: There is no such folder.
    """
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{folder}: another campaign is at work here") from None
        for path in (folder, *filter(Path.is_dir, folder.rglob("*"))):
            sweep_partial(path)
        yield
