"""How many calls make a partition: by how long calls of their tasks took so far.

Partitions become smaller towards the end of the work, so that no core waits long for another one's last partition; and
none takes so long that much is lost with its worker, or that its results are waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

__all__ = ["Experience", "plan", "slice_s"]

LEAST_S = 0.2
"""Work that a partition is worth."""

MOST_S = 5.0
"""Work that a partition has at most, if it is more than one call."""

MOST_CALLS = 5000
_MOST_UNKNOWN = 100
_SLICE_S = 10.0
_FIRST_SLICE_S = 1.0

_OVERHEAD_S = 1e-4
_WEIGHT = 0.2


class Experience:
    """How long calls of tasks took.

    Examples
    --------
    >>> experience = Experience()
    >>> experience.expected_s(b"count") is None
    True
    >>> experience.learn(b"count", 0.5)
    >>> experience.expected_s(b"count")
    0.5001
    """

    def __init__(self) -> None:
        self._means: dict[bytes, float] = {}

    def expected_s(self, task: bytes) -> float | None:
        """Return how long a call will probably take, in seconds; None if none has come back yet."""
        return self._means.get(task)

    def learn(self, task: bytes, seconds: float) -> None:
        """Take note of how long a call took."""
        seconds += _OVERHEAD_S
        known = self._means.get(task)
        # One that takes much longer than thought makes the next ones suspect at once; trust comes back slowly.
        self._means[task] = (
            seconds if known is None or seconds > 5 * known else known + _WEIGHT * (seconds - known)
        )


def plan(expected: Sequence[float | None], cores: int, most: int) -> list[int]:
    """Return how many calls each partition of the next job has.

    Parameters
    ----------
    expected : sequence of float or None
        How long the calls that wait will probably take.
    cores : int
        How many partitions run at a time.
    most : int
        How many partitions the job may have; calls may be left over.

    Examples
    --------
    Ten minutes of work for two cores, a call of which nothing is known, and many calls that take no time:

    >>> plan([1.0] * 600, 2, 6)
    [5, 5, 5, 5, 5, 5]
    >>> plan([1.0] * 12, 2, 9)
    [3, 2, 1, 1, 1, 1, 1, 1, 1]
    >>> plan([None] * 10, 2, 6)
    [3, 3, 3, 1]
    >>> plan([0.0] * 3000, 2, 6)
    [3000]
    """
    shares = 2 * cores
    left = sum([seconds for seconds in expected if seconds is not None])
    unknown = max(1, min(_MOST_UNKNOWN, ceil(expected.count(None) / shares)))
    sizes: list[int] = []
    start = 0
    while start < len(expected) and len(sizes) < most:
        limit_s = min(MOST_S, max(LEAST_S, left / shares))
        size, total_s, strange = 0, 0.0, 0
        for seconds in expected[start : start + MOST_CALLS]:
            if seconds is None:
                strange += 1
            else:
                total_s += seconds
            if size and (total_s > limit_s or strange > unknown):
                total_s -= seconds or 0.0
                break
            size += 1
        left -= total_s
        start += size
        sizes.append(size)
    return sizes


def slice_s(expected: Sequence[float | None]) -> float:
    """Return the seconds after which partitions of a job begin no more calls; soon, if little is known of these."""
    return _FIRST_SLICE_S if None in expected else _SLICE_S
