"""The time that a call of a campaign may take, and the signals that end it earlier."""

import signal
import time
from collections.abc import Callable
from types import FrameType

from graduated.resume import STOP_SIGNALS, Interrupted
from graduated.training.history import Report

RESERVE = 15.0
"""Seconds kept for saving a state and writing the archive; of a short budget a tenth."""


class Budget:
    """Seconds to be used; a context manager that notes SIGTERM and SIGINT where no training does.

    A training is stopped as by a signal: it saves its state and raises ``Interrupted``.

    Args:
        seconds: From now on.
    """

    def __init__(self, seconds: float):
        self.seconds, self.signal, self._spent = seconds, None, False
        self._end = time.monotonic() + seconds - min(RESERVE, seconds / 10)

    def __enter__(self) -> "Budget":
        self._previous = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number

    @property
    def left(self) -> float:
        """Seconds that are left to compute in; 0 when a signal has come."""
        return 0.0 if self.signal else max(0.0, self._end - time.monotonic())

    def stopped(self, interruption: Interrupted) -> None:
        """Note that a training was stopped: by the budget itself, or by a signal to heed."""
        if not self._spent:
            self.signal = interruption.status - 128

    def watch(self, report: Report, needed: Callable[[float], float]) -> Report:
        """Return a report that also stops the training when the time comes.

        For more than half of a budget none is stopped: the next call might not have it either.

        Args:
            report: Told the same.
            needed: Given the epochs done, returns the seconds that have to be left to go on.
        """

        def tell(done: float, detail: str) -> None:
            report(done, detail)
            if not self._spent and self.left <= min(needed(done), self.seconds / 2):
                self._spent = True
                signal.raise_signal(signal.SIGTERM)

        return tell
