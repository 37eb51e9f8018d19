"""Which calls wait, and which thread has each of the others: no call is ever in between."""

from __future__ import annotations

from collections import OrderedDict
from threading import Condition
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redun.executors.base import Work

    from redun_executor_spark.driver.call import DriverCall

__all__ = ["Roster"]

Taker = TypeVar("Taker")


class Roster(Generic[Taker]):
    """The calls of a lane; safe from any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: OrderedDict[Work, DriverCall] = OrderedDict()
        self._taken: dict[Work, tuple[DriverCall, Taker]] = {}
        self._closed = False

    def add(self, calls: Iterable[DriverCall]) -> None:
        """Have calls wait."""
        with self._changed:
            for call in calls:
                self._waiting[call.work] = call
                self._changed.notify()

    def take(self, taker: Taker) -> DriverCall | None:
        """Return the call that has waited longest, from now on the taker's; wait for one, None at the end."""
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            work, call = self._waiting.popitem(last=False)
            self._taken[work] = call, taker
            return call

    def drain(self) -> tuple[list[DriverCall], list[tuple[DriverCall, Taker]]]:
        """Return the calls that waited and do no longer, and the others with their takers."""
        with self._changed:
            waited = list(self._waiting.values())
            self._waiting.clear()
            return waited, list(self._taken.values())

    def forget(self, work: Work) -> tuple[DriverCall, Taker | None] | None:
        """Take a call away, be it from its taker; whoever gets it speaks for it."""
        with self._changed:
            call = self._waiting.pop(work, None)
            return self._taken.pop(work, None) if call is None else (call, None)

    def close(self) -> None:
        """Let takers go once nothing waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
