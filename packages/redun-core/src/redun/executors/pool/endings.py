"""Ending processes with all that they started, in a process that has other things to do meanwhile.

Floor: executors. They are asked by SIGTERM, and get SIGKILL if they live on. Each process that was seen once is
remembered: when its parent has ended, nothing else tells what it belonged to.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from time import monotonic

from redun.executors.descendants import alive, descendants, send

__all__ = ["Endings"]

GRACE_S = 1.0
"""How long processes may take to end by themselves once they are asked to."""

_KILLING_S = 2.0


class Endings:
    """Groups of processes that are to end."""

    def __init__(self) -> None:
        self._endings: list[_Ending] = []

    @property
    def under_way(self) -> bool:
        """Some have not ended."""
        return bool(self._endings)

    def begin(self, find: Callable[[], set[int]]) -> None:
        """End what `find` returns, which is asked again and again, with all below."""
        self._endings.append(_Ending(find))
        self.go_on()

    def go_on(self) -> None:
        """Take the next step with each."""
        self._endings = [ending for ending in self._endings if not ending.is_over()]


class _Ending:
    def __init__(self, find: Callable[[], set[int]]) -> None:
        self._find = find
        self._seen: set[int] = set()
        self._told: set[int] = set()
        self._kill_s = monotonic() + GRACE_S

    def is_over(self) -> bool:
        """Send signals that are due; True when all have ended, or nothing more can be done."""
        roots = self._seen | self._find()
        self._seen = alive(roots | descendants(roots))
        now = monotonic()
        if not self._seen or now > self._kill_s + _KILLING_S:
            return True
        if now > self._kill_s:
            send(signal.SIGKILL, self._seen)
        else:
            send(signal.SIGTERM, self._seen - self._told)
            self._told |= self._seen
        return False
