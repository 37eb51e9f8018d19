"""How long to wait before Batch is asked again.

Pure: nothing here sleeps or looks at a clock.
"""

from __future__ import annotations

__all__ = ["Pace"]


class Pace:
    """The seconds between two looks at the jobs in flight.

    It grows while nothing changes, and is the configured one again as soon as something does. When the service asks for
    fewer requests it doubles, and only comes down slowly: others ask too.

    Parameters
    ----------
    interval_s : float
        `job_monitor_interval`.

    Examples
    --------
    >>> pace = Pace(5.0)
    >>> pace.looked(changed=False), pace.looked(changed=True)
    (6.25, 5.0)
    >>> pace.throttled(), pace.looked(changed=True)
    (10.0, 7.5)
    """

    SLOWEST = 4.0
    """Times the configured interval, when nothing changes."""

    LONGEST_S = 300.0
    """However often the service asks for fewer requests."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._idle = 1.0
        self._pressure = 1.0

    @property
    def wait_s(self) -> float:
        """Seconds before the next look."""
        wait = self._interval_s * max(self._idle, self._pressure)
        return min(wait, max(self.LONGEST_S, self._interval_s))

    def hurry(self) -> float:
        """Note that there is something new to look for; return the wait before the next look."""
        self._idle = 1.0
        return self.wait_s

    def looked(self, *, changed: bool) -> float:
        """Note a look that was answered; return the wait before the next one."""
        self._idle = 1.0 if changed else min(self._idle * 1.25, self.SLOWEST)
        self._pressure = max(1.0, self._pressure * 0.75)
        return self.wait_s

    def throttled(self) -> float:
        """Note a look that was refused for the number of requests; return the wait before the next one."""
        # With short intervals, as in tests, a factor of two alone would not be felt.
        step = max(2.0, 2.0 / self._interval_s if self._pressure == 1.0 else 0.0)
        self._pressure = min(self._pressure * step, max(1.0, self.LONGEST_S / self._interval_s))
        return self.wait_s
