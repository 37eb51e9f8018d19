"""One line on a terminal that says how far a copy is.

Floor: command line. Nothing is shown of what is over in no time, nor where nobody watches.
"""

from __future__ import annotations

import sys
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Self

__all__ = ["Progress"]

_PATIENCE_S = 0.5
_INTERVAL_S = 0.1


class Progress:
    """Counts files and bytes, from any thread.

    Parameters
    ----------
    files : int
        How many there are to copy.
    """

    def __init__(self, files: int) -> None:
        self._files = files
        self._copied = 0
        self._bytes = 0
        self._lock = Lock()
        self._next = monotonic() + _PATIENCE_S if sys.stderr.isatty() else float("inf")
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def moved(self, size: int) -> None:
        """Take down that bytes were copied."""
        with self._lock:
            self._bytes += size
            self._show()

    def done(self) -> None:
        """Take down that a file was copied."""
        with self._lock:
            self._copied += 1
            self._show()

    def _show(self) -> None:
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL_S
        self._shown = True
        through = f", {self._bytes / 1e6:,.0f} MB" if self._bytes else ""
        sys.stderr.write(f"\rcopied {self._copied} of {self._files} files{through}\033[K")
        sys.stderr.flush()
