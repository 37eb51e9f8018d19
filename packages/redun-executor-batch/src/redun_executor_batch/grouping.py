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

    def allows(self) -> bool:
        """Tell whether there are to be arrays at all."""
        return self.smallest > 0


@attrs.define
class _Group(Generic[W]):
    rule: ArrayRule
    due: float = 0.0
    calls: list[W] = attrs.Factory(list)


class Grouping(Generic[K, W]):
    """Calls that wait for like ones.

    Examples
    --------
    >>> rule = ArrayRule(smallest=2, largest=3, stale_s=1.0)
    >>> grouping = Grouping()
    >>> for call in range(4):
    ...     grouping.add("align", call, rule, now=0.0)
    >>> grouping.wait_s(now=0.25)
    0.0
    >>> list(grouping.complete(now=0.25))
    [[0, 1, 2]]
    >>> grouping.wait_s(now=0.25)
    1.0
    >>> list(grouping.complete(now=1.25))
    [[3]]
    """

    def __init__(self) -> None:
        self._groups: dict[K, _Group[W]] = {}

    def add(self, key: K, call: W, rule: ArrayRule, now: float) -> None:
        """Take a call that may be submitted with others of its key, which all have the same rule."""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(rule)
        group.calls.append(call)
        # A full array waits for nothing.
        full = len(group.calls) >= rule.largest
        group.due = now if full else now + rule.stale_s

    def complete(self, now: float) -> Iterator[list[W]]:
        """Take out what needs not wait any longer: one list per array or single call."""
        for key, group in list(self._groups.items()):
            calls, largest = group.calls, group.rule.largest
            full = len(calls) // largest * largest
            taken = full or (len(calls) if group.due <= now else 0)
            group.calls = calls[taken:]
            if not group.calls:
                del self._groups[key]
            elif full:
                group.due = now + group.rule.stale_s
            yield from group.rule.split(calls[:taken])

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
