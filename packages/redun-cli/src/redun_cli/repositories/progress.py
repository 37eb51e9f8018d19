"""One line on a terminal that says how far records have come.

Floor: command line. Nothing is shown of what is over in no time, nor where nobody watches.
"""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Self

__all__ = ["Progress"]

_PATIENCE_S = 0.5
_INTERVAL_S = 0.1


class Progress:
    """Counts records by what is done with them."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
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

    def told(self, what: str, number: int) -> None:
        """Take down that something was done with so many more records."""
        self._counts[what] = self._counts.get(what, 0) + number
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _INTERVAL_S
        self._shown = True
        sys.stderr.write(f"\r{', '.join(f'{what} {count:,}' for what, count in self._counts.items())}\033[K")
        sys.stderr.flush()
