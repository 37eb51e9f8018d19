"""How far a long work is, on standard error.

Floor: command line. On a terminal a line is rewritten; elsewhere each part of the work gets one line.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType

__all__ = ["Progress"]

_EVERY_S = 0.2


class Progress:
    """Takes what a work tells.

    Parameters
    ----------
    verb : str
        What is being done.
    """

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._what = ""
        self._next = 0.0
        self._width = 0
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def __call__(self, what: str, count: int) -> None:
        """Say that `count` of something are done."""
        if not self._terminal:
            if what != self._what:
                print(f"{self._verb} {what}", file=sys.stderr)
            self._what = what
            return
        now = time.monotonic()
        if what != self._what or now >= self._next:
            self._what, self._next = what, now + _EVERY_S
            self._clear()
            line = f"{self._verb} {what}" + (f": {count:,}" if count else "")
            self._width = len(line)
            sys.stderr.write(line)
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._terminal and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            self._width = 0
