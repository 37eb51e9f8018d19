"""Times and durations as people and programs read them.

Floor: command line. The record counts microseconds since the epoch.
"""

from __future__ import annotations

from datetime import datetime

__all__ = ["duration_text", "iso", "local"]


def local(microseconds: int) -> str:
    """Return a moment in local time, to the second."""
    return datetime.fromtimestamp(microseconds / 1e6).strftime("%Y-%m-%d %H:%M:%S")


def iso(microseconds: int) -> str:
    """Return a moment in ISO 8601, with the local offset."""
    return datetime.fromtimestamp(microseconds / 1e6).astimezone().isoformat(timespec="microseconds")


def duration_text(microseconds: int) -> str:
    """Return `H:MM:SS.cc`.

    >>> duration_text(3_723_450_000)
    '1:02:03.45'
    """
    hundredths = microseconds // 10_000
    minutes, seconds = divmod(hundredths, 6_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds // 100:02}.{seconds % 100:02}"
