"""Timers: what is to happen later.

Floor: scheduler. Nothing here waits; whoever waits for something else asks how long it may.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush

__all__ = ["Timer", "Timers"]


class Timer:
    """Something that is to happen at a moment."""

    __slots__ = ("action", "due", "number")

    def __init__(self, due: float, number: int, action: Callable[[], None] | None) -> None:
        self.due = due
        self.number = number
        self.action = action

    def __lt__(self, other: Timer) -> bool:
        return (self.due, self.number) < (other.due, other.number)


class Timers:
    """What is to happen when.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds, on a scale that never goes back.

    Examples
    --------
    >>> now = 0.0
    >>> timers = Timers(lambda: now)
    >>> timer = timers.after(5, lambda: print("ring"))
    >>> timers.wait_s()
    5.0
    >>> now = 5.0
    >>> timers.ring()
    ring
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._heap: list[Timer] = []
        self._number = 0
        self._cancelled = 0

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Let something happen after some seconds."""
        self._number += 1
        timer = Timer(self.clock() + seconds, self._number, action)
        heappush(self._heap, timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Let it not happen."""
        if timer.action is None:
            return
        timer.action = None
        self._cancelled += 1
        if self._cancelled > 64 and 2 * self._cancelled > len(self._heap):
            # Most timers of timeouts are cancelled long before they are due.
            self._heap = [kept for kept in self._heap if kept.action is not None]
            heapify(self._heap)
            self._cancelled = 0

    def wait_s(self) -> float | None:
        """Return the seconds until the next thing is due, None when there is none."""
        heap = self._heap
        while heap and heap[0].action is None:
            heappop(heap)
            self._cancelled -= 1
        return max(0.0, heap[0].due - self.clock()) if heap else None

    def ring(self) -> None:
        """Let happen what is due."""
        heap = self._heap
        while heap and heap[0].due <= self.clock():
            timer = heappop(heap)
            action, timer.action = timer.action, None
            if action is None:
                self._cancelled -= 1
            else:
                action()
            heap = self._heap
