"""Turning signals into an orderly end of an execution.

Floor: command line.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["forwarded_signals"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST = b"[redun] Interrupted: running tasks are finished and recorded. Once more to stop at once.\n"
_AGAIN = b"[redun] Interrupted again: stopping at once.\n"


@contextmanager
def forwarded_signals(interrupt: Callable[[int], None]) -> Iterator[None]:
    """Hand SIGINT, SIGTERM and SIGHUP to `interrupt` while the block runs.

    SIGHUP stays ignored where it was (`nohup`).
    """
    count = 0

    def handle(signum: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        # A buffered write could wait for a lock that the interrupted code holds.
        os.write(2, _FIRST if count == 1 else _AGAIN)
        interrupt(signum)

    previous = {
        signum: signal.signal(signum, handle)
        for signum in _SIGNALS
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)
