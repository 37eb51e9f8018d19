"""Which calls are submitted together: like ones wait a while for further ones, to be one array job.

Pure: time comes from outside.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

import attrs

__all__ = ["LARGEST_ARRAY", "ArrayRule", "Grouping"]

W = TypeVar("W")
K = TypeVar("K", bound=Hashable)

LARGEST_ARRAY = 10_000
"""What Batch allows."""


@attrs.frozen
class ArrayRule:
    """When calls become an array.

    Attributes
    ----------
    smallest : int
        Fewer calls than this go one by one; 0 for no arrays at all.
    largest : int
        Most calls of one array.
    stale_s : float
        A group is complete when no further call has joined it for so many seconds.
    """

    smallest: int = 5
    largest: int = 1000
    stale_s: float = 3.0

    def split(self, calls: list[W]) -> Iterator[list[W]]:
        """Divide a group into arrays, and what is left over into single calls."""
        smallest = max(2, self.smallest)
        for start in range(0, len(calls), self.largest):
            part = calls[start : start + self.largest]
            if self.smallest and len(part) >= smallest:
                yield part
            else:
                yield from ([call] for call in part)


@attrs.define
class _Group(Generic[W]):
    due: float
    calls: list[W] = attrs.Factory(list)


class Grouping(Generic[K, W]):
    """Calls that wait for like ones.

    Parameters
    ----------
    rule : ArrayRule

    Examples
    --------
    >>> grouping = Grouping(ArrayRule(smallest=2, largest=3, stale_s=1.0))
    >>> for call in range(4):
    ...     grouping.add("align", call, now=0.0)
    >>> grouping.wait_s(now=0.25)
    0.75
    >>> list(grouping.complete(now=0.25))
    [[0, 1, 2]]
    >>> list(grouping.complete(now=1.0))
    [[3]]
    """

    def __init__(self, rule: ArrayRule) -> None:
        self._rule = rule
        self._groups: dict[K, _Group[W]] = {}

    def add(self, key: K, call: W, now: float) -> None:
        """Take a call that may be submitted with others of its key."""
        due = now + self._rule.stale_s
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(due)
        group.due = due
        group.calls.append(call)

    def complete(self, now: float) -> Iterator[list[W]]:
        """Take out what needs not wait any longer: one list per array or single call."""
        for key, group in list(self._groups.items()):
            if group.due <= now:
                del self._groups[key]
                yield from self._rule.split(group.calls)
                continue
            largest = self._rule.largest
            while len(group.calls) >= largest:
                full, group.calls = group.calls[:largest], group.calls[largest:]
                yield from self._rule.split(full)
            if not group.calls:
                del self._groups[key]

    def remove(self, call: W) -> bool:
        """Drop a call; False if it does not wait here."""
        for key, group in self._groups.items():
            if call in group.calls:
                group.calls.remove(call)
                if not group.calls:
                    del self._groups[key]
                return True
        return False

    def drop(self) -> list[W]:
        """Take out all, as nothing is submitted any more."""
        groups, self._groups = self._groups, {}
        return [call for group in groups.values() for call in group.calls]

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until a group is complete; None when there is none."""
        if not self._groups:
            return None
        return max(0.0, min(group.due for group in self._groups.values()) - now)
