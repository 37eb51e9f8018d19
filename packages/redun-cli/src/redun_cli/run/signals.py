"""Turning signals into an orderly end of an execution.

Floor: command line.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["Signals"]

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST = b"[redun] Interrupted: running tasks are finished and recorded. Once more to stop at once.\n"
_AGAIN = b"[redun] Interrupted again: stopping at once.\n"


class Signals:
    """A context in which SIGINT, SIGTERM and SIGHUP are handed over instead of raising or killing.

    Parameters
    ----------
    interrupt : callable
        Called with the signal's number, in the main thread, between any two instructions.
    """

    def __init__(self, interrupt: Callable[[int], None]) -> None:
        self._interrupt = interrupt
        self._count = 0
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def forced(self) -> bool:
        """Whether signals came often enough that running tasks are not to be waited for."""
        return self._count > 1

    def __enter__(self) -> Signals:
        for signum in _FORWARDED:
            # `nohup` has SIGHUP ignored, and it is to stay so.
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
                self._previous[signum] = signal.signal(signum, self._handle)
        return self

    def __exit__(self, *_error: object) -> None:
        for signum, handler in self._previous.items():
            signal.signal(signum, handler)

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        self._count += 1
        # A buffered write could wait for a lock that the interrupted code holds.
        os.write(2, _AGAIN if self.forced else _FIRST)
        self._interrupt(signum)
