"""Progress of long work: lines with speed and time left, and a heartbeat file for watchers."""

import contextlib
import os
import socket
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from graduated.storage import write_json

HEARTBEAT = "heartbeat.json"
"""Name of the heartbeat in a job's folder."""

BEAT_SECONDS = 5.0


class Progress:
    """Reports how far a job is, to standard error and to a heartbeat file.

    Args:
        label: What the job is, e.g. the pack's id.
        total: Units of work in all.
        unit: What a unit is, e.g. ``"epoch"``.
        images: Images that a unit of work takes, over all replicas; 0 where speed is of no interest.
        heartbeat: File that is kept up to date, every few seconds; None is none.
        interval: Seconds between two lines; work shorter than this reports nothing but its end.
    """

    def __init__(
        self,
        label: str,
        total: int,
        unit: str,
        *,
        images: int = 0,
        heartbeat: Path | None = None,
        interval: float = 10.0,
    ):
        self.label, self.total, self.unit, self.images = label, total, unit, images
        self.heartbeat, self.interval = heartbeat, interval
        self.start = self.last_line = time.monotonic()
        self.last_beat: float | None = None
        self.first: tuple[float, float] | None = None

    def update(self, done: float, detail: str = "") -> None:
        """Tell that ``done`` of the units are finished; the first call says where the job begins."""
        now, ended = time.monotonic(), done >= self.total
        self.first = self.first or (now, done)
        if self.heartbeat and (ended or self.last_beat is None or now - self.last_beat >= BEAT_SECONDS):
            self.last_beat = now
            with contextlib.suppress(OSError):
                write_json(self.heartbeat, self._state(now, done, detail))
        if ended or now - self.last_line >= self.interval:
            self.last_line = now
            with contextlib.suppress(OSError):
                print(self._line(now, done, detail), file=sys.stderr, flush=True)

    def _rate(self, now: float, done: float) -> float:
        """Return units a second since the first update; 0 while it is unknown."""
        start, begun = self.first or (now, done)
        return (done - begun) / (now - start) if now > start else 0.0

    def _state(self, now: float, done: float, detail: str) -> dict[str, Any]:
        rate = self._rate(now, done)
        return {
            "label": self.label,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "done": done,
            "total": self.total,
            "unit": self.unit,
            "detail": detail,
            "images_per_second": rate * self.images or None,
            "seconds_left": (self.total - done) / rate if rate else None,
            "time": time.time(),
        }

    def _line(self, now: float, done: float, detail: str) -> str:
        rate = self._rate(now, done)
        if done >= self.total:
            left = f"done in {clock(now - self.start)}"
        else:
            left = f"ETA {clock((self.total - done) / rate)}" if rate else "ETA unknown"
        speed = f"{rate * self.images:,.0f} images/s" if rate and self.images else ""
        parts = [f"{self.label}: {self.unit} {round(done, 1):g}/{self.total}", detail, speed, left]
        return ", ".join(part for part in parts if part)


def clock(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds."""
    return str(timedelta(seconds=round(seconds)))
