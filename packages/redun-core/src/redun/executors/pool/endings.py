"""Ending processes with all that they started, in a process that has other things to do meanwhile.

Floor: executors. They are asked by SIGTERM, and get SIGKILL if they live on. Each process that was seen once is
remembered: when its parent has ended, nothing else tells what it belonged to.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from time import monotonic

from redun.executors.descendants import alive, descendants, group_and_below

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

    def begin(self, find: Callable[[], set[int]], *, grow: bool = False) -> None:
        """End what `find` returns, which is asked again and again; with `grow`, with all below."""
        if grow:
            self._begin(lambda: (roots := find()) | descendants(roots))
        else:
            self._begin(find)

    def begin_tree(self, leader: int) -> None:
        """End a process group, and all below it."""
        self._begin(lambda: group_and_below(leader))

    def _begin(self, find: Callable[[], set[int]]) -> None:
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
        self._seen |= self._find() | descendants(self._seen)
        self._seen = alive(self._seen)
        now = monotonic()
        if not self._seen or now > self._kill_s + _KILLING_S:
            return True
        if now > self._kill_s:
            _send(signal.SIGKILL, self._seen)
        else:
            _send(signal.SIGTERM, self._seen - self._told)
            self._told |= self._seen
        return False


def _send(signum: signal.Signals, pids: set[int]) -> None:
    # Parents before their children, or they would go on as if those had ended by themselves.
    for pid in sorted(pids):
        try:
            os.kill(pid, signum)
        except OSError:
            continue  # it ended by itself, or is another user's
