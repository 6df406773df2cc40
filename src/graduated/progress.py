"""Progress of long work: a line with speed and time left, every few seconds."""

import contextlib
import sys
import time
from datetime import timedelta


class Progress:
    """Reports how far a job is, to standard error, at most every ``interval`` seconds.

    Args:
        label: What the job is, e.g. the pack's id.
        total: Units of work in all.
        unit: What a unit is, e.g. ``"epoch"``.
        interval: Seconds between two lines; work shorter than this reports nothing but its end.
    """

    def __init__(self, label: str, total: int, unit: str, interval: float = 10.0):
        self.label, self.total, self.unit, self.interval = label, total, unit, interval
        self.start = self.last = time.monotonic()

    def update(self, done: int, detail: str = "") -> None:
        """Tell that ``done`` of the units are finished."""
        now = time.monotonic()
        if done < self.total and now - self.last < self.interval:
            return
        self.last, elapsed = now, now - self.start
        if done < self.total:
            left = f"ETA {_clock(elapsed / done * (self.total - done))}" if done else "ETA unknown"
        else:
            left = f"done in {_clock(elapsed)}"
        parts = [f"{self.label}: {self.unit} {done}/{self.total}", detail, left]
        with contextlib.suppress(OSError):
            print(", ".join(part for part in parts if part), file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
