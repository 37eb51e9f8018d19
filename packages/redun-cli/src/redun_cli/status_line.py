"""One line on a terminal that says how far a work has come.

Floor: command line. Nothing is shown of what is over in no time, nor where nobody watches.
"""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Self

__all__ = ["StatusLine"]

_PATIENCE_S = 0.5
_INTERVAL_S = 0.1


class StatusLine:
    """The line; as a context it is wiped out at the end."""

    def __init__(self) -> None:
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

    def refresh(self) -> None:
        """Show what the line says now, unless it was shown a moment ago."""
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL_S
        self._shown = True
        sys.stderr.write(f"\r{self.text()}\033[K")
        sys.stderr.flush()

    def text(self) -> str:
        """Return what the line is to say."""
        raise NotImplementedError
