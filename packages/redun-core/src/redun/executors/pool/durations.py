"""How long calls of a task take, by experience.

Floor: executors. Decides how many calls a worker is sent ahead of time: many that take no time, none
that may take long.
"""

from __future__ import annotations

__all__ = ["Durations"]

UNKNOWN_S = 10.0
OVERHEAD_S = 1e-4
"""What a call costs a worker beside its body."""

_WEIGHT = 0.2


class Durations:
    """Moving averages by the number of a task.

    Examples
    --------
    >>> durations = Durations()
    >>> durations.expected_s(1) > 1
    True
    >>> durations.learn(1, 0.002)
    >>> f"{durations.expected_s(1):.4f}"
    '0.0021'
    """

    def __init__(self) -> None:
        self._means: dict[int, float] = {}

    def expected_s(self, task: int) -> float:
        """Return how long a call will probably keep a worker busy, in seconds."""
        return self._means.get(task, UNKNOWN_S)

    def learn(self, task: int, seconds: float) -> None:
        """Take note of how long a body took."""
        seconds += OVERHEAD_S
        known = self._means.get(task)
        # One that takes much longer than thought makes the next ones suspect at once; trust comes back slowly.
        mean = seconds if known is None or seconds > 5 * known else known + _WEIGHT * (seconds - known)
        self._means[task] = mean
